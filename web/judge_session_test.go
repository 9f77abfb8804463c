package web_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/web"
)

// sessionApp has the routes of testdata/judge_session.py.
func sessionApp(s web.Settings) *web.Application {
	on := func(pattern, only string, do func(h *judged, args []string) error) web.URLSpec {
		return web.URL(pattern, judged{do: do, only: only})
	}
	return web.NewApplication([]web.URLSpec{
		on("/set", "get", judgedSetCookie),
		on("/set/(.*)", "get head", judgedSetCookies),
		on("/clear/(.*)", "get", judgedClearCookies),
		on("/cookie/(.*)", "get", func(h *judged, args []string) error {
			return h.WriteString("'" + h.GetCookie(args[0], "none") + "'")
		}),
		on("/signed/(.*)", "get", judgedSigned),
		web.URL("/member.*", judgedMember{}),
		web.URL("/elsewhere", judgedMember{login: "https://sso.example.com/login"}),
		web.URL("/asks", judgedMember{login: "/login?from=here"}),
		on("/slash/?", "get head post", func(h *judged, _ []string) error {
			if err := h.AddSlash(); err != nil {
				return err
			}
			return h.WriteString("slash")
		}),
		on("/unslashed/*", "get head post", judgedUnslashed),
		on("/+", "get head post", judgedUnslashed),
		on("/arg/(.*)", "get post put patch delete", judgedArguments),
		on("/path/([^/]*)/([0-9]+)?", "get", judgedPath),
		on("/named/(?P<b>.*)/(?P<a>[^/]*)", "get", judgedPath),
		on("/json", "post", func(h *judged, _ []string) error {
			var got any
			if err := h.ReadJSON(&got); err != nil {
				return err
			}
			return h.WriteJSON(map[string]any{"got": got})
		}),
		on("/status/([0-9]+)(?:/(.*))?", "get head", func(h *judged, args []string) error {
			code, err := strconv.Atoi(args[0])
			h.SetStatus(code, args[1:][:min(1, len(args[1]))]...)
			return err
		}),
		on("/fail/(.*)", "get head post", judgedFails),
		web.URL("/page/(.*)", judgedPages{}),
		on("/header/(.*)", "get", judgedHeaderTypes),
		on("/redirect/(.*)", "get head post", judgedRedirects),
		web.URL("/old", web.RedirectHandler{URL: "/new"}),
		web.URL("/for-now", web.RedirectHandler{URL: "/new", Temporary: true}),
		web.URL("/query", web.RedirectHandler{URL: "/new?z=1#f"}),
		web.URL("/move/(.*?)/(.*?)/(.*)", web.RedirectHandler{URL: "/{1}/{0}/{2}"}),
		web.URL("/move-named/(?P<x>.*)", web.RedirectHandler{URL: "http://example.com/{x}/{{x}}"}),
		web.URL("/away/(.*)", web.RedirectHandler{URL: "/{0}"}),
		web.URL("/gone", web.ErrorHandler{StatusCode: 410}),
		web.URL("/form", judgedForm{}),
		web.URL("/free", judgedForm{free: true}),
		web.URL("/logged-in", judgedForm{user: "ben"}),
		web.URL("/upload", judgedUpload{}),
	}, s)
}

func judgedSetCookie(h *judged, _ []string) error {
	number := func(name string) float64 {
		n, _ := strconv.ParseFloat(h.GetArgument(name, "0"), 64)
		return n
	}
	o := web.CookieOptions{
		Domain: h.GetArgument("domain", ""), Path: h.GetArgument("path", ""), SameSite: h.GetArgument("samesite", ""),
		HTTPOnly: h.GetArgument("httponly", "") == "1", Secure: h.GetArgument("secure", "") == "1",
		MaxAge: int(number("max_age")), ExpiresDays: number("days"),
	}
	if at := number("at"); at != 0 {
		o.Expires = time.Unix(int64(at), 0)
	}
	last := func(values []string) string { return values[len(values)-1] }
	h.SetCookie(last(h.GetArguments("n", false)), last(h.GetArguments("v", false)), o)
	return h.WriteString("set")
}

func judgedSetCookies(h *judged, args []string) error {
	for _, pair := range h.GetArguments("c") {
		name, value, _ := strings.Cut(pair, "=")
		h.SetCookie(name, value)
	}
	switch args[0] {
	case "error":
		return web.NewHTTPError(403)
	case "clear":
		h.Clear()
	case "redirect":
		return h.Redirect("/")
	case "flush":
		h.Flush()
		h.SetCookie("late", "x")
	}
	return h.WriteString("page")
}

func judgedClearCookies(h *judged, args []string) error {
	if args[0] == "all" {
		h.ClearAllCookies()
		return nil
	}
	h.SetCookie(args[0], "before")
	h.ClearCookie(args[0], web.CookieOptions{Domain: "example.com", Path: "/p"})
	return nil
}

