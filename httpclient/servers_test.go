package httpclient

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
)

// A realServer is a server of another author that serves a directory and, if it can, echoes
// bodies.
type realServer struct {
	name  string
	start func(t *testing.T, dir string) (port int)
	echo  bool // POST /echo responds with the body
	gzip  bool // the server compresses /big.txt for clients that accept it
	few   bool // it closes connections after a few requests
}

const nginxServerConfig = `
user root; # counts only for root, whose temporary directories others cannot read
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
	types { text/plain txt; }
	gzip on;
	gzip_types text/plain;
	gzip_min_length 100;
	server {
		listen 127.0.0.1:%[2]d;
		root %[3]s;
		location /old { return 301 /small.txt; }
		%[4]s
	}
}
`

func startNginx(t *testing.T, dir string) int { return startNginxWith(t, dir, "keepalive_requests 3;") }

// startNginxWith starts nginx with more lines for its server.
func startNginxWith(t *testing.T, dir, lines string) int {
	path, own := peers.Program(t, "nginx"), t.TempDir()
	file := filepath.Join(own, "nginx.conf")
	return startProgram(t, func(port int) *exec.Cmd {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, nginxServerConfig, own, port, dir, lines), 0o600))
		return peers.Command(path, "-c", file)
	})
}

func startPythonServer(t *testing.T, dir string) int {
	python := peers.Python(t, "http.server")
	return startProgram(t, func(port int) *exec.Cmd {
		return peers.Command(python, "-m", "http.server", "--bind", "127.0.0.1", "--directory", dir, strconv.Itoa(port))
	})
}

const nodeServer = `
const fs = require('fs'), http = require('http'), path = require('path'), zlib = require('zlib');
const [port, dir] = process.argv.slice(1);
http.createServer((request, response) => {
  if (request.url == '/echo') return request.pipe(response);
  if (request.url == '/old') { response.writeHead(301, {Location: '/small.txt'}); return response.end(); }
  const file = path.join(dir, request.url);
  if (!fs.existsSync(file)) { response.writeHead(404); return response.end('none'); }
  if (request.url == '/big.txt' && /gzip/.test(request.headers['accept-encoding'] || '')) {
    response.writeHead(200, {'Content-Encoding': 'gzip'});
    return fs.createReadStream(file).pipe(zlib.createGzip()).pipe(response);
  }
  fs.createReadStream(file).pipe(response);
}).listen(+port, '127.0.0.1');
`

func startNode(t *testing.T, dir string) int {
	node := peers.Program(t, "node")
	return startProgram(t, func(port int) *exec.Cmd {
		return peers.Command(node, "-e", nodeServer, strconv.Itoa(port), dir)
	})
}

const tornadoServer = `
import sys
import tornado.httpserver, tornado.ioloop, tornado.web

class Echo(tornado.web.RequestHandler):
    def post(self):
        self.write(self.request.body)

tornado.web.Application([
    ("/echo", Echo),
    ("/old", tornado.web.RedirectHandler, {"url": "/small.txt"}),
    ("/(.*)", tornado.web.StaticFileHandler, {"path": sys.argv[2]}),
], compress_response=True).listen(int(sys.argv[1]), "127.0.0.1")
tornado.ioloop.IOLoop.current().start()
`

func startTornadoServer(t *testing.T, dir string) int {
	python := peers.Python(t, "tornado")
	return startProgram(t, func(port int) *exec.Cmd {
		return peers.Command(python, "-c", tornadoServer, strconv.Itoa(port), dir)
	})
}

