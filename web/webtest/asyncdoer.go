package webtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
)

// FetchWith returns a RequestDoer that sends the requests of Fetch with client, which lives on
// the loop of s. Return it from GetHTTPClient to test with the project's own client:
//
//	func (s *MyTest) GetHTTPClient() webtest.RequestDoer {
//		return webtest.FetchWith(s, httpclient.New(s.Loop(), httpclient.Options{}))
//	}
//
// It trusts the certificate of the server. Tornado: get_http_client.
func FetchWith(s ServerLooper, client httpclient.AsyncHTTPClient) RequestDoer {
	return &asyncDoer{s, client}
}

// A ServerLooper is the part of a suite, or of an [AppServer], that FetchWith uses.
type ServerLooper interface {
	Looper
	ownServer() *AppServer
}

func (s *AppServer) ownServer() *AppServer { return s }

type asyncDoer struct {
	server ServerLooper
	client httpclient.AsyncHTTPClient
}

// Do implements RequestDoer. It returns responses of any code.
func (d *asyncDoer) Do(request *http.Request) (*http.Response, error) {
	fetch := &httpclient.HTTPRequest{
		URL: request.URL.String(), Method: request.Method, RaiseError: httpclient.Off, AllowNonstandardMethods: httpclient.On,
		SSLOptions: d.server.ownServer().tls, FollowRedirects: httpclient.On,
	}
	if !FollowsRedirects(request) {
		fetch.FollowRedirects = httpclient.Off
	}
	for name, values := range request.Header {
		for _, value := range values {
			if err := fetch.Headers.Add(name, value); err != nil {
				return nil, err
			}
		}
	}
	if request.Host != "" && request.Host != request.URL.Host {
		fetch.Headers.Set("Host", request.Host)
	}
	if request.Body != nil {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		fetch.Body = body
	}
	response, err := Await(d.server, func() (*httpclient.HTTPResponse, error) { return d.client.Fetch(fetch).Await() })
	if err != nil {
		return nil, err
	}
	return netResponse(request, response)
}

// netResponse returns a response in the form of net/http.
func netResponse(request *http.Request, r *httpclient.HTTPResponse) (*http.Response, error) {
	last, err := url.Parse(r.EffectiveURL)
	if err != nil {
		return nil, errors.Join(err, errors.New("webtest: the client returned an invalid URL"))
	}
	final := request.Clone(request.Context())
	final.URL = last
	return &http.Response{
		Status: fmt.Sprint(r.Code, " ", r.Reason), StatusCode: r.Code, Header: netHeader(&r.Headers), Request: final,
		Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)),
	}, nil
}

func netHeader(headers *httputil.HTTPHeaders) http.Header {
	header := http.Header{}
	for name, value := range headers.All() {
		header.Add(name, value)
	}
	return header
}

type noRedirectsKey struct{}

func withoutRedirects(request *http.Request) *http.Request {
	return request.WithContext(context.WithValue(request.Context(), noRedirectsKey{}, true))
}

// FollowsRedirects reports whether a RequestDoer is to follow redirects of request, because the
// options of the fetch do not say NoRedirects.
func FollowsRedirects(request *http.Request) bool {
	return request.Context().Value(noRedirectsKey{}) == nil
}
