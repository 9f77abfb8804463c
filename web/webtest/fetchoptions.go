package webtest

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
)

// A RequestDoer sends the requests of Fetch. *http.Client is one, and FetchWith makes one of a
// client of package httpclient.
type RequestDoer interface {
	// Do sends a request and returns the response, whose body the caller closes. It follows
	// redirects if FollowsRedirects says so.
	Do(request *http.Request) (*http.Response, error)
}

// FetchOptions configure a fetch. The zero value is a GET.
type FetchOptions struct {
	Method      string      // request method; "" means GET, or POST with a Body
	Header      http.Header // headers in addition to the client's own ones; Host sets the Host header
	Body        string      // "" means none
	ContentType string      // type of Body; "" means application/x-www-form-urlencoded
	NoRedirects bool        // return the redirect itself. Tornado: follow_redirects=False
}

// A Response is a complete response.
type Response struct {
	StatusCode   int
	Reason       string // as it was sent
	Header       http.Header
	Body         string
	EffectiveURL string         // URL of the last request, after redirects
	Cookies      []*http.Cookie // cookies that the response sets
}

// Fetch requests a path or an absolute URL, and returns the response with any status. The
// test fails if the server sends no response. Tornado: fetch.
func (s *AppServer) Fetch(path string, options ...FetchOptions) *Response {
	s.tb().Helper()
	var o FetchOptions
	if len(options) > 0 {
		o = options[0]
	}
	request, err := s.newRequest(path, o)
	require.NoError(s.tb(), err)
	if o.NoRedirects {
		request = withoutRedirects(request)
	}
	res, err := s.clientFor(o).Do(request)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		err = fmt.Errorf("%w%s", err, describeWaiting())
	}
	require.NoError(s.tb(), err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(s.tb(), err)
	_, reason, _ := strings.Cut(res.Status, " ")
	return &Response{
		StatusCode: res.StatusCode, Reason: reason, Header: res.Header, Body: string(body),
		EffectiveURL: res.Request.URL.String(), Cookies: res.Cookies(),
	}
}

func (s *AppServer) newRequest(path string, o FetchOptions) (*http.Request, error) {
	url := path
	if strings.HasPrefix(path, "/") {
		url = s.GetURL(path)
	}
	request, err := http.NewRequest(o.method(), url, o.body())
	if err != nil {
		return nil, err
	}
	if o.Body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if o.ContentType != "" {
		request.Header.Set("Content-Type", o.ContentType)
	}
	for name, values := range o.Header {
		if request.Header[name] = values; name == "Host" {
			request.Host = values[0]
		}
	}
	return request, nil
}

// clientFor returns the client for a fetch.
func (s *AppServer) clientFor(o FetchOptions) RequestDoer {
	if s.doer != nil {
		return s.doer
	}
	client := *s.client
	if o.NoRedirects {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return &client
}

func (o FetchOptions) method() string {
	switch {
	case o.Method != "":
		return o.Method
	case o.Body != "":
		return http.MethodPost
	}
	return http.MethodGet
}

func (o FetchOptions) body() io.Reader {
	if o.Body == "" {
		return nil
	}
	return strings.NewReader(o.Body)
}
