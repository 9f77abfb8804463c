package web_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/web"
)

// A judged handler handles all request methods with one function.
type judged struct {
	web.RequestHandler
	do   func(h *judged, args []string) error
	only string // the verbs, "" for all
	etag string // "" for the usual one
}

func (h *judged) response(verb string, args []string) error {
	if h.only != "" && !slices.Contains(strings.Fields(h.only), verb) {
		return web.NewHTTPError(405)
	}
	return h.do(h, args)
}

func (h *judged) Get(args ...string) error     { return h.response("get", args) }
func (h *judged) Head(args ...string) error    { return h.response("head", args) }
func (h *judged) Post(args ...string) error    { return h.response("post", args) }
func (h *judged) Put(args ...string) error     { return h.response("put", args) }
func (h *judged) Delete(args ...string) error  { return h.response("delete", args) }
func (h *judged) Patch(args ...string) error   { return h.response("patch", args) }
func (h *judged) Options(args ...string) error { return h.response("options", args) }

func (h *judged) ComputeEtag() string {
	if h.etag != "" {
		return h.etag
	}
	return h.RequestHandler.ComputeEtag()
}

// httpApp has the routes of testdata/judge_http.py.
func httpApp() *web.Application {
	on := func(pattern, only string, do func(h *judged, args []string) error) web.URLSpec {
		return web.URL(pattern, judged{do: do, only: only})
	}
	return web.NewApplication([]web.URLSpec{
		on("/echo.*", "", judgedEcho),
		on("/headers", "get post", judgedHeaders),
		on("/joined", "get", judgedJoined),
		on("/args", "get post put patch delete", judgedArgs),
		on("/argument", "get post", judgedArgument),
		on("/cookies", "get", judgedCookies),
		on("/range", "get", judgedRange),
		on("/chunks/(.*)", "get head post", func(h *judged, args []string) error {
			return judgedParts(h, strings.Split(args[0], ","))
		}),
		on(`/empty/(\d+)`, "get head post", func(h *judged, args []string) error {
			status, err := strconv.Atoi(args[0])
			h.SetStatus(status)
			return err
		}),
		on(`/declared/(\d+)/(\d+)(/flush)?`, "get head post", func(h *judged, args []string) error {
			h.SetHeader("Content-Length", args[0])
			return judgedXs(h, "x", args[1], args[2] != "")
		}),
		on(`/twice/(\d+)/(\d+)`, "get head", func(h *judged, args []string) error {
			h.SetHeader("Content-Length", "4")
			if err := judgedXs(h, "x", args[0], true); err != nil {
				return err
			}
			return judgedXs(h, "y", args[1], false)
		}),
		on("/hop/(.*)", "get post", func(h *judged, args []string) error {
			h.SetHeader("Connection", args[0])
			return h.WriteString("hop")
		}),
		on(`/large/(\d+)`, "get head", func(h *judged, args []string) error {
			count, _ := strconv.Atoi(args[0])
			return h.WriteString(strings.Repeat("0123456789abcdef", count/16))
		}),
		on("/fail/(.*)", "get post", func(h *judged, args []string) error {
			h.WriteString("before")
			if args[0] == "flush" {
				h.Flush().Await()
			}
			return fmt.Errorf("failed")
		}),
		on("/lines", "get head", judgedLines),
		web.URL("/tag", judged{only: "get head post", etag: `"tag"`, do: func(h *judged, _ []string) error {
			return h.WriteString("tagged")
		}}),
	}, web.Settings{})
}

func judgedEcho(h *judged, _ []string) error {
	r := h.Request()
	h.SetHeader("Content-Type", "text/plain")
	lines := []string{r.Method, r.URI, r.Path, r.Query, r.Version, r.Host, r.HostName, r.Protocol, r.RemoteIP, r.FullURL()}
	return h.WriteString(fmt.Sprintf("%s\n%d:%s", strings.Join(lines, "\n"), len(r.Body), r.Body))
}

func judgedHeaders(h *judged, _ []string) error {
	for name, value := range h.Request().Headers.All() {
		h.WriteString(name + "=" + value + "\n")
	}
	return nil
}

func judgedJoined(h *judged, _ []string) error {
	headers, joined, has := &h.Request().Headers, "none", 0
	if headers.Has("X-Name") {
		joined, has = headers.Get("x-NAME"), 1
	}
	return h.WriteString(fmt.Sprintf("%s|%s|%d", joined, strings.Join(headers.GetList("X-Name"), ","), has))
}

