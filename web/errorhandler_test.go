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

// An ownPage responds in Prepare, with the status that is set already.
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
		{"/away/(.*)", RedirectHandler{URL: "//{0}"}, "GET /away/example.org", "404 "},
		{"/away/(.*)", RedirectHandler{URL: "//cdn.example/{0}"}, "GET /away//a", "301 //cdn.example//a"},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r/a", "301 https://example.com/a"},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r?a=b", "301 https://example.com?a=b"},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r.evil.example/", "404 "},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r.evil.example", "404 "},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r@evil.example", "404 "},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r:80@evil.example/", "404 "},
		{"/r(.*)", RedirectHandler{URL: "https://example.com{0}"}, "GET /r%5C@evil.example", "404 "},
		{"/r(.*)", RedirectHandler{URL: "//example.com{0}"}, "GET /r.evil.example/", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/shop", "301 https://shop.example.com/"},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com:8443/{0}"}, "GET /t/a-1.b", "301 https://a-1.b.example.com:8443/a-1.b"},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/evil.example%2f", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/evil.example%5c", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/evil.example%23", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/evil.example%3f", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/evil.example%09%2f", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/a:b@", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https://{0}.example.com/"}, "GET /t/%EF%BC%8F", "404 "}, // a slash, full width
		{"/t/(.*)", RedirectHandler{URL: "https://{0}/"}, "GET /t/evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "https:{0}"}, "GET /t/evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "HTTPS:/{0}"}, "GET /t/evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "mailto:{0}@example.com"}, "GET /t/a", "301 mailto:a@example.com"},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/a/b", "301 a/b"},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/https://evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/javascript:alert(1)", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/java%09script:alert(1)", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/%20//evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/%5C%5Cevil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "{0}"}, "GET /t/%5C/evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "x{0}"}, "GET /t/:evil.example", "404 "},
		{"/t/(.*)", RedirectHandler{URL: "?to={0}"}, "GET /t///evil.example", "301 ?to=//evil.example"},
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
