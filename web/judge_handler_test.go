package web_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// judgedStream streams the body, as testdata/judge_handler.py does.
type judgedStream struct {
	web.RequestHandler
	got string
}

func (h *judgedStream) StreamRequestBody() bool { return true }

func (h *judgedStream) Prepare() error {
	switch how := h.PathArgs()[0]; how {
	case "prepare-finish":
		return h.Finish("no, thanks")
	case "prepare-error":
		return web.NewHTTPError(403)
	case "prepare-fails":
		return errors.New(how)
	case "prepare-redirect":
		return h.Redirect("/elsewhere")
	case "slow":
		return ioloop.Moment(h.Loop())
	case "limit":
		h.SetMaxBodySize(10)
	case "flush":
		h.WriteString("first ")
		h.Flush()
	}
	return nil
}

func (h *judgedStream) DataReceived(chunk []byte) error {
	h.got += string(chunk)
	switch h.PathArgs()[0] {
	case "slow":
		return ioloop.Moment(h.Loop())
	case "data-finish":
		return h.Finish("enough")
	}
	return nil
}

func (h *judgedStream) Post(args ...string) error {
	if args[0] == "post-error" {
		return web.NewHTTPError(409)
	}
	last := h.got[max(0, len(h.got)-10):]
	arguments, err := h.Request().Arguments()
	fmt.Fprintf(h, "%d '%s' %d %d", len(h.got), last, len(h.Request().Body), len(arguments))
	return err
}

func (h *judgedStream) Put(args ...string) error { return h.Post(args...) }
func (h *judgedStream) Get(args ...string) error { return h.Post(args...) }

var lives = map[string]func(h *judged) error{
	"flush": func(h *judged) error { h.WriteString("a"); h.Flush(); return h.WriteString("b") },
	"flush-await": func(h *judged) error {
		for _, part := range []string{"a", "b", "c"} {
			h.WriteString(part)
			h.Flush().Await()
		}
		return nil
	},
	"flush-empty": func(h *judged) error { h.Flush(); return h.WriteString("late") },
	"flush-only":  func(h *judged) error { h.Flush(); return nil },
	"flush-twice": func(h *judged) error { h.WriteString("a"); h.Flush(); h.Flush(); return nil },
	"flush-header": func(h *judged) error {
		h.WriteString("a")
		h.Flush()
		h.SetHeader("Late", "x")
		h.SetStatus(404)
		return h.WriteString("b")
	},
	"flush-error":  func(h *judged) error { h.WriteString("a"); h.Flush(); return web.NewHTTPError(400) },
	"flush-fails":  func(h *judged) error { h.WriteString("a"); h.Flush(); return errors.New("fails") },
	"flush-finish": func(h *judged) error { h.WriteString("a"); h.Flush(); return h.Finish("b") },
	"flush-length": func(h *judged) error {
		h.SetHeader("Content-Length", "3")
		h.WriteString("a")
		h.Flush()
		return h.WriteString("bc")
	},
	"flush-304":     func(h *judged) error { h.SetStatus(304); h.Flush(); return nil },
	"flush-status":  func(h *judged) error { h.SetStatus(201, "Made it"); h.SetHeader("X-A", "b"); h.Flush(); return nil },
	"finish-fails":  func(h *judged) error { h.Finish("a"); return errors.New("fails") },
	"finish-error":  func(h *judged) error { h.Finish("a"); return web.NewHTTPError(400) },
	"finish-twice":  func(h *judged) error { h.Finish("a"); return h.Finish("b") },
	"finish-write":  func(h *judged) error { h.Finish("a"); return h.WriteString("b") },
	"finish-Finish": func(h *judged) error { h.Finish("a"); return web.Finish{} },
	"Finish":        func(h *judged) error { h.WriteString("a"); return web.Finish{} },
	"Finish-chunk":  func(h *judged) error { h.SetStatus(202); h.WriteString("a"); return web.Finish{Chunk: "b"} },
	"Finish-dict":   func(h *judged) error { panic(web.Finish{Chunk: map[string]int{"a": 1}}) },
	"await":         func(h *judged) error { ioloop.Moment(h.Loop()); return h.WriteString("later") },
	"await-error":   func(h *judged) error { h.WriteString("lost"); ioloop.Moment(h.Loop()); panic(web.NewHTTPError(404)) },
	"clear": func(h *judged) error {
		h.SetHeader("X-A", "b")
		h.SetStatus(500)
		h.WriteString("lost")
		h.Clear()
		return nil
	},
	"send_error":       func(h *judged) error { h.WriteString("lost"); h.SendError(402, nil); return nil },
	"send_error-flush": func(h *judged) error { h.WriteString("a"); h.Flush(); h.SendError(402, nil); return nil },
}