func dumpArguments(arguments httputil.Arguments) string {
	var lines []string
	for name, values := range arguments {
		lines = append(lines, name+"="+strings.Join(values, ",")+"\n")
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func judgedArgs(h *judged, _ []string) error {
	r := h.Request()
	body, err := r.BodyArguments()
	if err != nil {
		return err
	}
	both, _ := r.Arguments()
	h.WriteString("query\n" + dumpArguments(r.QueryArguments()) + "body\n" + dumpArguments(body) + "both\n" + dumpArguments(both))
	files, _ := r.Files()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		for _, f := range files[name] {
			h.WriteString(fmt.Sprintf("file %s %s %s %d:%s\n", name, f.Filename, f.ContentType, len(f.Body), f.Body))
		}
	}
	return nil
}

func judgedArgument(h *judged, _ []string) error {
	a, all := h.GetArgument("a"), h.GetArguments("a")
	return h.WriteString(fmt.Sprintf("%s|['%s']|%s|%s", a, strings.Join(all, "', '"),
		h.GetQueryArgument("a", "none"), h.GetBodyArgument("a", "none")))
}

func judgedCookies(h *judged, _ []string) error {
	var lines []string
	for name, value := range h.Request().Cookies() {
		lines = append(lines, name+"="+value+"\n")
	}
	slices.Sort(lines)
	return h.WriteString(strings.Join(lines, ""))
}

func judgedRange(h *judged, _ []string) error {
	start, end, ok := httputil.ParseRequestRange(h.Request().Headers.Get("Range"))
	if !ok {
		return h.WriteString("none")
	}
	position := func(n *int64) string {
		if n == nil {
			return "None"
		}
		return strconv.FormatInt(*n, 10)
	}
	return h.WriteString(position(start) + " " + position(end))
}

func judgedParts(h *judged, parts []string) error {
	for _, part := range parts {
		h.WriteString(part)
		if _, err := h.Flush().Await(); err != nil {
			return err
		}
	}
	return nil
}

// judgedXs writes a letter count times.
func judgedXs(h *judged, letter, count string, flush bool) error {
	n, _ := strconv.Atoi(count)
	h.WriteString(strings.Repeat(letter, n))
	if flush {
		_, err := h.Flush().Await()
		return err
	}
	return nil
}

func judgedLines(h *judged, _ []string) error {
	h.AddHeader("X-B", "1")
	h.SetCookie("c", "d")
	h.SetHeader("X-A", "2")
	h.AddHeader("X-B", "3")
	h.SetHeader("Content-Type", "text/plain")
	h.ClearHeader("Server")
	return h.WriteString("lines")
}

func TestJudgeHTTP(t *testing.T) {
	j := newJudge(t, "http", map[string]judgeServer{
		"":          {app: httpApp()},
		"small":     {app: httpApp(), options: httpserver.Options{MaxHeaderSize: 200, MaxBodySize: 20}},
		"once":      {app: httpApp(), options: httpserver.Options{NoKeepAlive: true}},
		"https":     {app: httpApp(), options: httpserver.Options{Protocol: "https"}},
		"proxied":   {app: httpApp(), options: httpserver.Options{XHeaders: true, TrustedDownstream: []string{"5.5.5.5", "6.6.6.6"}}},
		"inflating": {app: httpApp(), options: httpserver.Options{DecompressRequest: true, MaxBodySize: 1000}},
	})
	for name, cases := range map[string]map[string][]judgeCase{
		"request lines": {"": requestLineCases},
		"headers":       {"": headerCases},
		"hosts":         {"": hostCases},
		"lengths":       {"": lengthCases},
		"chunks":        {"": chunkedCases},
		"limits":        {"small": smallCases},
		"lives":         {"": lifeCases, "once": onceCases},
		"proxies":       {"": untrustingCases, "https": httpsCases, "proxied": proxiedCases},
		"inflation":     {"inflating": inflatingCases},
		"responses":     {"": responseCases},
		"conditions":    {"": conditionalCases},
		"queries":       {"": queryCases},
		"forms":         {"": formCases},
		"multipart":     {"": multipartCases},
		"cookies":       {"": cookieCases},
		"ranges":        {"": rangeCases},
	} {
		t.Run(name, func(t *testing.T) {
			for server, table := range cases {
				j.run(t, server, table)
			}
		})
	}
}
