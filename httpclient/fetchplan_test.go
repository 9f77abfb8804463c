package httpclient

import (
	"fmt"
	"io"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// fields returns headers from "Name: value" lines.
func fields(lines ...string) httputil.HTTPHeaders {
	var l []httputil.Field
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		l = append(l, httputil.Field{Name: name, Value: value})
	}
	return httputil.NewHTTPHeaders(l)
}

// head returns the head of h in one line, without the User-Agent and Accept-Encoding of
// every request.
func head(h *hop) string {
	text := strings.TrimSuffix(string(h.appendHead(nil)), "\r\n\r\n")
	text = strings.ReplaceAll(text, "\r\nUser-Agent: "+defaultUserAgent, "")
	text = strings.ReplaceAll(text, "\r\nAccept-Encoding: gzip", "")
	return strings.ReplaceAll(text, "\r\n", " | ")
}

// firstHead returns the head of the first request, or the error.
func firstHead(r HTTPRequest) string {
	p, err := newFetchPlan(&r, &Options{})
	if err != nil {
		return err.Error()
	}
	return head(p.nextHop())
}

// client-36, client-14: the test compares all bytes of a fetch without options. Tornado also
// sends Connection: close.
func TestPlainHead(t *testing.T) {
	p, err := newFetchPlan(&HTTPRequest{URL: "http://127.0.0.1:80/a/b?x=1#frag"}, &Options{NoKeepAlive: true})
	require.NoError(t, err)
	require.Equal(t, "GET /a/b?x=1 HTTP/1.1\r\nConnection: close\r\nHost: 127.0.0.1:80\r\n"+
		"User-Agent: Tornado/0.1.0\r\nAccept-Encoding: gzip\r\n\r\n", string(p.nextHop().appendHead(nil)))
}

func produce(io.Writer) error { return nil }