func judgedSigned(h *judged, args []string) error {
	text := func(value []byte) error {
		if value == nil {
			return h.WriteString("None")
		}
		return h.WriteString(hex.EncodeToString(value))
	}
	days, _ := strconv.ParseFloat(h.GetArgument("days", "31"), 64)
	least, _ := strconv.Atoi(h.GetArgument("min", "1"))
	switch args[0] {
	case "get":
		return text(h.GetSecureCookie("k", web.SignedValueOptions{MaxAgeDays: days, MinVersion: least}))
	case "value":
		return text(h.DecodeSignedValue("k", h.GetArgument("v")))
	case "version":
		if version, ok := h.GetSecureCookieKeyVersion("k"); ok {
			return h.WriteString(strconv.Itoa(version))
		}
		return h.WriteString("None")
	case "session":
		h.SetSignedCookie("k", "v", web.CookieOptions{Session: true})
	case "old":
		h.SetSignedCookie("k", "v", web.CookieOptions{Version: 1, HTTPOnly: true})
	case "bytes":
		h.SetSignedCookie("k", "\x00\xff", web.CookieOptions{SameSite: "Lax"})
	default:
		h.SetSignedCookie("k", "v")
	}
	return nil
}

// judgedMember is a page for users with a cookie.
type judgedMember struct {
	web.RequestHandler
	login string
}

func (h *judgedMember) GetCurrentUser() any { return h.GetCookie("user") }

func (h *judgedMember) GetLoginURL() string {
	if h.login != "" {
		return h.login
	}
	return h.RequestHandler.GetLoginURL()
}

func (h *judgedMember) Prepare() error { return h.Authenticated() }

func (h *judgedMember) Get(args ...string) error {
	return h.WriteString(fmt.Sprint("hello ", h.CurrentUser()))
}

func (h *judgedMember) Head(args ...string) error    { return h.Get() }
func (h *judgedMember) Post(args ...string) error    { return h.Get() }
func (h *judgedMember) Put(args ...string) error     { return h.Get() }
func (h *judgedMember) Options(args ...string) error { return h.Get() }

func judgedUnslashed(h *judged, _ []string) error {
	if err := h.RemoveSlash(); err != nil {
		return err
	}
	return h.WriteString("no slash")
}

func judgedArguments(h *judged, args []string) error {
	var got []string
	switch args[0] {
	case "need":
		got = []string{h.GetArgument("a")}
	case "default":
		got = []string{h.GetArgument("a", "none")}
	case "list":
		got = h.GetArguments("a")
	case "raw":
		got = h.GetArguments("a", false)
	case "query":
		got = []string{h.GetQueryArgument("a")}
	case "body":
		got = []string{h.GetBodyArgument("a")}
	case "bodies":
		got = append(append(h.GetBodyArguments("a"), "|"), h.GetQueryArguments("a")...)
	default:
		got = judgedCaught(h)
	}
	return judgedList(h, got)
}

// judgedCaught returns an argument, or the text of the error.
func judgedCaught(h *judged) (got []string) {
	defer func() {
		if err, ok := recover().(*web.MissingArgumentError); ok {
			got = []string{"caught", err.ArgName, err.Error()}
		}
	}()
	return []string{h.GetArgument("a")}
}

func judgedList(h *judged, list []string) error {
	for i, s := range list {
		list[i] = "<" + s + ">"
	}
	return h.WriteString(strings.Join(list, "\n"))
}

func judgedPath(h *judged, args []string) error {
	for name, value := range h.PathKwargs() {
		args = append(args, name+"="+value)
	}
	if len(h.PathKwargs()) > 0 {
		slices.Sort(args)
	}
	return judgedList(h, args)
}

func judgedFails(h *judged, args []string) error {
	h.SetStatus(201)
	h.SetHeader("X-Before", "1")
	h.SetCookie("kept", "1")
	h.WriteString("before")
	switch args[0] {
	case "plain":
		return web.NewHTTPError(404)
	case "message":
		return web.HTTPErrorf(403, "no %s for %s", "entry", "you")
	case "percent":
		return &web.HTTPError{StatusCode: 400, LogMessage: "100% <sure>"}
	case "reason":
		return &web.HTTPError{StatusCode: 400, Reason: "Gone & fishing"}
	case "unknown":
		return web.NewHTTPError(682)
	case "unmodified":
		return web.NewHTTPError(304)
	case "finish":
		return web.Finish{}
	case "chunk":
		return web.Finish{Chunk: "chunk"}
	case "object":
		panic(web.Finish{Chunk: map[string]int{"a": 1}})
	case "send":
		h.SendError(503, nil)
	case "bare":
		h.SendError(304, nil)
	case "missing":
		h.GetArgument("missing")
	default:
		return judgedMisuse(h, args[0])
	}
	return nil
}