func judgedLives(h *judged, args []string) error {
	if live := lives[args[0]]; live != nil {
		return live(h)
	}
	return nil
}

// judgedPrepared has a Prepare whose action depends on the path.
type judgedPrepared struct{ web.RequestHandler }

func (h *judgedPrepared) SetDefaultHeaders() { h.SetHeader("X-Default", "yes") }

func (h *judgedPrepared) Prepare() error {
	switch h.PathArgs()[0] {
	case "finish":
		return h.Finish("early")
	case "redirect":
		return h.Redirect("/there")
	case "error":
		return web.NewHTTPError(401)
	case "await":
		ioloop.Moment(h.Loop())
		return h.WriteString("prepared ")
	case "header":
		h.SetHeader("X-Prepared", "yes")
	}
	return nil
}

func (h *judgedPrepared) Get(args ...string) error   { return h.WriteString("got") }
func (h *judgedPrepared) Other(args ...string) error { return h.WriteString("other") }
func (h *judgedPrepared) SupportsMethod(method string) bool {
	return method == "OTHER" || h.RequestHandler.SupportsMethod(method)
}

func judgedGroups(h *judged, args []string) error {
	var kwargs []string
	for name, value := range h.PathKwargs() {
		kwargs = append(kwargs, name+"="+value)
	}
	slices.Sort(kwargs)
	return h.WriteString(strings.Join(args, ",") + "|" + strings.Join(kwargs, " "))
}

// judgedNotFound responds to requests that match no pattern.
type judgedNotFound struct {
	web.RequestHandler
	text string
}

func (h *judgedNotFound) Prepare() error { h.SetStatus(404); return h.Finish(h.text) }

// handlerApp has the routes of testdata/judge_handler.py.
func handlerApp(s web.Settings) *web.Application {
	on := func(pattern, only string, do func(h *judged, args []string) error, o ...web.URLOption) web.URLSpec {
		return web.URL(pattern, judged{do: do, only: only}, o...)
	}
	named := func(pattern, name string, o ...web.URLOption) web.URLSpec {
		return on(pattern, "get", func(h *judged, args []string) error { return h.WriteString(name + " " + strings.Join(args, ",")) }, o...)
	}
	app := web.NewApplication([]web.URLSpec{
		web.URL("/stream/(.*)", judgedStream{}),
		on("/life/(.*)", "get head post", judgedLives),
		web.URL("/prepared/(.*)", judgedPrepared{}),
		on("/groups/([^/]*)/(.*)", "get", judgedGroups, web.Name("groups")),
		on("/optional/(a)?(b)?", "get", judgedGroups),
		on("/named/(?P<x>[^/]+)/(?P<y>[0-9]+)", "get", judgedGroups),
		on("/nested/((a+)(b+))", "get", judgedGroups),
		named(`/dotted\.html$`, "dotted", web.Name("dotted")),
		named("/first", "first"),
		named("/fir.*", "second"),
		named("/first", "never"),
		named("/class/[a-c]+", "class"),
		named("/(?:x|y)z", "choice"),
		on("/reverse", "get", func(h *judged, _ []string) error {
			var urls []string
			for _, args := range [][]any{{"groups", "a b", "c/d"}, {"groups", 1, "é"}, {"dotted"}} {
				url, err := h.ReverseURL(args[0].(string), args[1:]...)
				if err != nil {
					return err
				}
				urls = append(urls, url)
			}
			return h.WriteString(strings.Join(urls, " "))
		}),
		web.URL("/gone/(.*)", web.ErrorHandler{StatusCode: 410}),
		named("/", "any"),
		named("/any", "any"),
	}, s)
	app.AddHandlers(`www\.example\.com`, []web.URLSpec{named("/", "www"), named("/www", "www")})
	app.AddHandlers(`.*\.example\.com`, []web.URLSpec{named("/", "sub"), named("/sub/(.*)", "sub")})
	return app
}

