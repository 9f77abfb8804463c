package web

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

func page(status string) string {
	code, reason, _ := strings.Cut(status, " ")
	text := code + ": " + reason
	return status + " / <html><title>" + text + "</title><body>" + text + "</body></html>"
}

func TestErrors(t *testing.T) {
	cause := errors.New("cause")
	const uncaught = "ERROR application: Uncaught exception GET /x?y (127.0.0.1) "
	for _, tt := range []struct {
		name string
		err  error // returned, then panicked with
		want string
		log  string // besides the access line
	}{
		{"web-48 web-50", NewHTTPError(404), page("404 Not Found"), ""},
		{"web-45", HTTPErrorf(403, "no %d%%", 7), page("403 Forbidden"), "WARN general: 403 GET /x?y (127.0.0.1): no 7%"},
		{"web-46", &HTTPError{StatusCode: 400, LogMessage: "100% %s"}, page("400 Bad Request"), "WARN general: 400 GET /x?y (127.0.0.1): 100% %s"},
		{"web-57", NewHTTPError(682), page("682 Unknown"), ""},
		{"web-57 no status", NewHTTPError(0), page("500 Internal Server Error"), ""},
		{"web-58", &HTTPError{StatusCode: 400, Reason: "Foo"}, page("400 Foo"), ""},
		{"web-24 web-50", &HTTPError{StatusCode: 400, Reason: "a&b'"}, "400 a&b' / <html><title>400: a&amp;b&#x27;</title><body>400: a&amp;b&#x27;</body></html>", ""},
		{"web-56", NewHTTPError(304), "304 Not Modified / ", ""},
		{"web-56", NewHTTPError(204), "204 No Content / ", ""},
		{"wrapped", fmt.Errorf("in a story: %w", NewHTTPError(404)), page("404 Not Found"), ""},
		{"web-60", &MissingArgumentError{"a"}, page("400 Bad Request"), "WARN general: 400 GET /x?y (127.0.0.1): Missing argument a"},
		{"web-59", Finish{}, "201 Created / A: b / Set-Cookie: c=d; Path=/ / written", ""},
		{"web-59 with a chunk", Finish{"!"}, "201 Created / A: b / Set-Cookie: c=d; Path=/ / written!", ""},
		{"web-59 wrapped", fmt.Errorf("enough: %w", Finish{}), "201 Created / A: b / Set-Cookie: c=d; Path=/ / written", ""},
		{"web-49", cause, page("500 Internal Server Error"), uncaught + "error=cause"},
	} {
		for _, how := range []string{"returned", "panicked"} {
			if tt.err == cause && how == "panicked" {
				continue // TestPanics
			}
			book := keepLog(t)
			conn := fetch(t, getting(func(h *probe) error {
				h.SetStatus(201)
				h.SetHeader("A", "b")
				if isFinish(tt.err) {
					h.SetCookie("c", "d")
				}
				h.WriteString("written")
				if how == "panicked" {
					panic(tt.err)
				}
				return tt.err
			}), "GET /x?y")
			if got := conn.String(); got != tt.want {
				t.Errorf("%s, %s:\ngot  %s\nwant %s", tt.name, how, got, tt.want)
			}
			if got := book.without("access"); got != tt.log {
				t.Errorf("%s, %s: log\ngot  %s\nwant %s", tt.name, how, got, tt.log)
			}
		}
	}
}

