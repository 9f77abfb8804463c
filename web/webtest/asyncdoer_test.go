package webtest_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

// ownClient fetches with the project's own client.
type ownClient struct{ webtest.AsyncHTTPTestCase }

func (s *ownClient) GetApp() *web.Application { return newApp() }

func (s *ownClient) GetHTTPClient() webtest.RequestDoer {
	return webtest.FetchWith(s, httpclient.New(s.Loop(), httpclient.Options{}))
}

// ownSecureClient does so over TLS.
type ownSecureClient struct{ webtest.AsyncHTTPSTestCase }

func (s *ownSecureClient) GetApp() *web.Application { return newApp() }

func (s *ownSecureClient) GetHTTPClient() webtest.RequestDoer {
	return webtest.FetchWith(s, httpclient.New(s.Loop(), httpclient.Options{}))
}

func TestFetchWithTheProjectsOwnClient(t *testing.T) { // testing-9, testing-10
	suite.Run(t, new(ownClient))
	suite.Run(t, new(ownSecureClient))
}

func (s *ownSecureClient) TestFetch() {
	s.Equal("a application/x-www-form-urlencoded https", s.Fetch("/", webtest.FetchOptions{Body: "name=a"}).Body)
}

func (s *ownClient) TestFetch() {
	for _, tt := range []struct {
		path    string
		options webtest.FetchOptions
		want    string
	}{
		{"/", webtest.FetchOptions{}, "200 OK Hello, world"},
		{s.GetURL("/?name=you"), webtest.FetchOptions{}, "200 OK Hello, you"},
		{"/", webtest.FetchOptions{Body: "name=a"}, "200 OK a application/x-www-form-urlencoded http"},
		{"/", webtest.FetchOptions{Header: http.Header{"Cookie": {"seen=!"}}}, "200 OK Hello, world!"},
		{"/none", webtest.FetchOptions{Method: "OTHER"}, "405 Method Not Allowed "},
		{"/old", webtest.FetchOptions{}, "200 OK Hello, world"},
		{"/old", webtest.FetchOptions{NoRedirects: true}, "301 Moved Permanently "},
	} {
		r := s.Fetch(tt.path, tt.options)
		body := r.Body
		if r.StatusCode >= 300 {
			body = ""
		}
		s.Equal(tt.want, fmt.Sprint(r.StatusCode, " ", r.Reason, " ", body), "%s %v", tt.path, tt.options)
	}
	r := s.Fetch("/old")
	s.Equal(s.GetURL("/"), r.EffectiveURL)
	s.Equal("yes", r.Cookies[0].Value)
}
