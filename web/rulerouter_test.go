package web_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
)

// where responds with the name of its application and the arguments of its route.
type where struct {
	web.RequestHandler
	name string
}

func (h *where) Get(args ...string) error {
	return h.WriteString(fmt.Sprint(h.name, " ", args, " ", h.PathKwargs()))
}

func (h *where) Post(args ...string) error {
	return h.WriteString(h.name + " " + h.GetBodyArgument("a"))
}

// streamed counts the bytes of a body that is streamed, and refuses some before they arrive.
type streamed struct {
	web.RequestHandler
	received int
}

func (h *streamed) StreamRequestBody() bool { return true }

func (h *streamed) Prepare() error {
	if h.Request().Headers.Get("X-Refuse") != "" {
		return web.NewHTTPError(403)
	}
	return nil
}

func (h *streamed) DataReceived(chunk []byte) error {
	h.received += len(chunk)
	return nil
}

func (h *streamed) Post(args ...string) error { return h.WriteString(fmt.Sprint(h.received)) }

// serveDelegate serves a delegate until the end of the test and returns its URL.
func serveDelegate(t *testing.T, delegate httputil.HTTPServerConnectionDelegate) string {
	t.Helper()
	loop := looptest.New(t)
	server := httpserver.New(delegate, httpserver.Options{Loop: loop})
	addr, err := server.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, loop)
	return "http://" + addr.String()
}

// send returns the status and the body of the response to a request.
func send(t *testing.T, method, url, host, body string, header ...string) string {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Host = host
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, name := range header {
		request.Header.Set(name, "1")
	}
	res, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return fmt.Sprint(res.StatusCode, " ", string(text))
}

func TestRuleRouterChoosesAmongApplications(t *testing.T) { // routing-1, routing-2
	app := func(name string) *web.Application {
		return web.NewApplication([]web.URLSpec{web.URL("/(.*)", where{name: name})}, web.Settings{})
	}
	streams := web.NewApplication([]web.URLSpec{web.URL("/streams", streamed{})}, web.Settings{})
	inner := web.NewRuleRouter(web.RouterRule{Matcher: web.PathMatches("/in/.*"), Target: app("inner")})
	router := web.NewRuleRouter(
		web.RouterRule{Matcher: web.HostMatches("admin.example"), Target: app("admin")},
		web.RouterRule{Matcher: web.PathMatches("/streams"), Target: streams},
		web.RouterRule{Matcher: web.HostMatches("nested.example"), Target: inner})
	router.AddRules(web.RouterRule{Matcher: func(r *httputil.HTTPServerRequest) bool { return r.Headers.Has("X-Site") }, Target: app("site")})
	base := serveDelegate(t, router)
	for _, tt := range []struct {
		name, method, path, host, body, header, want string
	}{
		{"host", "GET", "/a", "admin.example", "", "X-Site", "200 admin [a] map[]"},
		{"header", "GET", "/b", "other.example", "", "X-Site", "200 site [b] map[]"},
		{"none", "GET", "/b", "other.example", "", "X-None", "404 "},
		{"none, with a body", "POST", "/b", "other.example", "a=1", "X-None", "404 "},
		{"body", "POST", "/b", "admin.example", "a=1", "X-None", "200 admin 1"},
		{"nested", "GET", "/in/x", "nested.example", "", "X-None", "200 inner [in/x] map[]"},
		{"nested, none", "GET", "/out", "nested.example", "", "X-Site", "404 "},
		{"streamed body", "POST", "/streams", "other.example", strings.Repeat("x", 200_000), "X-None", "200 200000"},
		{"streamed body, refused in Prepare", "POST", "/streams", "other.example", "x", "X-Refuse", "403 <html><title>403: Forbidden</title><body>403: Forbidden</body></html>"},
	} {
		require.Equal(t, tt.want, send(t, tt.method, base+tt.path, tt.host, tt.body, tt.header), tt.name)
	}
}

func TestRouterRulesNeedBothParts(t *testing.T) {
	require.Panics(t, func() { web.NewRuleRouter(web.RouterRule{Matcher: web.AnyMatches}) })
	require.Panics(t, func() { web.NewRuleRouter(web.RouterRule{Target: web.NewRuleRouter()}) })
}

func TestMatchersReturnArguments(t *testing.T) { // routing-4
	site := func(r *httputil.HTTPServerRequest) ([]string, map[string]string, bool) {
		name, ok := strings.CutSuffix(r.HostName, ".example")
		return []string{name}, map[string]string{"agent": r.Headers.Get("X-Agent")}, ok
	}
	none := func(*httputil.HTTPServerRequest) ([]string, map[string]string, bool) { return nil, nil, true }
	base := serveDelegate(t, web.NewApplication([]web.URLSpec{
		web.URL("/never", where{name: "never"}, web.WhenArguments(site), web.When(web.PathMatches("/other"))),
		web.URL("/plain", where{name: "plain"}, web.WhenArguments(site)),
		web.URL("/group/(.*)", where{name: "group"}, web.WhenArguments(site)),
		web.URL("/named/(?P<id>.*)", where{name: "named"}, web.WhenArguments(site)),
		web.URL("/group/(.*)", where{name: "without"}),
		web.URL("/.*", where{name: "none"}, web.WhenArguments(none)),
	}, web.Settings{}))
	for _, tt := range []struct{ path, host, want string }{
		{"/plain", "a.example", "200 plain [a] map[agent:1]"},
		{"/group/x", "a.example", "200 group [x a] map[agent:1]"},
		{"/named/x", "b.example", "200 named [b] map[agent:1 id:x]"},
		{"/group/x", "other", "200 without [x] map[]"},
		{"/plain", "other", "200 none [] map[]"},
		{"/never", "a.example", "200 none [] map[]"},
	} {
		require.Equal(t, tt.want, send(t, "GET", base+tt.path, tt.host, "", "X-Agent"), "%s on %s", tt.path, tt.host)
	}
}