// chunkedPost returns a POST request with a body in chunks.
func chunkedPost(target string, chunks ...string) string {
	var body strings.Builder
	for _, c := range append(chunks, "") {
		fmt.Fprintf(&body, "%x\r\n%s\r\n", len(c), c)
	}
	return judgeRequest("POST", target, []string{"Transfer-Encoding: chunked"}, body.String())
}

// onHost returns a GET request for another host.
func onHost(host, target string, headers ...string) string {
	lines := append([]string{"GET " + target + " HTTP/1.1", "Host: " + host}, headers...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

const urlencoded = "application/x-www-form-urlencoded"

var handlerCases = []judgeCase{
	{"web-150 a body", judgePost("/stream/x", "text/plain", "hello"), ""},
	{"web-152 a form is not parsed", judgePost("/stream/x", urlencoded, "a=1&b=2"), ""},
	{"web-152 a query is", judgePost("/stream/x?a=1", urlencoded, "b=2"), ""},
	{"web-152 nor one that is malformed", judgePost("/stream/x", "multipart/form-data", "xyz"), ""},
	{"web-150 no body", judgeGet("/stream/x"), ""},
	{"web-150 an empty body", judgePost("/stream/x", "text/plain", ""), ""},
	{"web-150 in chunks", chunkedPost("/stream/x", "hello", ", ", "world"), ""},
	{"web-150 no chunks", chunkedPost("/stream/x"), ""},
	{"web-150 PUT", judgeRequest("PUT", "/stream/x", []string{"Content-Length: 3"}, "abc"), ""},
	{"web-150 large", judgePost("/stream/x", "text/plain", strings.Repeat("0123456789", 10_000)), ""},
	{"web-151 slow", judgePost("/stream/slow", "text/plain", "hello, world"), ""},
	{"web-151 slow chunks", chunkedPost("/stream/slow", "a", "b", "c"), ""},
	{"web-151 slow and pipelined", judgePost("/stream/slow", "text/plain", "one") + chunkedPost("/stream/slow", "two") + judgeGet("/"), ""},
	{"web-8 no HEAD", judgeRequest("HEAD", "/stream/x", nil, ""), ""},
	{"web-4 no verb", judgeRequest("PATCH", "/stream/x", []string{"Content-Length: 3"}, "abc"), ""},
	{"web-4 no such method", judgeRequest("BREW", "/stream/x", []string{"Content-Length: 0"}, ""), "web-153: 405 open"},
	{"web-153 finish", judgeGet("/stream/prepare-finish"), "web-153: 200 open"},
	{"web-153 error", judgeGet("/stream/prepare-error"), "web-153: 403 open"},
	{"web-153 finish before the body", judgeRequest("POST", "/stream/prepare-finish", []string{"Content-Length: 9"}, ""), ""},
	{"web-153 error before the body", judgeRequest("POST", "/stream/prepare-error", []string{"Content-Length: 9"}, ""), ""},
	{"web-153 failure before the body", judgeRequest("POST", "/stream/prepare-fails", []string{"Content-Length: 9"}, ""), ""},
	{"web-153 redirect before the body", judgeRequest("POST", "/stream/prepare-redirect", []string{"Content-Length: 9"}, ""), ""},
	{"web-153 before the chunks", judgeRequest("POST", "/stream/prepare-finish", []string{"Transfer-Encoding: chunked"}, ""), ""},
	{"http-65 finish in the body", judgeRequest("POST", "/stream/data-finish", []string{"Content-Length: 9"}, "abc"), ""},
	{"web-150 flush in Prepare", judgePost("/stream/flush", "text/plain", "hello"), ""},
	{"web-154 within the limit", judgePost("/stream/limit", "text/plain", "0123456789"), ""},
	{"web-154 announced too large", judgePost("/stream/limit", "text/plain", "0123456789a"), ""},
	{"web-154 too large in chunks", chunkedPost("/stream/limit", "01234", "56789a"), ""},
	{"web-154 the limit is gone afterwards", judgePost("/stream/limit", "text/plain", "a") + judgePost("/stream/x", "text/plain", "0123456789abcdef"), ""},
	{"web-152 error in the verb", judgePost("/stream/post-error", "text/plain", "a"), ""},
	{"http-57 Expect", judgePost("/stream/x", "text/plain", "hello", "Expect: 100-continue"), ""},
	{"http-57 Expect, refused", judgeRequest("POST", "/stream/prepare-error", []string{"Content-Length: 9", "Expect: 100-continue"}, ""), ""},
	{"web-155 cut off", judgeRequest("POST", "/stream/x", []string{"Content-Length: 9"}, "abc"), ""},
	{"web-38 flush", judgeGet("/life/flush"), ""},
	{"web-38 flush to HEAD", judgeRequest("HEAD", "/life/flush", nil, ""), ""},
	{"web-38 flush to HTTP/1.0", "GET /life/flush HTTP/1.0\r\n\r\n", ""},
	{"web-38 awaited", judgeGet("/life/flush-await"), ""},
	{"web-36 nothing", judgeGet("/life/flush-empty"), ""},
	{"web-36 nothing else", judgeGet("/life/flush-only"), ""},
	{"web-36 twice", judgeGet("/life/flush-twice"), ""},
	{"web-37 headers after a flush", judgeGet("/life/flush-header"), ""},
	{"web-55 error after a flush", judgeGet("/life/flush-error"), ""},
	{"web-55 failure after a flush", judgeGet("/life/flush-fails"), ""},
	{"web-32 finish after a flush", judgeGet("/life/flush-finish"), ""},
	{"web-32 a length of its own", judgeGet("/life/flush-length"), ""},
	{"web-33 a bare 304", judgeGet("/life/flush-304"), ""},
	{"web-37 status and headers", judgeGet("/life/flush-status"), ""},
	{"web-16 failure after Finish", judgeGet("/life/finish-fails"), ""},
	{"web-16 error after Finish", judgeGet("/life/finish-error"), ""},
	{"web-15 Finish twice", judgeGet("/life/finish-twice"), ""},
	{"web-15 write after Finish", judgeGet("/life/finish-write"), ""},
	{"web-59 after Finish", judgeGet("/life/finish-Finish"), ""},
	{"web-59 Finish", judgeGet("/life/Finish"), ""},
	{"web-59 with a chunk", judgeGet("/life/Finish-chunk"), ""},
	{"web-59 with JSON", judgeGet("/life/Finish-dict"), ""},
	{"web-13 a handler that waits", judgeGet("/life/await"), ""},
	{"web-13 and fails", judgeGet("/life/await-error"), ""},
	{"web-13 pipelined", judgeGet("/life/await") + judgeGet("/life/await-error") + judgeGet("/life/flush-await"), ""},
	{"web-22 clear", judgeGet("/life/clear"), ""},
	{"web-50 send_error", judgeGet("/life/send_error"), ""},
	{"web-55 send_error after a flush", judgeGet("/life/send_error-flush"), ""},
	{"web-20 nothing", judgeGet("/life/nothing"), ""},
	{"web-20 nothing to HEAD", judgeRequest("HEAD", "/life/nothing", nil, ""), ""},
	{"web-20 nothing to POST", judgePost("/life/nothing", "text/plain", ""), ""},
	{"web-9 no such verb", judgeRequest("PUT", "/life/nothing", []string{"Content-Length: 0"}, ""), ""},
	{"web-5 finish", judgeGet("/prepared/finish"), ""},
	{"web-5 redirect", judgeGet("/prepared/redirect"), ""},
	{"web-5 before a verb that is missing", judgeRequest("DELETE", "/prepared/finish", nil, ""), ""},
	{"web-14 error", judgeGet("/prepared/error"), ""},
	{"web-14 it waits", judgeGet("/prepared/await"), ""},
	{"web-6 headers", judgeGet("/prepared/header"), ""},
	{"web-4 the verb is missing", judgeRequest("DELETE", "/prepared/header", nil, ""), ""},
	{"web-7 a method more", judgeRequest("OTHER", "/prepared/x", nil, ""), ""},
	{"web-4 an unknown method", judgeRequest("NONE", "/prepared/finish", nil, ""), ""},
	{"web-108 groups", judgeGet("/groups/a/b/c"), ""},
	{"web-66 encoded groups", judgeGet("/groups/%C3%A9+%20/%2F"), ""},
	{"web-68 an encoded slash", judgeGet("/groups/a%2Fb/c"), ""},
	{"web-67 no UTF-8", judgeGet("/groups/%ff/"), ""},
	{"web-66 no group", judgeGet("/optional/"), ""},
	{"web-66 one group", judgeGet("/optional/b"), ""},
	{"web-66 both groups", judgeGet("/optional/ab"), ""},
	{"web-110 named", judgeGet("/named/a%20b/12"), ""},
	{"web-110 named, no match", judgeGet("/named/a/b"), ""},
	{"web-110 nested", judgeGet("/nested/aabb"), ""},
	{"web-108 a dot", judgeGet("/dotted.html"), ""},
	{"web-108 no other", judgeGet("/dottedxhtml"), ""},
	{"web-108 the first", judgeGet("/first?x"), ""},
	{"web-108 a longer one", judgeGet("/firsts"), ""},
	{"web-108 a class", judgeGet("/class/abc"), ""},
	{"web-108 not the class", judgeGet("/class/abcd"), ""},
	{"web-108 a choice", judgeGet("/yz"), ""},
	{"web-118 reversed", judgeGet("/reverse"), ""},
	{"web-115 an error", judgeGet("/gone/x"), ""},
	{"web-115 an error to POST", judgePost("/gone/x", "text/plain", "x"), ""},
	{"web-115 nothing", judgeGet("/none"), ""},
	{"web-115 nothing, with a body", judgePost("/none", "text/plain", "body"), ""},
	{"web-111 a host", onHost("www.example.com", "/"), ""},
	{"web-111 case and port", onHost("WWW.Example.COM:80", "/"), ""},
	{"web-111 the second", onHost("a.example.com", "/sub/x"), ""},
	{"web-112 a later group", onHost("www.example.com", "/sub/x"), ""},
	{"web-112 the last", onHost("www.example.com", "/any"), ""},
	{"web-111 another host", onHost("example.com", "/"), ""},
	{"web-111 not the whole", onHost("www.example.com.org", "/"), ""},
	{"web-113 no default", onHost("example.org", "/www"), ""},
}

var defaultHostCases = []judgeCase{
	{"web-113 the default host", onHost("example.org", "/www"), ""},
	{"web-113 the patterns that match it", onHost("example.org", "/sub/x"), ""},
	{"web-113 what is for every host", onHost("example.org", "/"), ""},
	{"web-113 behind a proxy", onHost("example.org", "/www", "X-Real-Ip: 127.0.0.1"), ""},
	{"web-115 a default handler", onHost("example.org", "/none"), ""},
	{"web-115 a default handler to POST", judgePost("/none", "text/plain", "x"), ""},
}

func TestJudgeHandler(t *testing.T) {
	j := newJudge(t, "handler", map[string]judgeServer{
		"": {app: handlerApp(web.Settings{})},
		"default": {app: handlerApp(web.Settings{DefaultHost: "www.example.com",
			DefaultHandlerClass: web.Class(judgedNotFound{text: "mine"})})},
	})
	j.run(t, "", handlerCases)
	j.run(t, "default", defaultHostCases)
}
