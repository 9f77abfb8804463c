package web

import "testing"

func TestErrorHandler(t *testing.T) {
	keepLog(t)
	app := NewApplication([]URLSpec{URL("/", ErrorHandler{StatusCode: 410})}, Settings{})
	for _, method := range []string{"GET", "POST", "OPTIONS"} {
		if got := fetch(t, app, method+" /").String(); got != page("410 Gone") {
			t.Errorf("%s: %s", method, got)
		}
	}
}

// An ownPage answers in Prepare, with the status that is set already.
type ownPage struct{ ErrorHandler }

func (h *ownPage) Prepare() error { return h.Finish("gone") }

func TestErrorHandlerSetsTheStatusFirst(t *testing.T) {
	keepLog(t)
	app := serving(ownPage{ErrorHandler{StatusCode: 410}})
	if got := fetch(t, app, "GET /").String(); got != "410 Gone / gone" {
		t.Error(got)
	}
}

func TestRedirectHandler(t *testing.T) { // web-105
	for _, tt := range []struct {
		pattern string
		handler RedirectHandler
		request string
		want    string
	}{
		{"/a", RedirectHandler{URL: "/b"}, "GET /a", "301 /b"},
		{"/a", RedirectHandler{URL: "/b", Temporary: true}, "GET /a", "302 /b"},
		{"/a", RedirectHandler{URL: "/b"}, "HEAD /a", "405 "},
		{"/a", RedirectHandler{URL: "/b"}, "POST /a", "405 "},
		{"/(.*?)/(.*?)/(.*)", RedirectHandler{URL: "/{1}/{0}/{2}"}, "GET /a/b/c", "301 /b/a/c"},
		{"/(?P<x>.*)", RedirectHandler{URL: "/to/{x}{x}"}, "GET /a", "301 /to/aa"},
		{"/{x}", RedirectHandler{URL: "/to/{x}"}, "GET /a", "301 /to/a"},
		{"/a", RedirectHandler{URL: "/{{0}}"}, "GET /a", "301 /{0}"},
		{"/a", RedirectHandler{URL: "/b"}, "GET /a?x=1&y&x=%202", "301 /b?x=1&y=&x=+2"},
		{"/a", RedirectHandler{URL: "/b?z=0#f"}, "GET /a?x=1&&", "301 /b?z=0&x=1#f"},
		{"/a", RedirectHandler{URL: "/b"}, "GET /a?", "301 /b"},
		{"/away/(.*)", RedirectHandler{URL: "/{0}"}, "GET /away//evil.com?a=b", "301 http://example.com//evil.com?a=b"},
		{"/away/(.*)", RedirectHandler{URL: "/{0}"}, "GET /away/%09%5Cevil.com", "301 http://example.com/\t\\evil.com"},
		{"/away(/.*)", RedirectHandler{URL: "{0}"}, "GET /away//evil.com", "301 http://example.com//evil.com"},
		{"/away(/.*)", RedirectHandler{URL: "{0}"}, "GET /away/a", "301 /a"},
		{"/away/(.*)", RedirectHandler{URL: "//{0}"}, "GET /away/example.org", "301 //example.org"},
		{"/(.*)", RedirectHandler{URL: "/{1}"}, "GET /a", "500 "},
		{"/(.*)", RedirectHandler{URL: "/{x}"}, "GET /a", "500 "},
		{"/(.*)", RedirectHandler{URL: "/{0}"}, "GET /%0d%0aA:b", "500 "},
		{"/a", RedirectHandler{URL: "http://[/"}, "GET /a?x=1", "500 "},
	} {
		keepLog(t)
		conn := fetch(t, NewApplication([]URLSpec{URL(tt.pattern, tt.handler)}, Settings{}), tt.request)
		if got := conn.status[:4] + conn.header("Location"); got != tt.want {
			t.Errorf("%s to %s: got %s, want %s", tt.request, tt.handler.URL, got, tt.want)
		}
	}
}
