package httputil

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func newRequest(t *testing.T, line, headers string) (*HTTPServerRequest, error) {
	t.Helper()
	start, err := ParseRequestStartLine(line)
	require.NoError(t, err)
	h, err := ParseHeaders(headers)
	require.NoError(t, err)
	return NewRequest(nil, start, h)
}

func TestRequestHost(t *testing.T) {
	for _, tt := range []struct{ rule, version, headers, want string }{
		{"http-25", "1.0", "", "127.0.0.1 127.0.0.1"},
		{"http-25", "1.1", "", "missing Host header"},
		{"http-25", "1.2", "", "missing Host header"},
		{"http-25", "1.1", "Host:", " "},
		{"http-26", "1.1", "Host: a b", "invalid Host header"},
		{"http-26", "1.1", "Host: a/b", "invalid Host header"},
		{"http-26", "1.1", "Host: a@b", "invalid Host header"},
		{"http-26", "1.1", "Host: a,b", "invalid Host header"},
		{"http-26", "1.1", "Host: a\nHost: a", "multiple Host headers"},
		{"http-26", "1.0", "Host: a\nHost: a", "multiple Host headers"},
		{"http-26", "1.1", "Host: a:80x", "invalid Host header"},
		{"http-26", "1.1", "Host: a:-1", "invalid Host header"},
		{"http-26", "1.1", "Host: a:80:80", "invalid Host header"},
		{"http-26", "1.1", "Host: \xffa", "invalid Host header"},
		{"http-27", "1.1", "Host: Example.COM:8888", "Example.COM:8888 example.com"},
		{"http-27", "1.1", "Host: example.com", "example.com example.com"},
		{"http-27", "1.1", "Host: example.com:", "example.com: example.com"},
		{"http-27", "1.1", "Host: :80", ":80 "},
		{"http-27", "1.1", "Host: [::1]:80", "[::1]:80 [::1]"},
		{"http-27", "1.1", "Host: [2001:DB8::1]", "[2001:DB8::1] [2001:db8::1]"},
		{"reg-name", "1.1", "Host: a-b_c.~!$&'()*+;=9%C3%B1", "a-b_c.~!$&'()*+;=9%C3%B1 a-b_c.~!$&'()*+;=9%c3%b1"},
		{"reg-name", "1.1", "Host: a%2", "invalid Host header"},
		{"reg-name", "1.1", "Host: a%zz", "invalid Host header"},
		{"reg-name", "1.1", "Host: ::1", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [::1", "invalid Host header"},
		{"IP-literal", "1.1", "Host: ::1]", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [::1]80", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [::1%25eth0]", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [::1%eth0]", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [127.0.0.1]", "invalid Host header"},
		{"IP-literal", "1.1", "Host: []", "invalid Host header"},
		{"IP-literal", "1.1", "Host: [::ffff:1.2.3.4]", "[::ffff:1.2.3.4] [::ffff:1.2.3.4]"},
		{"IPvFuture", "1.1", "Host: [v1F.a:b]:1", "[v1F.a:b]:1 [v1f.a:b]"},
		{"IPvFuture", "1.1", "Host: [v.a]", "invalid Host header"},
		{"IPvFuture", "1.1", "Host: [v1.]", "invalid Host header"},
		{"IPvFuture", "1.1", "Host: [v1.a,b]", "invalid Host header"},
		{"IPvFuture", "1.1", "Host: [vx.a]", "invalid Host header"},
	} {
		r, err := newRequest(t, "GET / HTTP/"+tt.version, tt.headers)
		got := ""
		if input := new(HTTPInputError); errors.As(err, &input) {
			got = input.Reason
		} else {
			got = r.Host + " " + r.HostName
		}
		if got != tt.want {
			t.Errorf("%s: HTTP/%s, %q: got %q, want %q", tt.rule, tt.version, tt.headers, got, tt.want)
		}
	}
}

func TestRequestTarget(t *testing.T) {
	for _, tt := range []struct{ rule, uri, path, query, url string }{
		{"http-10", "http://host/x?y", "/x", "y", "http://host/x?y"},
		{"RFC 9112 3.2.2", "HTTPS://Host:8080", "/", "", "http://Host:8080/"},
		{"RFC 9112 3.2.2", "http://host?a=/b", "/", "a=/b", "http://host/?a=/b"},
		{"RFC 9112 3.2.2", "http://[::1]:80//x", "//x", "", "http://[::1]:80//x"},
		{"RFC 9112 3.2.2", "ftp://host/x", "ftp://host/x", "", "http://hftp://host/x"},
		{"http-11", "/a?http://x/y", "/a", "http://x/y", "http://h/a?http://x/y"},
		{"http-11", "/a%2Fb?c?d#e", "/a%2Fb", "c?d#e", "http://h/a%2Fb?c?d#e"},
		{"http-11", "/a#b", "/a#b", "", "http://h/a#b"},
		{"http-11", "//x", "//x", "", "http://h//x"},
		{"http-11", "/?", "/", "", "http://h/?"},
		{"http-12", "/\xc3\xa9", "/\xc3\xa9", "", "http://h/\xc3\xa9"},
	} {
		r, err := newRequest(t, "GET "+tt.uri+" HTTP/1.1", "Host: h")
		require.NoError(t, err)
		absolute := tt.uri[0] != '/' && r.Path[0] == '/' // its URI is without the host
		if r.URI != tt.uri && !absolute || r.Path != tt.path || r.Query != tt.query || r.FullURL() != tt.url {
			t.Errorf("%s: %q: got %q %q %q", tt.rule, r.URI, r.Path, r.Query, r.FullURL())
		}
	}
}

type fakeConnection struct {
	HTTPConnection
	info ConnectionInfo
}

func (c *fakeConnection) Info() ConnectionInfo { return c.info }

func TestRequestKnowsItsConnection(t *testing.T) {
	conn := &fakeConnection{info: ConnectionInfo{RemoteIP: "192.0.2.7", Protocol: "https"}}
	start := RequestStartLine{"GET", "/x", "HTTP/1.0"}
	r, err := NewRequest(conn, start, HTTPHeaders{})
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1/x 192.0.2.7", r.FullURL()+" "+r.RemoteIP)
	require.Same(t, conn, r.Connection)
	require.Equal(t, 1.0, testing.AllocsPerRun(100, func() { _, _ = NewRequest(conn, start, HTTPHeaders{}) }))
}

func TestRequestArguments(t *testing.T) { // http-80, http-81
	const form = "Host: h\nContent-Type: application/x-www-form-urlencoded; charset=UTF-8"
	r, err := newRequest(t, "DELETE /?a=1&b=2&a=3 HTTP/1.1", form)
	require.NoError(t, err)
	r.Body = []byte("c=4&a=5")
	all, err := r.Arguments()
	require.NoError(t, err)
	body, err := r.BodyArguments()
	require.NoError(t, err)
	require.Equal(t, Arguments{"a": {"1", "3", "5"}, "b": {"2"}, "c": {"4"}}, all)
	require.Equal(t, Arguments{"a": {"1", "3"}, "b": {"2"}}, r.QueryArguments())
	require.Equal(t, Arguments{"a": {"5"}, "c": {"4"}}, body)
	all["a"][0], all["b"][0], all["c"][0] = "changed", "changed", "changed"
	require.Equal(t, Arguments{"a": {"1", "3"}, "b": {"2"}}, r.QueryArguments(), "the maps share no memory")
	require.Equal(t, Arguments{"a": {"5"}, "c": {"4"}}, body)
}

func TestRequestFormErrorIsTheSameEachTime(t *testing.T) { // http-92
	r, err := newRequest(t, "POST /?a=1 HTTP/1.1", "Host: h\nContent-Type: multipart/form-data")
	require.NoError(t, err)
	for range 2 {
		_, err1 := r.BodyArguments()
		_, err2 := r.Arguments()
		_, err3 := r.Files()
		for _, err := range []error{err1, err2, err3} {
			require.EqualError(t, err, "httputil: invalid multipart/form-data: no boundary")
		}
	}
	require.Equal(t, Arguments{"a": {"1"}}, r.QueryArguments())
}

func TestRequestFilesAreLimitedByItsConfig(t *testing.T) { // http-87
	r, err := newRequest(t, "POST / HTTP/1.1", "Host: h\nContent-Type: multipart/form-data; boundary=B")
	require.NoError(t, err)
	r.Body = []byte("--B\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\ndata\r\n--B--")
	disabled := *r
	files, err := r.Files()
	require.NoError(t, err)
	require.Equal(t, map[string][]HTTPFile{"f": {{"x", []byte("data"), "application/unknown"}}}, files)
	disabled.BodyConfig = &ParseBodyConfig{Multipart: ParseMultipartConfig{Disabled: true}}
	_, err = disabled.Files() // httputil-3, httputil-b2
	require.EqualError(t, err, "httputil: invalid multipart/form-data: forms of this type are disabled")
}

func TestRequestCookies(t *testing.T) { // http-95, http-96
	r, err := newRequest(t, "GET / HTTP/1.1", "Host: h\nCookie: a=1; b d=2; =3; c:x=\"4\\054\"; a=5\ncookie: e=6; é=7; $Version=1")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "5", "c:x": "4,", "e": "6", "$Version": "1"}, r.Cookies())
	value, ok := r.Cookie("e")
	require.Equal(t, "6true", value+map[bool]string{true: "true"}[ok])
	_, ok = r.Cookie("b d")
	require.False(t, ok)
}