func judgedMisuse(h *judged, how string) error {
	switch how {
	case "late":
		h.Flush().Await()
		return web.NewHTTPError(404)
	case "ended":
		h.Finish()
		return web.NewHTTPError(404)
	case "twice":
		h.Finish("1")
		h.Finish("2")
	case "write":
		h.Finish("1")
		h.WriteString("2")
	case "float":
		h.SetHeader("X-A", 1.5)
	case "newline":
		h.SetHeader("X-A", "a\r\nX-B: b")
	case "control":
		h.SetHeader("X-A", "a\x00")
	case "body":
		h.SetStatus(204)
	case "redirect":
		h.Flush().Await()
		h.Redirect("/")
	case "nowhere":
		h.Redirect("/", 200)
	default:
		return errors.New("x")
	}
	return nil
}

// judgedPages has its own error pages.
type judgedPages struct {
	web.RequestHandler
	how string
}

func (h *judgedPages) Get(args ...string) error {
	h.how = args[0]
	if h.how == "send" {
		h.SendError(500, nil)
		return nil
	}
	return &web.HTTPError{StatusCode: 418, Reason: "Short & stout"}
}

func (h *judgedPages) WriteError(status int, cause error) {
	switch h.how {
	case "json":
		h.WriteString(fmt.Sprintf(`{"status": %d, "reason": "%s"}`, status, h.GetReason()))
		h.SetHeader("Content-Type", "application/json; charset=UTF-8")
	case "status":
		h.SetStatus(200)
		h.Finish("fine")
	case "header":
		h.SetHeader("X-Page", "1")
	case "send":
		h.WriteString(fmt.Sprintf("sent %d None", status))
	case "fail":
		panic(errors.New("in WriteError"))
	}
}

func judgedHeaderTypes(h *judged, args []string) error {
	switch args[0] {
	case "types":
		h.SetHeader("X-Int", -5)
		h.SetHeader("X-Bytes", []byte("\xe9!"))
		h.SetHeader("X-Time", time.Date(2013, 1, 27, 18, 43, 20, 0, time.UTC))
	case "tab":
		h.SetHeader("X-A", "a\tb")
	case "lines":
		h.AddHeader("X-A", 1)
		h.AddHeader("x-a", 2)
		h.SetHeader("X-B", 3)
		h.SetHeader("x-b", 4)
	case "cleared":
		h.SetHeader("X-A", 1)
		h.ClearHeader("x-a")
		h.ClearHeader("Absent")
		h.ClearHeader("Content-Type")
	case "cleared-lines":
		h.AddHeader("X-A", 1)
		h.AddHeader("X-A", 2)
		h.ClearHeader("x-a")
	case "late":
		h.Flush()
		h.SetHeader("X-A", 1)
	case "json":
		return h.WriteJSON(map[string]any{"a": "</é", "b": []any{1, nil, true}})
	case "typed":
		h.WriteJSON(map[string]int{"a": 1})
		h.SetHeader("Content-Type", "text/x-own")
	case "reset":
		h.SetHeader("X-A", 1)
		h.SetStatus(404)
		h.WriteString("dropped")
		h.Clear()
		h.WriteString("kept")
	case "nothing":
		h.SetStatus(204)
		h.SetHeader("Content-Language", "de")
		h.SetHeader("Content-Encoding", "br")
	}
	return nil
}

func judgedRedirects(h *judged, args []string) error {
	h.WriteString("buffered")
	to := h.GetArgument("to", "/x?a=%20#f")
	switch args[0] {
	case "permanent":
		return h.Redirect(to, 301)
	case "temporary":
		return h.Redirect(to)
	}
	status, _ := strconv.Atoi(args[0])
	return h.Redirect(to, status)
}

// judgedForm shows a form and receives it.
type judgedForm struct {
	web.RequestHandler
	free bool
	user string
}

func (h *judgedForm) CheckXSRFCookie() error {
	if h.free {
		return nil
	}
	return h.RequestHandler.CheckXSRFCookie()
}

func (h *judgedForm) GetCurrentUser() any          { return h.user }
func (h *judgedForm) Get(args ...string) error     { return h.WriteString(h.XSRFFormHTML()) }
func (h *judgedForm) Post(args ...string) error    { return h.WriteString("posted") }
func (h *judgedForm) Put(args ...string) error     { return h.Post() }
func (h *judgedForm) Delete(args ...string) error  { return h.Post() }
func (h *judgedForm) Patch(args ...string) error   { return h.Post() }
func (h *judgedForm) Options(args ...string) error { return h.Post() }
func (h *judgedForm) Head(args ...string) error    { return h.Post() }

// judgedUpload counts the bytes of a streamed body.
type judgedUpload struct {
	web.RequestHandler
	size int
}

func (h *judgedUpload) StreamRequestBody() bool { return true }
func (h *judgedUpload) DataReceived(chunk []byte) error {
	h.size += len(chunk)
	return nil
}
func (h *judgedUpload) Post(args ...string) error {
	return h.WriteString(fmt.Sprintf("%d bytes", h.size))
}
