package web

import (
	"net/http"
	"testing"

	"github.com/gotornado/tornado/httputil"
)

func TestRules(t *testing.T) { // routing-1 to routing-7
	spec := func(pattern, name string, o ...URLOption) URLSpec { return URL(pattern, named{name: name}, o...) }
	method := func(name string) Matcher {
		return func(r *httputil.HTTPServerRequest) bool { return r.Method == name }
	}
	standard := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("net/http " + r.URL.Path)) })
	app := NewApplication([]URLSpec{
		Rule(HostMatches(`api\.example\.com`),
			spec("/", "api"),
			Rule(PathMatches("/v1/.*"), spec("/v1/users", "users"), spec("/v1/user/([0-9]+)", "user ", Name("user"))),
			spec("/v1/(.*)", "v1 ")),
		spec("/method", "get", When(method("GET"))),
		spec("/method", "other", When(AnyMatches)),
		spec("/{name}/template", "template", When(method("GET"))),
		Rule(method("PUT")),
		URL("/standard", FallbackHandler{Handler: standard}),
		spec("/v1/users", "elsewhere"),
		spec("/plain", "plain"),
	}, Settings{})
	for _, tt := range []struct{ name, request, want string }{
		{"routing-1 host", "GET /\nHost: API.example.com:80", "api"},
		{"routing-1 other host", "GET /\nHost: example.com", "404"},
		{"routing-2 nested", "GET /v1/users\nHost: api.example.com", "users"},
		{"routing-2 nested with groups", "GET /v1/user/12\nHost: api.example.com", "user 12"},
		{"routing-1 nested rules that match nothing", "GET /v1/x%20y\nHost: api.example.com", "v1 x y"},
		{"routing-1 the rules after it", "GET /plain\nHost: api.example.com", "plain"},
		{"routing-1 a host that does not match", "GET /v1/users", "elsewhere"},
		{"routing-4 method", "GET /method", "get"},
		{"routing-4 other method", "HEAD /method", "405"},
		{"routing-4 template", "GET /x/template", "template"},
		{"routing-4 template", "POST /x/template", "404"},
		{"routing-1 no rules", "PUT /plain", "405"},
		{"routing-2, routing-7 http.Handler", "GET /standard", "net/http /standard"},
	} {
		for range 2 {
			if got := response(t, app, tt.request); got != tt.want {
				t.Errorf("%s: %s: got %s, want %s", tt.name, tt.request, got, tt.want)
			}
		}
	}
	if got, err := app.ReverseURL("user", 12); got != "/v1/user/12" || err != nil { // routing-6
		t.Error(got, err)
	}
	if app.router.plain["/method"] != nil || app.router.plain["/v1/users"] != nil {
		t.Error("a path that depends on a matcher was looked up in advance")
	}
}

func TestInvalidRulesPanic(t *testing.T) {
	for _, make := range []func(string) Matcher{HostMatches, PathMatches} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			make("(")
		}()
	}
}
