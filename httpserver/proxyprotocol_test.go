package httpserver

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// fromLoopback trusts proxies on this machine.
var fromLoopback = tcpserver.ProxyProtocol{Trusted: []string{"127.0.0.1"}}

func tellClient(r *request) {
	info := r.conn.Info()
	r.reply(200, info.Protocol+" "+info.RemoteIP)
}

// haproxyHeaderConfig makes HAProxy send a PROXY header, and then pass all bytes of a connection
// on unchanged, TLS too.
const haproxyHeaderConfig = `
defaults
	mode tcp
	timeout connect 5s
	timeout client 5s
	timeout server 5s
frontend f
	bind %%[2]s
	default_backend b
backend b
	server s %%[3]s %s
# files are in %%[1]s
`

// nginxHeaderConfig makes nginx do the same. It sends headers of version 1 only.
const nginxHeaderConfig = `
daemon off;
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 1;
events { worker_connections 256; }
stream {
	server {
		listen %[2]s;
		proxy_pass %[3]s;
		proxy_protocol on;
	}
}
`

// askFrom sends a request from an address of this machine, and returns the body of the
// response.
func askFrom(t *testing.T, from, url string) string {
	t.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: looptest.Patience}
	client := http.Client{Timeout: looptest.Patience, Transport: &http.Transport{
		DialContext: dialer.DialContext, DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	response, err := client.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	response.Body.Close()
	return string(body)
}

// Behind real proxies the server sees the clients' addresses, with and without TLS.
func TestProxyProtocolOfRealProxies(t *testing.T) {
	judge := httptest.NewTLSServer(nil) // has a certificate
	defer judge.Close()
	for _, proxy := range []struct{ label, name, config, flag string }{
		{"HAProxy, version 1", "haproxy", fmt.Sprintf(haproxyHeaderConfig, "send-proxy"), "-f"},
		{"HAProxy, version 2", "haproxy", fmt.Sprintf(haproxyHeaderConfig, "send-proxy-v2"), "-f"},
		{"HAProxy, version 2 with TLVs", "haproxy", fmt.Sprintf(haproxyHeaderConfig, "send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id"), "-f"},
		{"HAProxy, health checks", "haproxy", fmt.Sprintf(haproxyHeaderConfig, "send-proxy-v2 check inter 50ms"), "-f"},
		{"nginx", "nginx", nginxHeaderConfig, "-c"},
	} {
		t.Run(proxy.label, func(t *testing.T) {
			if _, err := os.Stat("/usr/lib/nginx/modules/ngx_stream_module.so"); proxy.name == "nginx" && err != nil {
				peers.Missing(t, "nginx's module stream (Debian: libnginx-mod-stream)", err)
			}
			logged := captureLog(t)
			address := startProxy(t, proxy.name, proxy.config, proxy.flag, serve(t, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback}))
			secure := serve(t, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback, Stream: iostream.Options{TLS: &tls.Config{Certificates: judge.TLS.Certificates}}})
			for _, from := range []string{"127.0.0.1", "127.0.0.2", "127.9.9.9"} {
				require.Equal(t, "http "+from, askFrom(t, from, "http://"+address+"/"))
			}
			secureAddress := startProxyOf(t, "https", proxy.name, proxy.config, proxy.flag, secure)
			require.Equal(t, "https 127.0.0.3", askFrom(t, "127.0.0.3", "https://"+secureAddress+"/"))
			require.NotContains(t, logged(), "PROXY header")
		})
	}
}

// The limit of connections of one address is that of the client, not of the proxy.
func TestProxyProtocolCountsClients(t *testing.T) {
	address := serve(t, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback, MaxConnectionsPerAddress: 1})
	status := func(client string) string {
		c := dial(t, address)
		fmt.Fprintf(c, "PROXY TCP4 %s 192.0.2.2 56324 443\r\nGET / HTTP/1.1\r\n\r\n", client)
		line, err := bufio.NewReader(c).ReadString('\n')
		require.NoError(t, err)
		return strings.TrimSpace(line)
	}
	require.Equal(t, "HTTP/1.1 200 OK", status("192.0.2.1"))
	require.Equal(t, "HTTP/1.1 503 Service Unavailable", status("192.0.2.1"))
	require.Equal(t, "HTTP/1.1 200 OK", status("192.0.2.3"))
}

// If both are enabled, X-Forwarded-For replaces the address in the header of the PROXY protocol.
func TestProxyProtocolAndXHeaders(t *testing.T) {
	for _, tt := range []struct {
		header, forwarded string
		xHeaders          bool
		want              string
	}{
		{"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "198.51.100.7", false, "http 192.0.2.1"},
		{"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "198.51.100.7", true, "http 198.51.100.7"},
		{"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "nonsense", true, "http 192.0.2.1"},
		{"PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "", true, "http 2001:db8::1"},
		{"PROXY UNKNOWN\r\n", "", true, "http 127.0.0.1"},
	} {
		address := serve(t, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback, XHeaders: tt.xHeaders})
		got := talk(t, address, 0, tt.header+"GET / HTTP/1.1\r\nConnection: close\r\nX-Forwarded-For: "+tt.forwarded+"\r\n\r\n")
		require.True(t, strings.HasSuffix(got, "\r\n\r\n"+tt.want), "%+v: %q", tt, got)
	}
}

// Shutdown serves the first request of a connection whose PROXY header arrives late.
func TestShutdownWaitsForTheProxyHeader(t *testing.T) {
	for _, comes := range []bool{true, false} {
		clock, loop := looptest.NewManualClock(), ioloop.Options{}
		if !comes {
			loop.Clock = clock
		}
		server, address := serveOn(t, loop, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback})
		c := dial(t, address)
		io.WriteString(c, "PROXY TCP4 192.0.2.1 ")
		require.Eventually(t, func() bool { return server.Opening() == 1 }, looptest.Patience, time.Millisecond)
		done := make(chan error, 1)
		go func() { done <- server.Shutdown(context.Background()) }()
		require.Eventually(t, func() bool { // it accepts no more
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			}
			return err != nil
		}, looptest.Patience, time.Millisecond)
		select {
		case <-done:
			t.Fatal("Shutdown has not waited")
		case <-time.After(50 * time.Millisecond):
		}
		if comes {
			io.WriteString(c, "192.0.2.2 1 2\r\nGET / HTTP/1.1\r\n\r\n")
		}
		text, _, _ := readWhileAdvancing(c, clock, time.Second)
		require.Equal(t, comes, strings.Contains(text, "Connection: close") && strings.HasSuffix(text, "http 192.0.2.1"), "%q", text)
		require.Eventually(t, func() bool { clock.Advance(openingPause); return len(done) == 1 }, looptest.Patience, time.Millisecond)
		require.NoError(t, <-done)
	}
}

// A client that sends its PROXY header, but no request, does not keep Shutdown waiting.
func TestShutdownEndsALateConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("short: Shutdown waits twice for 2 s")
	}
	server, address := serveTicking(t, &app{respond: tellClient}, Options{ProxyProtocol: fromLoopback})
	c := dial(t, address)
	io.WriteString(c, "PROXY")
	require.Eventually(t, func() bool { return server.Opening() == 1 }, looptest.Patience, time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- server.Shutdown(context.Background()) }()
	time.Sleep(firstRequestTime + 100*time.Millisecond) // the time of connections that were there
	io.WriteString(c, " UNKNOWN\r\n")
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(firstRequestTime + 10*time.Second):
		t.Fatal("Shutdown waits for a connection that sends nothing")
	}
}
