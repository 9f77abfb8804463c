package demotest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Client is a browser without pages: it stores cookies, and follows no redirects. Its methods
// fail the test; call them on the goroutine of the test.
type Client struct {
	t    testing.TB
	base string // URL of the site, without a path
	http *http.Client
}

// NewClient returns a client without cookies, for the site at base.
func NewClient(t testing.TB, base string) *Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := new(http.Transport)
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{t, strings.TrimSuffix(base, "/"), &http.Client{
		Jar: jar, Transport: transport, Timeout: Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// A Response is a complete response.
type Response struct {
	Status   int
	Header   http.Header
	Body     string
	Location string // the Location header
}

// Get requests a path or an absolute URL.
func (c *Client) Get(path string) Response {
	c.t.Helper()
	return c.Do(c.Request("GET", path, ""))
}

// Post sends a form with the XSRF token of the client's cookie.
func (c *Client) Post(path string, form url.Values) Response {
	c.t.Helper()
	return c.BeginPost(path, form)()
}

// BeginPost begins Post in another goroutine. The function that it returns waits for the
// response.
func (c *Client) BeginPost(path string, form url.Values) func() Response {
	c.t.Helper()
	fields := url.Values{"_xsrf": {c.Cookie("_xsrf")}}
	for name, values := range form {
		fields[name] = values
	}
	request := c.Request("POST", path, fields.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.begin(request)
}

// Request returns a request with a body, for Do.
func (c *Client) Request(method, path, body string) *http.Request {
	c.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = c.base + path
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	require.NoError(c.t, err)
	return request
}

// Do sends a request and waits for its response.
func (c *Client) Do(request *http.Request) Response {
	c.t.Helper()
	return c.begin(request)()
}

func (c *Client) begin(request *http.Request) func() Response {
	var got Response
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		got, err = c.send(request)
	}()
	return func() Response {
		c.t.Helper()
		<-ended
		require.NoError(c.t, err)
		return got
	}
}

func (c *Client) send(request *http.Request) (Response, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return Response{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return Response{response.StatusCode, response.Header, string(body), response.Header.Get("Location")}, err
}

// Cookie returns the value of a cookie that the client would send to "/", or "".
func (c *Client) Cookie(name string) string {
	c.t.Helper()
	root, err := url.Parse(c.base + "/")
	require.NoError(c.t, err)
	for _, cookie := range c.http.Jar.Cookies(root) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}
