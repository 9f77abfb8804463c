package servers

import (
	"strconv"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// helloDelegate serves on package httpserver alone, without routes, handler objects or Etags,
// like the servers of fasthttp and gnet.
type helloDelegate struct {
	loop   *ioloop.IOLoop
	second int64
	date   string // for the current second
	idle   []*helloMessage
}

// A helloMessage is reused after its response is finished, when nothing refers to it any more.
type helloMessage struct {
	server  *helloDelegate
	conn    httputil.HTTPConnection
	headers httputil.HTTPHeaders
	body    []byte
}

func (d *helloDelegate) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	var m *helloMessage
	if n := len(d.idle) - 1; n >= 0 {
		m, d.idle = d.idle[n], d.idle[:n]
	} else {
		m = &helloMessage{server: d, body: []byte(body), headers: httputil.NewHTTPHeaders([]httputil.Field{
			{Name: "Server", Value: "httpserver"}, {Name: "Date"}, {Name: "Content-Type", Value: contentType},
			{Name: "Content-Length", Value: strconv.Itoa(len(body))},
		})}
	}
	m.conn = conn
	return m
}

func (m *helloMessage) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyWhole, nil
}

func (m *helloMessage) DataReceived([]byte) error { return nil }

func (m *helloMessage) OnConnectionClose() {}

func (m *helloMessage) Finish() {
	m.headers.Set("Date", m.server.now())
	m.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &m.headers, m.body)
	m.conn.Finish()
	m.server.idle = append(m.server.idle, m)
}

func (d *helloDelegate) now() string {
	if second := d.loop.Time().Unix(); second != d.second {
		d.second, d.date = second, httputil.FormatTimestamp(time.Unix(second, 0))
	}
	return d.date
}

func serveHTTPServer(port int, ready func()) error {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	server := httpserver.New(&helloDelegate{loop: loop}, httpserver.Options{Loop: loop})
	if _, err := server.Listen(port, "127.0.0.1"); err != nil {
		return err
	}
	ready()
	return loop.Start()
}
