package httpserver

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

// proxyMark is a header that the proxy adds to each request. A request that a client has smuggled
// past the proxy, inside another request, does not have it.
const proxyMark = "X-Proxied"

// nginxConfig and haproxyConfig keep connections to the server and use them for all clients.
const nginxConfig = `
daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 1;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream server { server %[3]s; keepalive 4; }
	server {
		listen %[2]s;
		proxy_http_version 1.1;
		proxy_request_buffering off;
		proxy_set_header Connection "";
		proxy_set_header Host $http_host;
		proxy_set_header X-Proxied yes;
		location / { proxy_pass http://server; }
	}
}
`

const haproxyConfig = `
defaults
	mode http
	timeout connect 5s
	timeout client 5s
	timeout server 5s
	http-reuse always
	option http-keep-alive
frontend f
	bind %[2]s
	http-request set-header X-Proxied yes
	default_backend b
backend b
	server s %[3]s maxconn 4
# files are in %[1]s
`

// A proxied server counts the requests that reach it without the proxy's mark.
type proxied struct {
	mu       sync.Mutex
	unmarked []string
}

func (p *proxied) respond(r *request) {
	if r.headers.Get(proxyMark) != "yes" {
		p.mu.Lock()
		p.unmarked = append(p.unmarked, fmt.Sprintf("%s %s %q", r.start.Method, r.start.Path, r.headers.String()))
		p.mu.Unlock()
	}
	tells(r)
}

func (p *proxied) takeUnmarked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.unmarked = nil }()
	return p.unmarked
}

// The proxy uses the same connections to the server for all clients. No attack makes the proxy
// and the server disagree. The server never sees a request that the proxy has not sent as a
// request, and the next client gets the response to its own request.
func TestProxiesAndTheServerAgree(t *testing.T) {
	for _, proxy := range []struct{ name, config, flag string }{
		{"nginx", nginxConfig, "-c"},
		{"haproxy", haproxyConfig, "-f"},
	} {
		t.Run(proxy.name, func(t *testing.T) {
			server := &proxied{}
			address := startProxy(t, proxy.name, proxy.config, proxy.flag, serve(t, &checking{app{respond: server.respond}}, Options{}))
			through := 0
			for i, a := range attacks(t) {
				if got := throughProxy(t, address, a.sent+fmt.Sprintf(lastRequest, "last")); strings.Contains(got, "/") {
					through++
				}
				probe := fmt.Sprintf("probe-%d", i)
				if got := throughProxy(t, address, fmt.Sprintf(lastRequest, probe)); got != `"GET /`+probe+`"` {
					t.Errorf("%s: after %q the next client got %q", a.heading, a.sent, got)
				}
				if got := server.takeUnmarked(); got != nil {
					t.Errorf("%s: %q brought past the proxy: %q", a.heading, a.sent, got)
				}
			}
			t.Logf("%d inputs went through", through)
			require.Greater(t, through, 50, "the proxy lets nothing through: nothing was tested")
		})
	}
}

// lastRequest makes a proxy close the connection, if the proxy sees it as a request.
const lastRequest = "GET /%s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

// throughProxy returns the responses that arrive until the proxy closes, or sends nothing more
// because it waits for the rest of a request. (nginx treats a half-close as the end.)
func throughProxy(t *testing.T, address, sent string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer c.Close()
	io.WriteString(c, sent)
	c.SetReadDeadline(time.Now().Add(time.Second))
	return outcome(c)
}

// startProxy starts a proxy in front of a server and returns its address.
func startProxy(t *testing.T, name, config, flag, server string) (address string) {
	t.Helper()
	return startProxyOf(t, "http", name, config, flag, server)
}

// startProxyOf is startProxy for a server of a scheme.
func startProxyOf(t *testing.T, scheme, name, config, flag, server string) (address string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	binary := peers.Program(t, name)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address = probe.Addr().String()
	probe.Close()
	dir := t.TempDir()
	file := filepath.Join(dir, "proxy.conf")
	require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, config, dir, address, server), 0o644))
	require.NoError(t, os.Chmod(dir, 0o755))
	cmd := peers.Command(binary, flag, file)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Signal(os.Interrupt); <-ended })
	for range 3000 {
		if r, err := client.Get(scheme + "://" + address + "/"); err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return address
			}
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("%s ended: %v\n%s", name, err, output.String())
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not respond", name)
	return ""
}
