package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

type callsOut struct {
	web.RequestHandler
	URL string
}

func (h *callsOut) Get(args ...string) error {
	var request httpclient.HTTPRequest
	request.URL = h.URL
	if h.GetArgument("own", "") != "" {
		request.Headers = httputil.NewHTTPHeaders([]httputil.Field{{Name: "Traceparent", Value: "own"}})
	}
	response, err := h.HTTPClient().Fetch(&request).Await()
	if err != nil {
		return err
	}
	return h.WriteString(string(response.Body))
}

type outgoingSuite struct {
	webtest.AsyncHTTPTestCase
	service *httptest.Server
}

func TestOutgoing(t *testing.T) { suite.Run(t, new(outgoingSuite)) }

func (s *outgoingSuite) GetApp() *web.Application {
	s.service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(r.Header.Get("Traceparent") + " " + r.Header.Get("Tracestate")))
	}))
	return web.NewApplication([]web.URLSpec{web.URL("/", callsOut{URL: s.service.URL})}, web.Settings{})
}

func (s *outgoingSuite) TearDownTest() {
	s.service.Close()
	s.AsyncHTTPTestCase.TearDownTest()
}

// A handler calls another service with the client of its loop. The call has the trace headers of
// the handler's request, unless it has trace headers of its own.
func (s *outgoingSuite) TestTraceContext() {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, tt := range []struct{ path, parent, want string }{
		{"/", parent, parent + " a=b"},
		{"/?own=1", parent, "own "},
		{"/", "", " "},
		{"/", "broken", " "},
	} {
		headers := http.Header{"Traceparent": {tt.parent}, "Tracestate": {"a=b"}}
		if tt.parent == "" {
			headers = nil
		}
		s.Equal(tt.want, s.Fetch(tt.path, webtest.FetchOptions{Header: headers}).Body, "%+v", tt)
	}
}
