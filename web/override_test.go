package web

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// An overrider overrides the hooks that applications of Tornado override, and records which
// of them ran.
type overrider struct {
	probe
	ran      *[]string
	failing  string // the hook that panics
	exiting  string // the hook that calls runtime.Goexit
	swallows string // name of the hook that does not call the base's method
}

func (h *overrider) note(hook string) (goOn bool) {
	*h.ran = append(*h.ran, hook)
	switch hook {
	case h.failing:
		panic("overrider: " + hook)
	case h.exiting:
		runtime.Goexit()
	}
	return hook != h.swallows
}

func (h *overrider) Finish(chunk ...any) error {
	if !h.note("Finish") {
		return nil
	}
	h.SetHeader("X-Finish", len(chunk))
	return h.probe.Finish(chunk...)
}

func (h *overrider) SendError(status int, cause error) {
	if h.note("SendError") {
		h.probe.SendError(status, cause)
	}
}

func (h *overrider) HandleException(err error) {
	if h.note("HandleException") {
		h.probe.HandleException(err)
	}
}

func (h *overrider) LogException(err error) {
	if h.note("LogException") {
		h.probe.LogException(err)
	}
}

func (h *overrider) WriteError(status int, cause error) {
	if h.note("WriteError") {
		h.WriteString(fmt.Sprint(status, " by WriteError"))
	}
}

func (h *overrider) OnFinish() { h.note("OnFinish") }

func (h *overrider) Clear() {
	if h.note("Clear") {
		h.probe.Clear()
		h.SetHeader("X-Clear", "1")
	}
}

func (h *overrider) Redirect(url string, status ...int) error {
	h.note("Redirect")
	return h.probe.Redirect("/elsewhere"+url, status...)
}

func (h *overrider) RenderString(name string, namespace ...Namespace) ([]byte, error) {
	h.note("RenderString")
	if name == "other engine" {
		return []byte("<p>by another engine</p>"), nil
	}
	return h.probe.RenderString(name, namespace...)
}

func (h *overrider) StaticURL(path string, options ...StaticURLOption) string {
	h.note("StaticURL")
	return "https://cdn.example/" + path
}

func (h *overrider) ReverseURL(name string, args ...any) (string, error) {
	h.note("ReverseURL")
	return "/named/" + name, nil
}

func (h *overrider) SetCookie(name, value string, options ...CookieOptions) {
	h.note("SetCookie")
	h.probe.SetCookie(name, value, CookieOptions{Domain: "example.com"})
}

func (h *overrider) ClearCookie(name string, options ...CookieOptions) {
	h.note("ClearCookie")
	h.probe.ClearCookie(name, options...)
}

func TestOverriddenMethodsAreCalled(t *testing.T) {
	files := fstest.MapFS{
		"page.html": {Data: []byte(`{{ static_url("a.css") }} {{ reverse_url("x") }}`)},
		"a.css":     {Data: []byte("a")},
	}
	for _, tt := range []struct {
		name string
		do   func(h *probe) error
		want string // the hooks that ran
		body string // of the response
	}{
		{"the end of the verb", func(h *probe) error { return h.WriteString("x") }, "Clear Finish OnFinish", "X-Finish: 0 / x"},
		{"a returned Finish", func(h *probe) error { return Finish{Chunk: "x"} }, "Clear HandleException Finish OnFinish", "X-Finish: 1 / x"},
		{"an error", func(h *probe) error { return errors.New("x") },
			"Clear HandleException LogException SendError Clear WriteError Finish OnFinish", "X-Finish: 0 / 500 by WriteError"},
		{"an HTTPError", func(h *probe) error { return NewHTTPError(404) },
			"Clear HandleException LogException SendError Clear WriteError Finish OnFinish", "X-Finish: 0 / 404 by WriteError"},
		{"a panic", func(h *probe) error { panic("x") },
			"Clear HandleException LogException SendError Clear WriteError Finish OnFinish", "500 by WriteError"},
		{"AddSlash", func(h *probe) error { return h.AddSlash() },
			"Clear Redirect Finish OnFinish HandleException", "Location: /elsewhere/a/"},
		{"Authenticated", func(h *probe) error { return h.Authenticated() },
			"Clear Redirect Finish OnFinish HandleException", "Location: /elsewhere/login?next="},
		{"Render", func(h *probe) error { return h.Render("other engine") },
			"Clear RenderString Finish OnFinish", "<p>by another engine</p>"},
		{"a template", func(h *probe) error { return h.Render("page.html") },
			"Clear RenderString StaticURL ReverseURL Finish OnFinish", "https://cdn.example/a.css /named/x"},
		{"SetSignedCookie", func(h *probe) error { h.SetSignedCookie("a", "b"); return nil },
			"Clear SetCookie Finish OnFinish", "Domain=example.com"},
		{"ClearAllCookies", func(h *probe) error { h.ClearAllCookies(); return nil },
			"Clear ClearCookie SetCookie Finish OnFinish", "Domain=example.com"},
		{"XSRFToken", func(h *probe) error { h.XSRFToken(); return nil },
			"Clear SetCookie Finish OnFinish", "Domain=example.com"},
	} {
		keepLog(t)
		var ran []string
		app := NewApplication([]URLSpec{URL("/a", overrider{probe: probe{do: tt.do}, ran: &ran})},
			Settings{LoginURL: "/login", CookieSecret: "s", TemplateFS: files, StaticFS: files})
		conn := fetch(t, app, "GET /a\nCookie: k=v")
		if got := strings.Join(ran, " "); got != tt.want || !strings.Contains(conn.String(), tt.body) {
			t.Errorf("%s: ran %s\n    want %s\n    %s", tt.name, got, tt.want, conn)
		}
	}
}