// Servers of other authors serve files and echo bodies. Connections are kept, and a server that
// closes them after a few requests loses no fetch.
func TestRealServers(t *testing.T) {
	dir := t.TempDir()
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "small.txt"), []byte("small"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "big.txt"), big, 0o644))
	require.NoError(t, os.Chmod(dir, 0o755))
	for _, s := range []realServer{
		{name: "nginx", start: startNginx, gzip: true, few: true},
		{name: "http.server", start: startPythonServer, few: true},
		{name: "node", start: startNode, echo: true, gzip: true},
		{name: "haproxy", start: startHAProxyServer, echo: true, gzip: true},
		{name: "tornado", start: startTornadoServer, echo: true, gzip: true},
	} {
		t.Run(s.name, func(t *testing.T) {
			base := fmt.Sprint("http://127.0.0.1:", s.start(t, dir))
			// The backlog of http.server has 5 places. The kernel would drop further connections.
			eachClient(t, Options{MaxClients: 4}, func(t *testing.T, c AsyncHTTPClient) { checkServer(t, c, s, base, big) })
		})
	}
}

func checkServer(t *testing.T, c AsyncHTTPClient, s realServer, base string, big []byte) {
	fetch := func(r HTTPRequest) *HTTPResponse {
		r.URL, r.RaiseError = base+r.URL, Off
		response, err := c.Fetch(&r).Await()
		require.NoError(t, err)
		return response
	}
	reused := 0
	for range 20 {
		response := fetch(HTTPRequest{URL: "/small.txt"})
		require.Equal(t, "small", string(response.Body))
		if response.TimeInfo.Reused {
			reused++
		}
	}
	if !s.few {
		require.Equal(t, 19, reused)
	}
	require.Equal(t, 404, fetch(HTTPRequest{URL: "/missing"}).Code)
	head := fetch(HTTPRequest{URL: "/small.txt", Method: "HEAD"})
	require.Equal(t, 200, head.Code)
	require.Empty(t, head.Body)

	whole := fetch(HTTPRequest{URL: "/big.txt"})
	require.True(t, bytes.Equal(big, whole.Body))
	if s.gzip {
		require.Equal(t, "gzip", whole.Headers.Get("X-Consumed-Content-Encoding"))
		raw := fetch(HTTPRequest{URL: "/big.txt", DecompressResponse: Off, Headers: fields("Accept-Encoding: gzip")})
		inflated, err := gzip.NewReader(bytes.NewReader(raw.Body))
		require.NoError(t, err)
		require.NoError(t, inflated.Close())
		require.Less(t, len(raw.Body), len(big)/10)
	}
	received := 0
	fetch(HTTPRequest{URL: "/big.txt", StreamingCallback: func(chunk []byte) error {
		received += len(chunk)
		return nil
	}})
	require.Equal(t, len(big), received)

	if s.name != "http.server" && s.name != "node" { // they know no ranges
		part := fetch(HTTPRequest{URL: "/big.txt", Headers: fields("Range: bytes=16-19"), DecompressResponse: Off})
		require.Equal(t, 206, part.Code)
		require.Equal(t, "0123", string(part.Body))
	}
	if s.name != "node" {
		modified := whole.Headers.Get("Last-Modified")
		since, err := time.Parse(time.RFC1123, modified)
		require.NoError(t, err)
		require.Equal(t, 304, fetch(HTTPRequest{URL: "/big.txt", IfModifiedSince: since}).Code)
	}
	if s.name != "http.server" {
		moved := fetch(HTTPRequest{URL: "/old"})
		require.Equal(t, "small", string(moved.Body))
		require.True(t, strings.HasSuffix(moved.EffectiveURL, "/small.txt"))
	}
	if s.echo {
		body := bytes.Repeat([]byte("y"), 1<<20)
		require.True(t, bytes.Equal(body, fetch(HTTPRequest{URL: "/echo", Method: "POST", Body: body}).Body))
		require.True(t, bytes.Equal(body, fetch(HTTPRequest{URL: "/echo", Method: "POST", Body: body, Expect100Continue: On}).Body))
	}
	var all []*ioloop.Future[*HTTPResponse]
	for range 50 {
		all = append(all, c.FetchURL(base+"/small.txt"))
	}
	for _, f := range all {
		response, err := f.Await()
		require.NoError(t, err)
		require.Equal(t, "small", string(response.Body))
	}
}