func TestRequestTime(t *testing.T) {
	start := time.Date(2013, 1, 27, 18, 43, 20, 0, time.UTC)
	r := &HTTPServerRequest{StartTime: start}
	if got := r.RequestTime(start.Add(1500 * time.Millisecond)); got != 1500*time.Millisecond {
		t.Errorf("got %v", got)
	}
}

// A request lives as long as its handler, for example an idle WebSocket. Its size must stay
// within the current size class of the allocator.
func TestRequestIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(HTTPServerRequest{}); size > 256 {
		t.Errorf("%d bytes", size)
	}
}

// The host of a target in absolute form replaces that of the Host header.
func TestAbsoluteTarget(t *testing.T) { // RFC 9112 3.2.2
	for _, tt := range []struct{ line, host, want string }{
		{"GET http://Target:81/a HTTP/1.1", "h", "/a Target:81 target Target:81"},
		{"GET http://target/a HTTP/1.0", "-", "/a target target target"},
		{"OPTIONS http://target HTTP/1.1", "h", "* target target target"},
		{"OPTIONS http://target/ HTTP/1.1", "h", "/ target target target"},
		{"CONNECT http://target/ HTTP/1.1", "h", "http://target/ h h h"},
		{"GET http://target/a HTTP/1.1", "-", "missing Host header"},
		{"GET http://target/a HTTP/1.1", "h h", "invalid Host header"},
		{"GET http:///a HTTP/1.1", "h", "invalid host in the request target"},
		{"GET http://user@target/a HTTP/1.1", "h", "invalid host in the request target"},
		{"GET http://a,b/ HTTP/1.1", "h", "invalid host in the request target"},
		{"GET http://target:x/ HTTP/1.1", "h", "invalid host in the request target"},
	} {
		start, err := ParseRequestStartLine(tt.line)
		require.NoError(t, err)
		var headers HTTPHeaders
		if tt.host != "-" {
			headers.Set("Host", tt.host)
		}
		r, err := NewRequest(nil, start, headers)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = r.URI + " " + r.Host + " " + r.HostName + " " + r.Headers.Get("Host")
		}
		if !strings.HasSuffix(got, tt.want) {
			t.Errorf("%s, Host %s: got %q, want %q", tt.line, tt.host, got, tt.want)
		}
	}
}
