package httpserver

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpserver"
	"github.com/stretchr/testify/require"

	"io"
	"net"
	"net/http/httptest"
)

func TestForwarded(t *testing.T) {
	for _, tt := range []struct{ name, headers, want string }{
		{"none", "", "9.9.9.9 http"},
		{"http-73 one", "X-Forwarded-For: 1.2.3.4", "1.2.3.4 http"},
		{"http-73 from the right", "X-Forwarded-For: 4.4.4.4, 1.2.3.4", "1.2.3.4 http"},
		{"http-73 trusted ones are skipped", "X-Forwarded-For: 4.4.4.4, 1.2.3.4, 10.1.2.3,5.5.5.5", "1.2.3.4 http"},
		{"http-73 all are trusted", "X-Forwarded-For: 10.1.1.1, 5.5.5.5", "10.1.1.1 http"},
		{"http-73 two lines", "X-Forwarded-For: 4.4.4.4\r\nX-Forwarded-For: 1.2.3.4", "1.2.3.4 http"},
		{"http-73 IPv6", "X-Forwarded-For: 2620:0:1cfe:face:b00c::3", "2620:0:1cfe:face:b00c::3 http"},
		{"http-73 mapped trusted", "X-Forwarded-For: 1.2.3.4, ::ffff:5.5.5.5", "1.2.3.4 http"},
		{"http-73 trusted network of IPv6", "X-Forwarded-For: 1.2.3.4, fd00::17", "1.2.3.4 http"},
		{"http-74 wins", "X-Real-Ip: 4.4.4.4\r\nX-Forwarded-For: 1.2.3.4", "4.4.4.4 http"},
		{"http-74 IPv6", "X-Real-Ip: 2620:0:1cfe:face:b00c::3", "2620:0:1cfe:face:b00c::3 http"},
		{"http-74 invalid", "X-Real-Ip: 4.4.4.4<script>", "9.9.9.9 http"},
		{"http-74 invalid beside a valid one", "X-Real-Ip: www.google.com\r\nX-Forwarded-For: 1.2.3.4", "9.9.9.9 http"},
		{"http-74 a host name in the list", "X-Forwarded-For: 4.4.4.4, www.google.com", "9.9.9.9 http"},
		{"http-74 empty", "X-Forwarded-For: ", "9.9.9.9 http"},
		{"http-74 a trailing comma", "X-Forwarded-For: 1.2.3.4,", "9.9.9.9 http"},
		{"http-75 scheme", "X-Scheme: https", "9.9.9.9 https"},
		{"http-75 proto", "X-Forwarded-Proto: https", "9.9.9.9 https"},
		{"http-75 scheme first", "X-Forwarded-Proto: https\r\nX-Scheme: http", "9.9.9.9 http"},
		{"http-75 list", "X-Forwarded-Proto: https, http", "9.9.9.9 http"},
		{"http-75 list of https", "X-Scheme: http , https", "9.9.9.9 https"},
		{"http-75 other", "X-Forwarded-Proto: unknown", "9.9.9.9 http"},
		{"http-75 case", "X-Forwarded-Proto: HTTPS", "9.9.9.9 http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			headers, err := httputil.ParseHeaders(tt.headers)
			require.NoError(t, err)
			trusted := parseDownstream([]string{"5.5.5.5", "10.0.0.0/8", "fd00::/8"})
			direct := httputil.ConnectionInfo{RemoteIP: "9.9.9.9", Protocol: "http"}
			got := forwarded(direct, &headers, trusted)
			if s := got.RemoteIP + " " + got.Protocol; s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestAMistakeInTrustedDownstreamPanics(t *testing.T) {
	for _, list := range [][]string{{"proxy.example.com"}, {"10.0.0.0/33"}, {""}, {"10.0.0.1", "10.0.0.1:80"}} {
		require.Panics(t, func() { New(&app{}, Options{TrustedDownstream: list}) }, list)
	}
}

// The resulting address is always valid. It is the address of the peer, unless the relevant
// element of the header is another one.
func FuzzForwarded(f *testing.F) {
	for _, list := range []string{"", "1.2.3.4", "1.2.3.4, 10.0.0.1", ",", "::1%lo", " 10.0.0.1 ,10.0.0.2", "a,10.0.0.1"} {
		f.Add(list)
	}
	trusted := parseDownstream([]string{"10.0.0.0/8"})
	f.Fuzz(func(t *testing.T, list string) {
		var headers httputil.HTTPHeaders
		if headers.Add("X-Forwarded-For", list) != nil {
			return // it cannot arrive over a connection
		}
		got := forwarded(httputil.ConnectionInfo{RemoteIP: "9.9.9.9", Protocol: "http"}, &headers, trusted)
		// The expected address is that of Tornado's loop over the reversed list.
		want := "9.9.9.9"
		elements := strings.Split(headers.Get("X-Forwarded-For"), ",")
		for i := len(elements) - 1; i >= 0; i-- {
			want = strings.TrimSpace(elements[i])
			a, err := netip.ParseAddr(want)
			if err != nil || !(a.Unmap().Is4() && a.Unmap().As4()[0] == 10) {
				break
			}
		}
		if !tcpserver.IsValidIP(want) {
			want = "9.9.9.9"
		}
		if got.RemoteIP != want {
			t.Errorf("%q: got %s, want %s", list, got.RemoteIP, want)
		}
	})
}

// tellPeer responds with the address and scheme of the client.
func tellPeer(r *request) {
	info := r.conn.Info()
	r.reply(200, info.RemoteIP+" "+info.Protocol)
}

func TestXHeadersAreForOneRequest(t *testing.T) { // http-76
	const proxied, plain = "GET / HTTP/1.1\r\nHost: x\r\nX-Real-Ip: 1.2.3.4\r\nX-Scheme: https\r\n\r\n", get
	response := func(s string) string { return ok + fmt.Sprint(len(s)) + "\r\n\r\n" + s }
	for _, tt := range []struct {
		name     string
		xheaders bool
		requests string
		want     string
	}{
		{"on", true, proxied + plain + proxied, response("1.2.3.4 https") + response("127.0.0.1 http") + response("1.2.3.4 https")},
		{"off", false, proxied, response("127.0.0.1 http")},
	} {
		address := serve(t, &app{respond: tellPeer}, Options{XHeaders: tt.xheaders})
		if got := talk(t, address, len(tt.want), tt.requests); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestProtocolOption(t *testing.T) { // http-75
	for _, tt := range []struct {
		o       Options
		headers string
		want    string
	}{
		{Options{}, "", "127.0.0.1 http"},
		{Options{Protocol: "https"}, "", "127.0.0.1 https"},
		{Options{Protocol: "https", XHeaders: true}, "X-Scheme: http\r\n", "127.0.0.1 http"},
	} {
		address := serve(t, &app{respond: tellPeer}, tt.o)
		got := talk(t, address, 0, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+tt.headers+"\r\n")
		if !strings.HasSuffix(got, tt.want) {
			t.Errorf("%+v: got %q, want %q", tt.o, got, tt.want)
		}
	}
}

func TestXHeadersOverTLS(t *testing.T) { // http-75: SSLXHeaderTest
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	o := Options{XHeaders: true}
	o.Stream.TLS = &tls.Config{Certificates: authority.TLS.Certificates}
	address := serve(t, &app{respond: tellPeer}, o)
	for headers, want := range map[string]string{
		"":                             "127.0.0.1 https",
		"X-Scheme: http\r\n":           "127.0.0.1 http",
		"X-Scheme: unknown\r\n":        "127.0.0.1 https",
		"X-Real-Ip: 4.4.4.4\r\n":       "4.4.4.4 https",
		"X-Forwarded-For: fe80::1\r\n": "fe80::1 https",
	} {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		require.NoError(t, err)
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+headers+"\r\n")
		got, _ := io.ReadAll(c)
		if !strings.HasSuffix(string(got), want) {
			t.Errorf("%q: got %q, want %q", headers, got, want)
		}
		c.Close()
	}
}

func TestUnixSocket(t *testing.T) { // http-70
	file := filepath.Join(t.TempDir(), "s")
	socket, err := tcpserver.BindUnixSocket(file, 0, 0)
	require.NoError(t, err)
	l, err := ioloop.New(ioloop.Options{Debug: true})
	require.NoError(t, err)
	s := New(&app{respond: tellPeer}, Options{Loop: l, MaxConnectionsPerAddress: 1})
	require.NoError(t, s.AddSocket(socket))
	looptest.Start(t, l)
	for request, want := range map[string]string{get: okPeer("0.0.0.0 http"), "garbage\r\n\r\n": response400} {
		for range 2 { // these connections do not count for the limit per address
			c, err := net.Dial("unix", file)
			require.NoError(t, err)
			defer c.Close()
			io.WriteString(c, request)
			got := make([]byte, len(want))
			if io.ReadFull(c, got); string(got) != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func okPeer(s string) string { return ok + fmt.Sprint(len(s)) + "\r\n\r\n" + s }

// nginxForwarding is the configuration of nginx in docs/deployment.md. The test shows the headers
// that nginx sends with it.
const nginxForwarding = `
daemon off;
pid %[1]s/nginx.pid;
error_log %[1]s/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	upstream tornado { server %[3]s; keepalive 64; }
	map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
	server {
		listen %[2]s;
		location / {
			proxy_pass http://tornado;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection $connection_upgrade;
			proxy_set_header Host $http_host;
			proxy_set_header X-Real-Ip $remote_addr;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Scheme $scheme;
		}
	}
}
`

func TestAClientCannotLieBehindNginx(t *testing.T) { // http-73 to http-75
	server := serve(t, &app{respond: tellPeer}, Options{XHeaders: true, TrustedDownstream: []string{"127.0.0.0/8"}})
	address := startProxy(t, "nginx", nginxForwarding, "-c", server)
	for _, lie := range []string{"", "X-Real-Ip: 6.6.6.6\r\n", "X-Forwarded-For: 6.6.6.6\r\n", "X-Scheme: https\r\n"} {
		got := talk(t, address, 0, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+lie+"\r\n")
		if !strings.HasSuffix(got, "127.0.0.1 http") {
			t.Errorf("%q: got %q", lie, got)
		}
	}
}
