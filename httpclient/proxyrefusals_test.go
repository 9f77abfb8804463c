package httpclient

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The status of a response of tinyproxy itself reaches the caller: after a forwarded request as
// the response, and after CONNECT in an error. The text is the same for both clients.
func TestRefusalsOfTinyproxy(t *testing.T) { // client-95
	open, closed := tinyproxy(t, ""), tinyproxy(t, "user secret")
	const tunnel = "opening a tunnel through the proxy: CONNECT tunnel failed, response "
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		for _, tt := range []struct {
			proxy               realProxy
			url, password, want string
			code                int
		}{
			{closed, "http://127.0.0.1:1/", "", "HTTP 407: Proxy Authentication Required", 407},
			{closed, "http://127.0.0.1:1/", "wrong", "HTTP 401: Unauthorized", 401},
			{open, "http://127.0.0.1:1/", "", "HTTP 500: Unable to connect", 500},
			{closed, "https://127.0.0.1:1/", "", tunnel + "407: the proxy has responded 407 Proxy Authentication Required", 599},
			{closed, "https://127.0.0.1:1/", "wrong", tunnel + "401: the proxy has responded 401 Unauthorized", 599},
			{open, "https://127.0.0.1:1/", "", tunnel + "500: the proxy has responded 500 Unable to connect", 599},
		} {
			r := HTTPRequest{URL: tt.url, ProxyHost: "127.0.0.1", ProxyPort: tt.proxy.port}
			if tt.password != "" {
				r.ProxyUsername, r.ProxyPassword = "user", tt.password
			}
			_, err := c.Fetch(&r).Await()
			var clientError *HTTPClientError
			require.ErrorAs(t, err, &clientError)
			require.Equal(t, tt.code, clientError.Code)
			require.Equal(t, "httpclient: GET "+tt.url+": "+tt.want, err.Error())
		}
	})
}

// Proxies resolve the names of servers, and connect to IPv6 addresses.
func TestRealProxiesConnectToNamesAndIPv6(t *testing.T) { // client-b6
	server := httptest.NewServer(http.HandlerFunc(proxiedEcho))
	defer server.Close()
	urls := []string{strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil { // the machine may have no IPv6
		v6 := httptest.NewUnstartedServer(http.HandlerFunc(proxiedEcho))
		v6.Listener.Close()
		v6.Listener = l
		v6.Start()
		defer v6.Close()
		urls = append(urls, v6.URL)
	}
	forwarding, socks := tinyproxy(t, ""), microsocks(t, "")
	eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
		for _, p := range []realProxy{forwarding, socks, {"socks5h", socks.port}} {
			for _, url := range urls {
				response, err := c.Fetch(&HTTPRequest{URL: url, ProxyHost: p.scheme + "://127.0.0.1", ProxyPort: p.port}).Await()
				require.NoError(t, err, "%s %s", p.scheme, url)
				require.True(t, strings.HasPrefix(string(response.Body), "GET / 0 "))
			}
		}
	})
}