func TestPanics(t *testing.T) { // web-49
	for _, tt := range []struct {
		value any
		log   string
	}{
		{"text", "error=panic: text stack=goroutine"},
		{io.EOF, "error=panic: EOF stack=goroutine"},
		{fmt.Errorf("x: %w", io.EOF), "error=panic: x: EOF stack=goroutine"},
	} {
		book := keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { panic(tt.value) }), "GET /")
		if got := conn.String(); got != errorPage500 {
			t.Error(got)
		}
		log := book.without("access")
		if !strings.Contains(log, tt.log) || !strings.Contains(log, "errors_test.go") {
			t.Errorf("panic(%v): log %s", tt.value, log)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{NewHTTPError(404), "HTTP 404: Not Found"}, // web-47
		{HTTPErrorf(404, "no %s", "story"), "HTTP 404: Not Found (no story)"},
		{&HTTPError{StatusCode: 404, Reason: "Gone fishing", LogMessage: "x"}, "HTTP 404: Gone fishing (x)"},
		{NewHTTPError(682), "HTTP 682: Unknown"},
		{&MissingArgumentError{"a"}, "HTTP 400: Bad Request (Missing argument a)"}, // web-60
		{Finish{}, "web: the handler ended the request with Finish"},
		{&log.PanicError{Value: 7}, "panic: 7"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestErrorsUnwrap(t *testing.T) {
	for _, err := range []error{
		HTTPErrorf(500, "db: %w", io.EOF),
		&HTTPError{StatusCode: 500, Err: io.EOF},
		&log.PanicError{Value: io.EOF},
		HTTPErrorf(500, "%w, %w", io.ErrNoProgress, io.EOF),
	} {
		if !errors.Is(err, io.EOF) {
			t.Errorf("%v hides its cause", err)
		}
	}
	if errors.Unwrap(&log.PanicError{Value: "text"}) != nil {
		t.Error("a text is not an error")
	}
}

func TestErrorPages(t *testing.T) {
	fail := func(h *probe) error { return HTTPErrorf(400, "why") }
	for _, tt := range []struct {
		name  string
		probe probe
		want  string
		log   string
	}{
		{"web-52 own page", probe{do: fail, writeError: func(h *probe, status int, cause error) {
			h.WriteString(fmt.Sprint(status, " ", h.GetReason(), " ", cause))
		}}, "400 Bad Request / 400 Bad Request HTTP 400: Bad Request (why)", "WARN general: 400 GET / (127.0.0.1): why"},
		{"web-52 without a cause", probe{do: func(h *probe) error { h.SendError(503, nil); return nil }, writeError: func(h *probe, status int, cause error) {
			h.WriteString(fmt.Sprint(status, " ", cause))
		}}, "503 Service Unavailable / 503 <nil>", ""},
		{"web-52 a reason is not an error", probe{do: func(h *probe) error { h.SendError(503, Reason("Closed today")); return nil }, writeError: func(h *probe, status int, cause error) {
			h.WriteString(fmt.Sprint(status, " ", h.GetReason(), " ", cause))
		}}, "503 Closed today / 503 Closed today <nil>", ""},
		{"page may change the status", probe{do: fail, writeError: func(h *probe, _ int, _ error) {
			h.SetStatus(200)
			h.Finish("fine")
		}}, "200 OK / fine", "WARN general: 400 GET / (127.0.0.1): why"},
		{"web-53 panic", probe{do: fail, writeError: func(h *probe, _ int, _ error) {
			h.WriteString("half a page")
			panic("oops")
		}}, "400 Bad Request / ", "WARN general: 400 GET / (127.0.0.1): why\nERROR application: Uncaught exception in write_error error=panic: oops stack=…"},
		{"web-53 misuse", probe{do: fail, writeError: func(h *probe, _ int, _ error) {
			h.SetHeader("A", "\n")
		}}, "400 Bad Request / ", "WARN general: 400 GET / (127.0.0.1): why\nERROR application: Uncaught exception in write_error error=" +
			`web: unsafe header "A": "\n": a name must be a token, a value must have no control characters`},
		{"web-53 panic in default headers", probe{do: fail, writeError: func(h *probe, _ int, _ error) {}, defaults: func(h *probe) {
			panic("oops")
		}}, "500 Internal Server Error / ", "ERROR application: Uncaught exception GET / (127.0.0.1) error=panic: oops stack=…\n" +
			"ERROR application: Uncaught exception in write_error error=panic: oops stack=…"},
		{"web-54", probe{do: fail, logException: func(error) { panic("oops") }}, page("400 Bad Request"),
			"ERROR application: Error in exception logger error=panic: oops stack=…"},
		{"web-55", probe{do: func(h *probe) error { h.WriteString("a"); h.Flush(); h.WriteString("b"); return NewHTTPError(400) }}, "200 OK / ab",
			"ERROR general: Cannot send error response after headers written"},
		{"web-55 finished", probe{do: func(h *probe) error { h.Finish("a"); h.SendError(400, nil); return nil }}, "200 OK / a",
			"ERROR general: Cannot send error response after headers written"},
		{"web-101", probe{do: func(h *probe) error { h.WriteString("a"); h.Flush(); return h.Redirect("/") }}, "200 OK / a",
			"ERROR application: Uncaught exception GET / (127.0.0.1) error=" + errRedirectAfterHeader.Error() + "\nERROR general: Cannot send error response after headers written"},
		{"web-56 SendError(304)", probe{do: func(h *probe) error { h.SendError(304, nil); return nil }}, "304 Not Modified / ", ""},
		{"no status", probe{do: func(h *probe) error { h.SendError(7, nil); return nil }}, errorPage500, ""},
		{"panic in OnFinish", probe{do: func(h *probe) error { return nil }, onFinish: func(h *probe) { panic("oops") }}, "200 OK / ",
			"ERROR application: Uncaught exception GET / (127.0.0.1) error=panic: oops stack=…"},
		{"panic in OnFinish of an error", probe{do: fail, onFinish: func(h *probe) { panic("oops") }}, page("400 Bad Request"),
			"WARN general: 400 GET / (127.0.0.1): why\nERROR application: Uncaught exception in write_error error=panic: oops stack=…"},
	} {
		book := keepLog(t)
		if got := fetch(t, serving(tt.probe), "GET /").String(); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
		stack := regexp.MustCompile(`(?s)stack=.*?(\n[A-Z]+ [a-z]+:|$)`)
		if got := stack.ReplaceAllString(book.without("access"), "stack=…$1"); got != tt.log {
			t.Errorf("%s: log\ngot  %s\nwant %s", tt.name, got, tt.log)
		}
	}
}

// TestServeTraceback checks the page of an error: the error, the handler, the request and
// the route, and for a panic its stack.
func TestServeTraceback(t *testing.T) { // web-51, web-173
	type page struct{ probe }
	serve := func(options ...URLOption) func(do func(*probe) error) URLSpec {
		return func(do func(*probe) error) URLSpec { return URL("/(a.*)", page{probe{do: do}}, options...) }
	}
	from := `in the handler *web.page, GET /a?x=%00, route "/(a.*)"` + "\n"
	for _, tt := range []struct {
		name  string
		route func(do func(*probe) error) URLSpec
		do    func(h *probe) error
		want  string
	}{
		{"a returned HTTPError", serve(), func(h *probe) error { return HTTPErrorf(400, "why") },
			"400 Bad Request / Content-Type: text/plain / HTTP 400: Bad Request (why)\n" + from},
		{"a returned error", serve(), func(h *probe) error { return errors.New("why") },
			"500 Internal Server Error / Content-Type: text/plain / why\n" + from},
		{"a missing argument", serve(), func(h *probe) error { h.GetArgument("y"); return nil },
			"400 Bad Request / Content-Type: text/plain / HTTP 400: Bad Request (Missing argument y)\n" + from},
		{"misuse", serve(), func(h *probe) error { h.SetStatus(1000); return nil }, from},
		{"a panic", serve(), func(h *probe) error { panic("oops") },
			"500 Internal Server Error / Content-Type: text/plain / panic: oops\n" + from + "\ngoroutine "},
		{"the stack of a panic", serve(), func(h *probe) error { panic("oops") }, "errors_test.go"},
		{"a named route", serve(Name("a")), func(h *probe) error { return errors.New("x") }, `route "/(a.*)", named "a"` + "\n"},
		{"middleware", serve(Middleware(func(h http.Handler) http.Handler { return h })), func(h *probe) error { return errors.New("x") }, from},
		{"a reason", serve(), func(h *probe) error { h.SendError(400, Reason("Why")); return nil }, "400 Why / <html>"},
		{"no cause", serve(), func(h *probe) error { h.SendError(400, nil); return nil }, "400 Bad Request / <html>"},
	} {
		for _, settings := range []Settings{{Debug: true}, {ServeTraceback: true}} {
			keepLog(t)
			app := NewApplication([]URLSpec{tt.route(tt.do)}, settings)
			if got := fetchApart(t, app, "GET /a?x=%00").String(); !strings.Contains(got, tt.want) {
				t.Errorf("%s: got %s\nwant %s", tt.name, got, tt.want)
			}
		}
	}
	keepLog(t)
	app := NewApplication(nil, Settings{DefaultHandlerClass: Class(page{probe{do: func(*probe) error { return NewHTTPError(404) }}}), Debug: true})
	if got, want := fetch(t, app, "GET /b").body(), "HTTP 404: Not Found\nin the handler *web.page, GET /b, no route: it is Settings.DefaultHandlerClass\n"; got != want {
		t.Errorf("no route: got %s, want %s", got, want)
	}
}

func TestAccessLog(t *testing.T) { // web-61
	for _, tt := range []struct {
		status int
		want   string
	}{
		{200, `^INFO access: 200 GET /x\?y \(127\.0\.0\.1\) \d{1,4}\.\d\dms$`},
		{399, `^INFO access: 399 GET `},
		{400, `^WARN access: 400 GET `},
		{499, `^WARN access: 499 GET `},
		{500, `^ERROR access: 500 GET `},
	} {
		book := keepLog(t)
		fetch(t, getting(func(h *probe) error { h.SetStatus(tt.status); return nil }), "GET /x?y")
		if len(book.records) != 1 || !regexp.MustCompile(tt.want).MatchString(book.records[0]) {
			t.Errorf("%d: %q", tt.status, book.records)
		}
	}
}

func TestAccessLogThatIsOffCostsNothing(t *testing.T) {
	book := keepLog(t)
	book.min = slog.LevelWarn
	fetch(t, getting(func(h *probe) error {
		if n := testing.AllocsPerRun(10, func() { h.Application().LogRequest(&h.RequestHandler) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		return nil
	}), "GET /")
	if len(book.records) != 0 {
		t.Errorf("%q", book.records)
	}
}

func TestLogFunction(t *testing.T) { // web-62
	book := keepLog(t)
	var got string
	app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error { return NewHTTPError(403) }})}, Settings{LogFunction: func(h *RequestHandler) {
		got = fmt.Sprintf("%d %s %T", h.GetStatus(), h.Request().URI, h.Self())
	}})
	fetch(t, app, "GET /")
	if got != "403 / *web.probe" || len(book.records) != 0 {
		t.Errorf("got %q, log %q", got, book.records)
	}
}

// A chatterer makes the mistake that its field names.
type chatterer struct {
	RequestHandler
	heard *int
}

func (h *chatterer) OnFinish() { h.Write([]byte("late")) }

func (h *chatterer) Get(args ...string) error {
	h.Loop().CallLater(0, func() { h.Write([]byte("later still")) })
	return nil
}

func (h *chatterer) LogException(err error) {
	*h.heard++
	h.Write([]byte(err.Error()))
}

func TestLogExceptionThatWritesRunsOnce(t *testing.T) {
	heard := 0
	app := serving(chatterer{heard: &heard})
	conn := &fakeConn{info: httputil.ConnectionInfo{RemoteIP: "127.0.0.1", Protocol: "http"}}
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn.loop = loop
		request(t, app, conn, "GET /").Finish()
		ioloop.Sleep(loop, 0).Await()
		ioloop.Sleep(loop, 0).Await()
	})
	if heard == 0 || heard > 2 {
		t.Errorf("LogException ran %d times", heard)
	}
}
