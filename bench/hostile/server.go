package hostile

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

// Limits of the server under attack.
const (
	maxBody    = 1 << 20
	maxMessage = 1 << 20
	large      = 1 << 20 // bytes of a large response
)

// Serve runs the server that is attacked: an application on port, the same over TLS on
// port+1, and a bare delegate of package httpserver on port+2. It calls ready when all
// three listen. dir is an empty directory for the static files.
func Serve(port int, dir string, ready func()) error {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := os.WriteFile(filepath.Join(dir, "large.bin"), make([]byte, large), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "small.txt"), bytes.Repeat([]byte("x"), 1000), 0o644); err != nil {
		return err
	}
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	options := httpserver.Options{Loop: loop, MaxBodySize: maxBody, DecompressRequest: true}
	var plain *httpserver.HTTPServer
	app := newApp(dir, func() int { return plain.Connections() })
	plain = httpserver.New(app, options)
	if _, err := plain.Listen(port, "127.0.0.1"); err != nil {
		return err
	}
	options.Stream = iostream.Options{TLS: &tls.Config{Certificates: webtest.TestCertificate().Certificates}}
	if _, err := httpserver.New(app, options).Listen(port+1, "127.0.0.1"); err != nil {
		return err
	}
	options.Stream = iostream.Options{}
	if _, err := httpserver.New(bareDelegate{}, options).Listen(port+2, "127.0.0.1"); err != nil {
		return err
	}
	ready()
	return loop.Start()
}

func newApp(dir string, connections func() int) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/canary`, canary{}),
		web.URL(`/connections`, counter{count: connections}),
		web.URL(`/large`, largeResponse{}),
		web.URL(`/parts`, responseInParts{}),
		web.URL(`/work`, busyHandler{}),
		web.URL(`/form`, formHandler{}),
		web.URL(`/upload`, slowUpload{}),
		web.URL(`/fallback`, web.FallbackHandler{Handler: http.HandlerFunc(fallback)}),
		web.URL(`/json`, jsonHandler{}),
		web.URL(`/words/((?:[a-z]+-?)+)\.html`, canary{}),
		web.URL(`/ws`, echoVictim{}),
		web.URL(`/wsz`, compressedVictim{}),
		web.URL(`/file/(.*)`, web.StaticFileHandler{Path: dir}),
	}, web.Settings{
		CompressResponse:        true,
		WebSocketMaxMessageSize: maxMessage,
		CookieSecret:            "a secret of the test",
	})
}

type canary struct{ web.RequestHandler }

func (h *canary) Get(args ...string) error { return h.WriteString("alive") }

type counter struct {
	web.RequestHandler
	count func() int
}

func (h *counter) Get(args ...string) error { return h.WriteString(fmt.Sprint(h.count())) }

var megabyte = bytes.Repeat([]byte("0123456789abcdef"), large/16)

type largeResponse struct{ web.RequestHandler }

func (h *largeResponse) Get(args ...string) error {
	h.SetHeader("Content-Type", "application/octet-stream")
	_, err := h.Write(megabyte)
	return err
}

// A responseInParts never waits for a flush, as a careless handler would.
type responseInParts struct{ web.RequestHandler }

func (h *responseInParts) Get(args ...string) error {
	h.SetHeader("Content-Type", "application/octet-stream")
	for range 16 {
		h.Write(megabyte[:large/16])
		h.Flush()
	}
	return nil
}

// A busyHandler computes for a while, about a tenth of a millisecond.
type busyHandler struct{ web.RequestHandler }

func (h *busyHandler) Get(args ...string) error {
	sum := 0
	for range 20 {
		sum += bytes.Count(megabyte[:1<<15], []byte("f0"))
	}
	return h.WriteString(fmt.Sprint(sum))
}

type formHandler struct{ web.RequestHandler }

func (h *formHandler) Post(args ...string) error {
	return h.WriteString(h.GetBodyArgument("a", "none"))
}

// A slowUpload takes each piece of its body in a turn of its own.
type slowUpload struct{ web.RequestHandler }

func (h *slowUpload) StreamRequestBody() bool { return true }

func (h *slowUpload) DataReceived(chunk []byte) error {
	_, err := ioloop.Sleep(h.Loop(), 1e6).Await()
	return err
}

func (h *slowUpload) Post(args ...string) error { return h.WriteString("done") }

func fallback(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Write(megabyte)
}

type jsonHandler struct{ web.RequestHandler }

func (h *jsonHandler) Post(args ...string) error {
	var v any
	if err := h.ReadJSON(&v); err != nil {
		return err
	}
	return h.WriteString("read")
}

type echoVictim struct{ websocket.WebSocketHandler }

func (h *echoVictim) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

type compressedVictim struct{ echoVictim }

func (h *compressedVictim) GetCompressionOptions() *websocket.CompressionOptions {
	return &websocket.CompressionOptions{}
}

// A bareDelegate answers each request with a large body, without package web.
type bareDelegate struct{}

func (bareDelegate) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &bareMessage{conn: conn}
}

type bareMessage struct{ conn httputil.HTTPConnection }

func (m *bareMessage) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyWhole, nil
}

func (m *bareMessage) DataReceived([]byte) error { return nil }

func (m *bareMessage) OnConnectionClose() {}

func (m *bareMessage) Finish() {
	headers := httputil.NewHTTPHeaders([]httputil.Field{{Name: "Content-Length", Value: fmt.Sprint(large)}})
	m.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, megabyte)
	m.conn.Finish()
}

// canaryRequest is the request of the other client.
var canaryRequest = []byte("GET /canary HTTP/1.1\r\nHost: a\r\n\r\n")

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

func many(text string, n int) string { return strings.Repeat(text, n) }