// TestFailingOverridesStillEndTheRequest makes each hook panic or call runtime.Goexit. The
// client must get a response, and the log must have the error.
func TestFailingOverridesStillEndTheRequest(t *testing.T) {
	for _, hook := range []string{"Finish", "SendError", "HandleException", "LogException", "WriteError", "OnFinish", "Clear"} {
		for _, exits := range []bool{false, true} {
			book := keepLog(t)
			h := overrider{probe: probe{do: func(*probe) error { return errors.New("x") }}, ran: new([]string), failing: hook}
			want := "overrider: " + hook
			if exits {
				h.failing, h.exiting, want = "", hook, log.Goexit
			}
			conn := fetchApart(t, serving(h), "GET /")
			if conn.finishes != 1 || conn.status != "500 Internal Server Error" {
				t.Errorf("%s, exits %v: %s", hook, exits, conn)
			}
			if got := book.without("access"); !strings.Contains(got, want) {
				t.Errorf("%s, exits %v: the log has no %q: %s", hook, exits, want, got)
			}
		}
	}
}

// FailNow of a test calls runtime.Goexit, which may happen in a handler under test.
func TestGoexitInAHandler(t *testing.T) {
	for name, h := range map[string]probe{
		"Get":          {do: func(*probe) error { runtime.Goexit(); return nil }},
		"Prepare":      {prepare: func(*probe) error { runtime.Goexit(); return nil }},
		"Asynchronous": {do: func(h *probe) error { h.Asynchronous(); runtime.Goexit(); return nil }},
		"AsyncCallback": {do: func(h *probe) error {
			h.Asynchronous()
			h.Loop().AddCallback(h.AsyncCallback(func() error { runtime.Goexit(); return nil }))
			return nil
		}},
	} {
		book := keepLog(t)
		conn := fetchApart(t, serving(h), "GET /")
		if conn.String() != errorPage500 {
			t.Errorf("%s: %s", name, conn)
		}
		if got := book.without("access"); !strings.Contains(got, "Uncaught exception GET /") || !strings.Contains(got, log.Goexit) {
			t.Errorf("%s: log %s", name, got)
		}
	}
}

// fetchApart is fetch in its own coroutine, which may end by runtime.Goexit.
func fetchApart(t *testing.T, app *Application, text string) *fakeConn {
	loop := looptest.New(t)
	conn := &fakeConn{loop: loop, info: httputil.ConnectionInfo{RemoteIP: "127.0.0.1", Protocol: "http"}}
	loop.SpawnFunc(func() { request(t, app, conn, text).Finish() })
	_, err := ioloop.RunSync(loop, looptest.Patience, func() (any, error) {
		for conn.finishes == 0 {
			if _, err := ioloop.Sleep(loop, time.Millisecond).Await(); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	require.NoError(t, err)
	return conn
}
