package web_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// A resources is a router of its own: GET and POST of a path go to different delegates, which
// respond without handlers.
type resources struct{ texts map[string]string }

func (s *resources) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &resource{texts: s.texts, conn: conn}
}

// A resource serves one request.
type resource struct {
	texts map[string]string
	conn  httputil.HTTPConnection
	start httputil.RequestStartLine
	body  []byte
}

func (r *resource) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	r.start = start
	return httputil.BodyWhole, nil
}

func (r *resource) DataReceived(chunk []byte) error {
	r.body = append(r.body, chunk...)
	return nil
}

func (r *resource) Finish() {
	code := 200
	switch text, found := r.texts[r.start.Path]; {
	case r.start.Method == "POST":
		r.texts[r.start.Path] = string(r.body)
		code = 201
	case !found:
		code = 404
	default:
		r.body = []byte(text)
	}
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", fmt.Sprint(len(r.body)))
	start := httputil.ResponseStartLine{Version: "HTTP/1.1", Code: code, Reason: httputil.StatusText(code)}
	if r.conn.WriteHeaders(start, &headers, r.body) == nil {
		r.conn.Finish()
	}
}

func (r *resource) OnConnectionClose() {}

// A RuleRouter stands before applications and other routers. Here, paths below /texts/ go to a
// delegate, one host to an application of its own, and the rest to another application.
func ExampleRuleRouter() {
	site := web.NewApplication([]web.URLSpec{
		web.URL(`/`, SiteHandler{}, web.When(func(r *httputil.HTTPServerRequest) bool { return r.Method == "GET" })),
		web.URL(`/`, FormHandler{}), // the other methods
	}, web.Settings{})
	admin := web.NewApplication([]web.URLSpec{web.URL(`/`, MainHandler{})}, web.Settings{})
	router := web.NewRuleRouter(
		web.RouterRule{Matcher: web.PathMatches(`/texts/.*`), Target: &resources{map[string]string{}}},
		web.RouterRule{Matcher: web.HostMatches(`admin\.example\.com`), Target: admin},
		web.RouterRule{Matcher: web.AnyMatches, Target: site},
	)

	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	address, err := httpserver.New(router, httpserver.Options{Loop: loop}).Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	go loop.Start()
	defer loop.Stop()
	for _, r := range []struct{ method, host, path, body string }{
		{"POST", "", "/texts/a", "stored"},
		{"GET", "", "/texts/a", ""},
		{"GET", "admin.example.com", "/", ""},
		{"GET", "www.example.com", "/", ""},
	} {
		request, err := http.NewRequest(r.method, "http://"+address.String()+r.path, strings.NewReader(r.body))
		if err != nil {
			panic(err)
		}
		request.Host = r.host
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(response.StatusCode, string(body), err)
	}
	// Output:
	// 201 stored <nil>
	// 200 stored <nil>
	// 200 Hello, world <nil>
	// 200 the site <nil>
}