// Each row is a field of a request, and the head of the first request that it leads to.
func TestHead(t *testing.T) {
	const chunked = " | Transfer-Encoding: chunked"
	for _, tt := range []struct {
		name    string
		request HTTPRequest
		want    string
	}{
		{"client-37: order", HTTPRequest{Method: "PUT", Body: []byte("x"), AuthUsername: "u", Expect100Continue: On,
			IfModifiedSince: time.Unix(0, 0), UserAgent: "me", Headers: fields("X-B: 2", "x-a: 1", "X-B: 3")},
			"PUT / HTTP/1.1 | X-B: 2 | X-B: 3 | X-A: 1 | If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT | Host: h | " +
				"Authorization: Basic dTo= | User-Agent: me | Expect: 100-continue | Content-Length: 1"},
		{"client-37: the caller's place", HTTPRequest{Headers: fields("User-Agent: me", "Host: other", "X: y")},
			"GET / HTTP/1.1 | User-Agent: me | Host: other | X: y"},
		{"client-14: user_agent wins", HTTPRequest{UserAgent: "field", Headers: fields("User-Agent: header")},
			"GET / HTTP/1.1 | User-Agent: field | Host: h"},
		{"client-14: Connection", HTTPRequest{Headers: fields("Connection: close")}, "GET / HTTP/1.1 | Connection: close | Host: h"},
		{"client-38: overwritten", HTTPRequest{Headers: fields("Accept-Encoding: br")}, "GET / HTTP/1.1 | Host: h"},
		{"client-38: kept", HTTPRequest{DecompressResponse: Off, Headers: fields("Accept-Encoding: br")},
			"GET / HTTP/1.1 | Accept-Encoding: br | Host: h"},
		{"client-42: POST", HTTPRequest{Method: "POST", Body: []byte("a=ü")},
			"POST / HTTP/1.1 | Host: h | Content-Length: 4 | Content-Type: application/x-www-form-urlencoded"},
		{"client-42: its own type", HTTPRequest{Method: "POST", Body: []byte{}, Headers: fields("Content-Type: a/b")},
			"POST / HTTP/1.1 | Content-Type: a/b | Host: h | Content-Length: 0"},
		{"client-42: wrong length", HTTPRequest{Method: "PUT", Body: []byte("x"), Headers: fields("Content-Length: 7")},
			"PUT / HTTP/1.1 | Content-Length: 1 | Host: h"},
		{"client-42: PATCH", HTTPRequest{Method: "PATCH", Body: []byte("x")}, "PATCH / HTTP/1.1 | Host: h | Content-Length: 1"},
		{"client-43: producer", HTTPRequest{Method: "PUT", BodyProducer: produce}, "PUT / HTTP/1.1 | Host: h" + chunked},
		{"client-43: no body", HTTPRequest{Method: "PUT", AllowNonstandardMethods: On}, "PUT / HTTP/1.1 | Host: h" + chunked},
		{"client-13: declared length", HTTPRequest{Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: 5")},
			"PUT / HTTP/1.1 | Content-Length: 5 | Host: h"},
		{"client-44: GET with a producer", HTTPRequest{BodyProducer: produce, AllowNonstandardMethods: On},
			"GET / HTTP/1.1 | Host: h" + chunked},
		{"client-44: DELETE with a body", HTTPRequest{Method: "DELETE", Body: []byte("x"), AllowNonstandardMethods: On},
			"DELETE / HTTP/1.1 | Host: h | Content-Length: 1"},
		{"client-44: Transfer-Encoding and a body", HTTPRequest{Method: "PUT", Body: []byte("x"), Headers: fields("Transfer-Encoding: chunked")},
			"PUT / HTTP/1.1 | Host: h | Content-Length: 1"},
		{"client-45: a fraction of a second", HTTPRequest{IfModifiedSince: time.Unix(1359312200, 5e8)},
			"GET / HTTP/1.1 | If-Modified-Since: Sun, 27 Jan 2013 18:43:20 GMT | Host: h"},
		{"client-12: any method", HTTPRequest{Method: "PROPFIND", AllowNonstandardMethods: On}, "PROPFIND / HTTP/1.1 | Host: h"},
		{"client-19: no body to wait for", HTTPRequest{Expect100Continue: On}, "GET / HTTP/1.1 | Host: h"},
		{"client-35: bytes above 0x7f", HTTPRequest{Headers: fields("X: \xe9")}, "GET / HTTP/1.1 | X: \xe9 | Host: h"},
	} {
		tt.request.URL = "http://h/"
		if got := firstHead(tt.request); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// client-11, client-12, client-21, client-41, client-49, client-54: each row is a request that is
// refused.
func TestInvalidRequests(t *testing.T) {
	for _, tt := range []struct {
		field   string
		request HTTPRequest
	}{
		{"URL", HTTPRequest{URL: "ftp://x/"}},
		{"URL", HTTPRequest{URL: "http://h/\r\nX: y"}},
		{"Body", HTTPRequest{Method: "POST"}},
		{"Body", HTTPRequest{Method: "PUT"}},
		{"Body", HTTPRequest{Method: "PATCH"}},
		{"Body", HTTPRequest{Method: "GET", Body: []byte{}}},
		{"Body", HTTPRequest{Method: "HEAD", Body: []byte("x")}},
		{"Body", HTTPRequest{Method: "DELETE", BodyProducer: produce}},
		{"Method", HTTPRequest{Method: "get"}},
		{"Method", HTTPRequest{Method: "PROPFIND"}},
		{"Method", HTTPRequest{Method: "CONNECT", AllowNonstandardMethods: On}},
		{"Method", HTTPRequest{Method: "GET /evil HTTP/1.1\r\n", AllowNonstandardMethods: On}},
		{"Method", HTTPRequest{Method: "GET /evil HTTP/1.1  /", AllowNonstandardMethods: On}},
		{"Headers", HTTPRequest{Headers: fields("X\r\nY: z")}},
		{"Headers", HTTPRequest{Headers: fields("X\n: z")}},
		{"Headers", HTTPRequest{Headers: fields("X Y: z")}},
		{"Headers", HTTPRequest{Headers: fields(": z")}},
		{"Headers", HTTPRequest{Headers: fields("X: a\r\nY: b")}},
		{"Headers", HTTPRequest{Headers: fields("X: a\nb")}},
		{"Headers", HTTPRequest{Headers: fields("X: a\rb")}},
		{"Headers", HTTPRequest{Headers: fields("X: a\x00b")}},
		{"Headers", HTTPRequest{Headers: fields("Host: a\r\nX: y")}},
		{"Headers", HTTPRequest{Headers: fields("Content-Length: 5")}},
		{"Headers", HTTPRequest{Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: +5")}},
		{"Headers", HTTPRequest{Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: 5, 6")}},
		{"Headers", HTTPRequest{Method: "PUT", BodyProducer: produce, Headers: fields("Content-Length: 5", "Content-Length: 6")}},
		{"Headers", HTTPRequest{Method: "PUT", BodyProducer: produce, Headers: fields("Transfer-Encoding: gzip")}},
		{"UserAgent", HTTPRequest{UserAgent: "a\r\nX: y"}},
		{"AuthMode", HTTPRequest{AuthMode: "ntlm", AuthUsername: "u"}},
		{"ProxyAuthMode", HTTPRequest{ProxyAuthMode: "ntlm"}},
		{"AuthUsername", HTTPRequest{AuthMode: AuthDigest, AuthUsername: "u\r\nX: y"}},
		{"AuthUsername", HTTPRequest{AuthMode: AuthDigest, URL: "http://u%0d%0aX:y@h/"}},
		{"NetworkInterface", HTTPRequest{NetworkInterface: "eth0"}},
		{"BodyProducer", HTTPRequest{Method: "PUT", Body: []byte("x"), BodyProducer: produce}},
		{"ProxyPort", HTTPRequest{ProxyHost: "p"}},
		{"ProxyPort", HTTPRequest{ProxyPort: 80}},
		{"ProxyHost", HTTPRequest{ProxyHost: "ftp://p", ProxyPort: 80}},
		{"ProxyHost", HTTPRequest{ProxyHost: "p\r\nX", ProxyPort: 80}},
		{"ProxyHost", HTTPRequest{ProxyHost: "p", ProxyPort: 80, ProxyUsername: "u\n"}},
	} {
		if tt.request.URL == "" {
			tt.request.URL = "http://h/"
		}
		_, err := newFetchPlan(&tt.request, &Options{})
		var invalid *InvalidRequestError
		require.ErrorAs(t, err, &invalid, "%+v", tt.request)
		require.Equal(t, tt.field, invalid.Field, "%v", err)
	}
}

// client-34, client-b12: neither the request nor its headers change.
func TestTheCallersRequestIsNotChanged(t *testing.T) {
	r := &HTTPRequest{URL: "http://u:p@h/", Method: "POST", Body: []byte("x"), Headers: fields("X: y", "Host: other")}
	p, err := newFetchPlan(r, &Options{})
	require.NoError(t, err)
	p.nextHop()
	headers := fields("Location: http://other/")
	_, err = p.advance(303, &headers)
	require.NoError(t, err)
	require.Equal(t, &HTTPRequest{URL: "http://u:p@h/", Method: "POST", Body: []byte("x"), Headers: fields("X: y", "Host: other")}, r)
}

// journey runs the fetchPlan of r, and returns the heads of all its requests. Each step is a
// response: its code and its headers.
func journey(t *testing.T, r HTTPRequest, o *Options, steps ...string) string {
	t.Helper()
	p, err := newFetchPlan(&r, o)
	require.NoError(t, err)
	heads := []string{head(p.nextHop())}
	for _, step := range steps {
		code, lines, _ := strings.Cut(step, " ")
		number, err := strconv.Atoi(code)
		require.NoError(t, err)
		headers := fields(slices.DeleteFunc(strings.Split(lines, " | "), func(s string) bool { return s == "" })...)
		h, err := p.advance(number, &headers)
		switch {
		case err != nil:
			heads = append(heads, "error: "+err.Error())
		case h == nil:
			heads = append(heads, "final")
		default:
			heads = append(heads, head(h))
		}
	}
	return strings.Join(heads, "\n")
}

// client-6, client-7, client-8, client-77: each row is a list of responses, and the requests that
// follow them.
func TestRedirects(t *testing.T) {
	body := HTTPRequest{URL: "http://h/", Method: "POST", Body: []byte("x"), Headers: fields("Content-Type: a/b", "Content-Encoding: c", "X: y")}
	put, head, del := body, HTTPRequest{URL: "http://h/", Method: "HEAD"}, HTTPRequest{URL: "http://h/", Method: "DELETE"}
	put.Method = "PUT"
	const post = "POST /a HTTP/1.1 | Content-Type: a/b | Content-Encoding: c | X: y | Host: h | Content-Length: 1"
	for _, tt := range []struct {
		name    string
		request HTTPRequest
		step    string
		want    string
	}{
		{"301 GET", HTTPRequest{URL: "http://h/"}, "301 Location: /a", "GET /a HTTP/1.1 | Host: h"},
		{"302 GET", HTTPRequest{URL: "http://h/"}, "302 Location: http://h:81/a", "GET /a HTTP/1.1 | Host: h:81"},
		{"308 GET", HTTPRequest{URL: "http://h/"}, "308 Location: a", "GET /a HTTP/1.1 | Host: h"},
		{"an empty Location", HTTPRequest{URL: "http://h/x"}, "302 Location: ", "GET /x HTTP/1.1 | Host: h"},
		{"no Location", HTTPRequest{URL: "http://h/"}, "302 X: y", "final"},
		{"300", HTTPRequest{URL: "http://h/"}, "300 Location: /a", "final"},
		{"304", HTTPRequest{URL: "http://h/"}, "304 Location: /a", "final"},
		{"305", HTTPRequest{URL: "http://h/"}, "305 Location: /a", "final"},
		{"201", HTTPRequest{URL: "http://h/"}, "201 Location: /a", "final"},
		{"not followed", HTTPRequest{URL: "http://h/", FollowRedirects: Off}, "302 Location: /a", "final"},
		{"max_redirects", HTTPRequest{URL: "http://h/", MaxRedirects: -1}, "302 Location: /a", "final"},
		{"301 POST", body, "301 Location: /a", "GET /a HTTP/1.1 | X: y | Host: h"},
		{"302 POST", body, "302 Location: /a", "GET /a HTTP/1.1 | X: y | Host: h"},
		{"303 POST", body, "303 Location: /a", "GET /a HTTP/1.1 | X: y | Host: h"},
		{"307 POST", body, "307 Location: /a", post},
		{"308 POST", body, "308 Location: /a", post},
		{"301 PUT", put, "301 Location: /a", strings.Replace(post, "POST", "PUT", 1)},
		{"303 PUT", put, "303 Location: /a", "GET /a HTTP/1.1 | X: y | Host: h"},
		{"302 DELETE", del, "302 Location: /a", "DELETE /a HTTP/1.1 | Host: h"},
		{"303 DELETE", del, "303 Location: /a", "GET /a HTTP/1.1 | Host: h"},
		{"303 HEAD", head, "303 Location: /a", "HEAD /a HTTP/1.1 | Host: h"},
		{"302 HEAD", head, "302 Location: /a", "HEAD /a HTTP/1.1 | Host: h"},
		{"client-77: the caller's Host", HTTPRequest{URL: "http://h/", Headers: fields("Host: other", "X: y")}, "302 Location: /a",
			"GET /a HTTP/1.1 | X: y | Host: h"},
		{"client-75: producer and 303", HTTPRequest{URL: "http://h/", Method: "PUT", BodyProducer: produce}, "303 Location: /a",
			"GET /a HTTP/1.1 | Host: h"},
		{"client-75: producer and 307", HTTPRequest{URL: "http://h/", Method: "PUT", BodyProducer: produce}, "307 Location: /a",
			"PUT /a HTTP/1.1 | Host: h | Transfer-Encoding: chunked"},
		{"client-81: another scheme", HTTPRequest{URL: "http://h/"}, "302 Location: file:///etc/passwd", "error: " + errURLScheme.Error()},
		{"two locations", HTTPRequest{URL: "http://h/"}, "302 Location: /a | Location: /b", "error: " + errRepeatedLocation.Error()},
		{"one location twice", HTTPRequest{URL: "http://h/"}, "302 Location: /a | Location: /a", "GET /a HTTP/1.1 | Host: h"},
	} {
		_, got, _ := strings.Cut(journey(t, tt.request, &Options{}, tt.step), "\n")
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// client-8: MaxRedirects counts the redirects that are followed.
func TestMaxRedirects(t *testing.T) {
	steps := slices.Repeat([]string{"302 Location: /a"}, 6)
	got := strings.Split(journey(t, HTTPRequest{URL: "http://h/"}, &Options{}, steps...), "\n")
	require.Len(t, got, 7)
	require.Equal(t, "final", got[6])
	require.NotContains(t, got[:6], "final")
}

// client-9, client-79, client-80, client-b4: each row is a list of redirects, and the credentials
// of each request.
func TestCredentialsStayAtTheirOrigin(t *testing.T) {
	secret := fields("Authorization: A", "Cookie: C", "Cookie2: C2", "Proxy-Authorization: P", "X-Api-Key: K", "X: y")
	const all = " | Authorization: A | Cookie: C | Cookie2: C2 | Proxy-Authorization: P | X-Api-Key: K | X: y | Host: "
	const none = " | X: y | Host: "
	request := HTTPRequest{URL: "http://a/", Headers: secret, SensitiveHeaders: []string{"x-api-key"}}
	login := HTTPRequest{URL: "http://a/", AuthUsername: "u", AuthPassword: "p"}
	userInfo := HTTPRequest{URL: "http://u:p@a/"}
	const basic = " | Authorization: Basic dTpw"
	for _, tt := range []struct {
		name    string
		request HTTPRequest
		steps   []string
		want    string // the heads after the first
	}{
		{"same origin", request, []string{"302 Location: /1"}, "GET /1 HTTP/1.1" + all + "a"},
		{"letter case", request, []string{"302 Location: http://A/1"}, "GET /1 HTTP/1.1" + all + "A"},
		{"default port", request, []string{"302 Location: http://a:80/1"}, "GET /1 HTTP/1.1" + all + "a:80"},
		{"another host", request, []string{"302 Location: http://b/1"}, "GET /1 HTTP/1.1" + none + "b"},
		{"a subdomain", request, []string{"302 Location: http://x.a/1"}, "GET /1 HTTP/1.1" + none + "x.a"},
		{"another port", request, []string{"302 Location: http://a:81/1"}, "GET /1 HTTP/1.1" + none + "a:81"},
		{"another scheme", request, []string{"302 Location: https://a/1"}, "GET /1 HTTP/1.1" + none + "a"},
		{"A to B to A", request, []string{"302 Location: http://b/1", "302 Location: http://a/2"},
			"GET /1 HTTP/1.1" + none + "b\nGET /2 HTTP/1.1" + none + "a"},
		{"307 keeps the method only", HTTPRequest{URL: "http://a/", Method: "PUT", Body: []byte("x"), Headers: secret}, []string{"307 Location: http://b/1"},
			"PUT /1 HTTP/1.1 | X-Api-Key: K" + none + "b | Content-Length: 1"},
		{"login", login, []string{"302 Location: /1"}, "GET /1 HTTP/1.1 | Host: a" + basic},
		{"login, other host", login, []string{"302 Location: http://b/1"}, "GET /1 HTTP/1.1 | Host: b"},
		{"login, A to B to A", login, []string{"302 Location: http://b/1", "302 Location: http://a/2"},
			"GET /1 HTTP/1.1 | Host: b\nGET /2 HTTP/1.1 | Host: a"},
		{"user info", userInfo, []string{"302 Location: /1"}, "GET /1 HTTP/1.1 | Host: a" + basic},
		{"user info, absolute", userInfo, []string{"302 Location: http://a/1"}, "GET /1 HTTP/1.1 | Host: a" + basic},
		{"user info, other port", userInfo, []string{"302 Location: http://a:81/1"}, "GET /1 HTTP/1.1 | Host: a:81"},
		{"user info of Location", HTTPRequest{URL: "http://a/"}, []string{"302 Location: http://u:p@b/1"}, "GET /1 HTTP/1.1 | Host: b"},
		{"user info of Location, same origin", HTTPRequest{URL: "http://a/"}, []string{"302 Location: http://u:p@a/1"}, "GET /1 HTTP/1.1 | Host: a" + basic},
	} {
		_, got, _ := strings.Cut(journey(t, tt.request, &Options{}, tt.steps...), "\n")
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// client-81, client-b4: a redirect from https to http is refused if the request has
// credentials, or if the caller refuses each of them.
func TestDowngrade(t *testing.T) {
	plain := HTTPRequest{URL: "https://h/"}
	refusing, login, cookie := plain, plain, plain
	refusing.RefuseDowngrade, login.AuthUsername, cookie.Headers = On, "u", fields("Cookie: a=b")
	for _, tt := range []struct {
		name    string
		request HTTPRequest
		steps   []string
		want    string
	}{
		{"plain", plain, []string{"302 Location: http://h/a"}, "GET /a HTTP/1.1 | Host: h"},
		{"refused", refusing, []string{"302 Location: http://h/a"}, "error: " + errDowngrade.Error()},
		{"login", login, []string{"302 Location: http://h/a"}, "error: " + errDowngrade.Error()},
		{"cookie", cookie, []string{"302 Location: http://h/a"}, "error: " + errDowngrade.Error()},
		{"dropped before", login, []string{"302 Location: https://x/a", "302 Location: http://h/b"},
			"GET /a HTTP/1.1 | Host: x\nGET /b HTTP/1.1 | Host: h"},
	} {
		_, got, _ := strings.Cut(journey(t, tt.request, &Options{}, tt.steps...), "\n")
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// client-20: the header for user and password.
func TestBasic(t *testing.T) { // httputil-2
	for _, tt := range []struct{ user, password, want string }{
		{"Aladdin", "open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"test", "123£", "dGVzdDoxMjPCow=="},
		{"jose\u0301", "s\u0259cre\u0301t", "am9zw6k6c8mZY3LDqXQ="},
		{"u", "", "dTo="},
		{"", "p", "OnA="},
	} {
		if got := (credentials{tt.user, tt.password}).basic(); got != "Basic "+tt.want {
			t.Errorf("%s:%s: got %s, want %s", tt.user, tt.password, got, tt.want)
		}
	}
	require.Equal(t, "GET / HTTP/1.1 | Authorization: Basic dTpw | Host: h",
		firstHead(HTTPRequest{URL: "http://u:p@h/", AuthUsername: "x", Headers: fields("Authorization: Bearer")}))
}

// client-95, client-96: each row is a proxy, and the heads of the requests to it.
func TestProxyHeads(t *testing.T) {
	environment := func(u *url.URL) (*url.URL, error) {
		if u.Host == "direct" {
			return nil, nil
		}
		return url.Parse("http://e:f@env:3128")
	}
	const credentialsOfRequest = "Proxy-Authorization: Basic dTpw"
	for _, tt := range []struct {
		name    string
		request HTTPRequest
		proxy   func(*url.URL) (*url.URL, error)
		want    string
	}{
		{"http", HTTPRequest{URL: "http://h:81/x?y", ProxyHost: "p", ProxyPort: 3128, ProxyUsername: "u", ProxyPassword: "p", AuthUsername: "a"}, nil,
			"http p 3128 GET http://h:81/x?y HTTP/1.1 | Host: h:81 | " + credentialsOfRequest + " | Authorization: Basic YTo="},
		{"https", HTTPRequest{URL: "https://h/x", ProxyHost: "p", ProxyPort: 3128, ProxyUsername: "u", ProxyPassword: "p"}, nil,
			"http p 3128 GET /x HTTP/1.1 | Host: h"},
		{"socks", HTTPRequest{URL: "http://h/x", ProxyHost: "socks5h://p", ProxyPort: 1080, ProxyUsername: "u"}, nil,
			"socks5 p 1080 GET /x HTTP/1.1 | Host: h"},
		{"client", HTTPRequest{URL: "http://h/"}, environment,
			"http env 3128 GET http://h/ HTTP/1.1 | Host: h | Proxy-Authorization: Basic ZTpm"},
		{"client, direct", HTTPRequest{URL: "http://direct/"}, environment, "GET / HTTP/1.1 | Host: direct"},
		{"request wins", HTTPRequest{URL: "http://h/", ProxyHost: "[::1]", ProxyPort: 1}, environment, "http ::1 1 GET http://h/ HTTP/1.1 | Host: h"},
	} {
		p, err := newFetchPlan(&tt.request, &Options{Proxy: tt.proxy})
		require.NoError(t, err, tt.name)
		h := p.nextHop()
		got := head(h)
		if h.proxy != nil {
			got = fmt.Sprintf("%s %s %d %s", h.proxy.scheme, h.proxy.host, h.proxy.port, got)
		}
		if got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// client-96: if a redirect leads to a server without a proxy, that server does not get the
// proxy's credentials.
func TestProxyCredentialsStayAtTheProxy(t *testing.T) {
	proxy := func(u *url.URL) (*url.URL, error) {
		if u.Host == "direct" {
			return nil, nil
		}
		return url.Parse("http://u:p@proxy:3128")
	}
	got := journey(t, HTTPRequest{URL: "http://h/"}, &Options{Proxy: proxy}, "302 Location: http://direct/", "302 Location: http://h/")
	require.Equal(t, "GET http://h/ HTTP/1.1 | Host: h | Proxy-Authorization: Basic dTpw\n"+
		"GET / HTTP/1.1 | Host: direct\n"+
		"GET http://h/ HTTP/1.1 | Host: h | Proxy-Authorization: Basic dTpw", got)
}

// client-b14: cookies of responses, also of redirects, are sent with later requests to their hosts.
func TestCookieJar(t *testing.T) {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	got := journey(t, HTTPRequest{URL: "http://a.example/", Headers: fields("Cookie: own=1")}, &Options{CookieJar: jar},
		"302 Set-Cookie: s=2 | Set-Cookie: t=3; Secure | Location: /1",
		"302 Location: http://b.example/2", "302 Location: http://a.example/3")
	require.Equal(t, "GET / HTTP/1.1 | Cookie: own=1 | Host: a.example\n"+
		"GET /1 HTTP/1.1 | Cookie: own=1; s=2 | Host: a.example\n"+
		"GET /2 HTTP/1.1 | Host: b.example\n"+
		"GET /3 HTTP/1.1 | Host: a.example | Cookie: s=2", got)
}
