package servers

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/valyala/fasthttp"
	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// staticSize is the size of the file of the static workload, in bytes.
const staticSize = 16 << 10

// nginx is the path of nginx. If it is not installed, that server is left out.
const nginx = "nginx"

// staticRoot returns the directory with file.bin. The first process creates it for all.
func staticRoot() (string, error) {
	root := filepath.Join(os.TempDir(), "tornado-bench-static")
	name := filepath.Join(root, "file.bin")
	if info, err := os.Stat(name); err == nil && info.Size() == staticSize {
		return root, nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	return root, os.WriteFile(name, []byte(strings.Repeat("0123456789abcdef", staticSize/16)), 0o644)
}

func staticTornado(port int, ready func()) error {
	root, err := staticRoot()
	if err != nil {
		return err
	}
	return tornadoApplication(port, ready, web.NewApplication([]web.URLSpec{
		web.URL(`/(.*)`, web.StaticFileHandler{Path: root}),
	}, web.Settings{}))
}

// tornadoApplication serves app on one loop, without an access log.
func tornadoApplication(port int, ready func(), app *web.Application) error {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	options := web.ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{Loop: loop}}
	if _, err := app.Listen(port, options); err != nil {
		return err
	}
	ready()
	return loop.Start()
}

func staticNetHTTP(port int, ready func()) error {
	root, err := staticRoot()
	if err != nil {
		return err
	}
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, http.FileServer(http.Dir(root)))
}

// staticFasthttp keeps files open for ten seconds, its default, without checking for changes.
func staticFasthttp(port int, ready func()) error {
	root, err := staticRoot()
	if err != nil {
		return err
	}
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	files := &fasthttp.FS{Root: root, AcceptByteRange: true}
	return fasthttp.Serve(listener, files.NewRequestHandler())
}

const nginxConf = `daemon off; master_process off; worker_processes 1; pid %[1]s/nginx.pid; error_log %[1]s/error.log crit;
events { worker_connections 4096; }
http {
	access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/octet-stream;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	server { listen 127.0.0.1:%[2]d backlog=4096; root %[3]s; }
}
`

// staticNginx executes nginx in this process, which keeps its CPU clock and core: one worker
// without a master. nginx starts to listen shortly after ready is called, so clients must retry.
func staticNginx(port int, ready func()) error {
	root, err := staticRoot()
	if err != nil {
		return err
	}
	program, err := exec.LookPath(nginx)
	if err != nil {
		return err
	}
	dir := filepath.Join(os.TempDir(), "tornado-bench-nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	conf := filepath.Join(dir, "nginx.conf") // read immediately; no other instance runs at the same time
	if err := os.WriteFile(conf, fmt.Appendf(nil, nginxConf, dir, port, root), 0o644); err != nil {
		return err
	}
	ready()
	return unix.Exec(program, []string{nginx, "-c", conf, "-p", dir}, os.Environ())
}
