package websocket_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locks"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

// The suites of this file check the facts that Tornado's own websocket_test.py checks, test by
// test, under the names that they have there.

// closeFacts are the code and the reason of a close frame.
type closeFacts struct {
	code   int
	reason string
}

// tornadoHandler tells the test when its WebSocket has closed.
type tornadoHandler struct {
	websocket.WebSocketHandler
	closed      chan closeFacts
	compression *websocket.CompressionOptions
}

func (h *tornadoHandler) OnClose() {
	if h.closed != nil {
		h.closed <- closeFacts{h.CloseCode(), h.CloseReason()}
	}
}

func (h *tornadoHandler) GetCompressionOptions() *websocket.CompressionOptions { return h.compression }

type echoHandler struct{ tornadoHandler }

func (h *echoHandler) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

type errorInOnMessage struct{ tornadoHandler }

func (h *errorInOnMessage) OnMessage(websocket.Message) error { panic("division by zero") }

// headerHandler checks that the methods for HTTP responses do not work.
type headerHandler struct{ tornadoHandler }

func (h *headerHandler) Open(args ...string) error {
	_, flushed := h.Flush().Await()
	for name, err := range map[string]error{
		"WriteString": h.WriteString("This should not work"), "Redirect": h.Redirect("http://localhost/elsewhere"),
		"Finish": h.Finish(), "Flush": flushed,
	} {
		if err == nil {
			return fmt.Errorf("%s did not fail", name)
		}
	}
	return h.WriteMessage(websocket.Text(h.Request().Headers.Get("X-Test")))
}

// headerEcho returns the headers of its request whose names begin with X-Test.
type headerEcho struct{ tornadoHandler }

func (h *headerEcho) SetDefaultHeaders() {
	h.SetHeader("X-Extra-Response-Header", "Extra-Response-Value")
}

func (h *headerEcho) Prepare() error {
	for name, value := range h.Request().Headers.All() {
		if strings.HasPrefix(name, "X-Test") {
			h.SetHeader(name, value)
		}
	}
	return nil
}

type nonWebSocket struct{ web.RequestHandler }

func (h *nonWebSocket) Get(args ...string) error { return h.WriteString("ok") }

type closeReason struct{ tornadoHandler }

func (h *closeReason) Open(args ...string) error { return h.Close(1001, "goodbye") }

type asyncPrepare struct{ echoHandler }

func (h *asyncPrepare) Prepare() error { return ioloop.Moment(h.Loop()) }

type pathArgs struct{ tornadoHandler }

func (h *pathArgs) Open(args ...string) error { return h.WriteMessage(websocket.Text(args[0])) }

// coroutineOnMessage waits in OnMessage, and notices if another message comes meanwhile.
type coroutineOnMessage struct {
	tornadoHandler
	sleeping int
}

func (h *coroutineOnMessage) OnMessage(m websocket.Message) error {
	if h.sleeping > 0 {
		h.WriteMessage(websocket.Text("another coroutine is already sleeping"))
	}
	h.sleeping++
	ioloop.Sleep(h.Loop(), 10*time.Millisecond).Await()
	h.sleeping--
	return h.WriteMessage(m)
}

type renderMessage struct{ tornadoHandler }

func (h *renderMessage) OnMessage(m websocket.Message) error {
	page, err := h.RenderString("message.html", web.Namespace{"message": m.String()})
	return errors.Join(err, h.WriteMessage(websocket.Text(string(page))))
}

type subprotocolHandler struct {
	tornadoHandler
	calls int
}

func (h *subprotocolHandler) SelectSubprotocol(offered []string) string {
	h.calls++
	for _, name := range offered {
		if name == "goodproto" {
			return name
		}
	}
	return ""
}

func (h *subprotocolHandler) Open(args ...string) error {
	return h.WriteMessage(websocket.Text(fmt.Sprintf("subprotocol=%q after %d call", h.SelectedSubprotocol(), h.calls)))
}

// openCoroutine waits in Open until the test has sent a message.
type openCoroutine struct {
	tornadoHandler
	test *WebSocketTest
	open bool
}

func (h *openCoroutine) Open(args ...string) error {
	_, err := h.test.messageSent.Wait().Await()
	ioloop.Moment(h.Loop())
	h.open = true
	return err
}

func (h *openCoroutine) OnMessage(websocket.Message) error {
	if !h.open {
		return errors.New("OnMessage ran before Open had finished")
	}
	return h.WriteMessage(websocket.Text("ok"))
}

type errorInOpen struct{ tornadoHandler }

func (h *errorInOpen) Open(args ...string) error { return errors.New("boom") }

type errorInAsyncOpen struct{ tornadoHandler }

func (h *errorInAsyncOpen) Open(args ...string) error {
	ioloop.Moment(h.Loop())
	return errors.New("boom")
}

type noDelay struct{ tornadoHandler }

func (h *noDelay) Open(args ...string) error {
	h.SetNodelay(true)
	return h.WriteMessage(websocket.Text("hello"))
}

type WebSocketTest struct {
	webtest.AsyncHTTPTestCase
	closed      chan closeFacts
	messageSent *locks.Event
}

func TestTornadoWebSocketTest(t *testing.T) {
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	suite.Run(t, new(WebSocketTest))
}

func (s *WebSocketTest) GetApp() *web.Application {
	s.closed = make(chan closeFacts, 10)
	s.messageSent = locks.NewEvent(s.Loop())
	h := tornadoHandler{closed: s.closed}
	return web.NewApplication([]web.URLSpec{
		web.URL("/echo", echoHandler{h}),
		web.URL("/non_ws", nonWebSocket{}),
		web.URL("/redirect", web.RedirectHandler{URL: "/echo"}),
		web.URL("/header", headerHandler{h}),
		web.URL("/header_echo", headerEcho{h}),
		web.URL("/close_reason", closeReason{h}),
		web.URL("/error_in_on_message", errorInOnMessage{h}),
		web.URL("/async_prepare", asyncPrepare{echoHandler{h}}),
		web.URL("/path_args/(.*)", pathArgs{h}),
		web.URL("/coroutine", coroutineOnMessage{tornadoHandler: h}),
		web.URL("/render", renderMessage{h}),
		web.URL("/subprotocol", subprotocolHandler{tornadoHandler: h}),
		web.URL("/open_coroutine", openCoroutine{tornadoHandler: h, test: s}),
		web.URL("/error_in_open", errorInOpen{}),
		web.URL("/error_in_async_open", errorInAsyncOpen{}),
		web.URL("/nodelay", noDelay{}),
	}, web.Settings{TemplateLoader: template.NewDictLoader(map[string]string{"message.html": "<b>{{ message }}</b>"}, template.Options{})})
}

func (s *WebSocketTest) upgrade(header http.Header) int {
	header.Set("Connection", "Upgrade")
	header.Set("Upgrade", "WebSocket")
	return s.Fetch("/echo", webtest.FetchOptions{Header: header}).StatusCode
}

func (s *WebSocketTest) TestHTTPRequest() { s.Equal(400, s.Fetch("/echo").StatusCode) }

func (s *WebSocketTest) TestMissingWebSocketKey() {
	s.Equal(400, s.upgrade(http.Header{"Sec-Websocket-Version": {"13"}}))
}

func (s *WebSocketTest) TestBadWebSocketVersion() {
	s.Equal(426, s.upgrade(http.Header{"Sec-Websocket-Version": {"12"}}))
}

func (s *WebSocketTest) TestWebSocketGen() {
	ws := s.ConnectWebSocket("/echo")
	ws.WriteText("hello")
	s.Equal("hello", ws.ReadText())
}

func (s *WebSocketTest) TestWebSocketCallbacks() {
	s.Loop().AddCallback(func() {
		websocket.Connect(s.Loop(), s.WebSocketURL("/echo"), websocket.ConnectOptions{}).
			AddDoneCallback(func(f *ioloop.Future[*websocket.ClientConnection]) { c, _ := f.Result(); s.Stop(c) })
	})
	ws := s.Wait().(*websocket.ClientConnection)
	s.Loop().AddCallback(func() {
		ws.WriteMessage(websocket.Text("hello"))
		ws.ReadMessage().AddDoneCallback(func(f *ioloop.Future[websocket.Message]) { m, _ := f.Result(); s.Stop(m.String()) })
	})
	s.Equal("hello", s.Wait())
	s.OnLoop(func() error { return ws.Close(0, "") })
	<-s.closed
}

func (s *WebSocketTest) TestBinaryMessage() {
	ws := s.ConnectWebSocket("/echo")
	ws.WriteMessage(websocket.Binary([]byte("hello \xe9")))
	m := ws.ReadMessage()
	s.Equal([]byte("hello \xe9"), m.Data)
	s.True(m.Binary)
}

func (s *WebSocketTest) TestUnicodeMessage() {
	ws := s.ConnectWebSocket("/echo")
	ws.WriteText("hello é")
	s.Equal("hello é", ws.ReadText())
}

func (s *WebSocketTest) TestErrorInClosedClientWriteMessage() {
	ws := s.ConnectWebSocket("/echo")
	ws.Close(0, "")
	s.writeFails(ws)
}

func (s *WebSocketTest) writeFails(ws *webtest.WebSocketClient) {
	var closed *websocket.WebSocketClosedError
	s.OnLoop(func() error {
		s.ErrorAs(ws.Conn.WriteMessage(websocket.Text("hello")), &closed)
		return nil
	})
}

func (s *WebSocketTest) TestRenderMessage() {
	ws := s.ConnectWebSocket("/render")
	ws.WriteText("hello")
	s.Equal("<b>hello</b>", ws.ReadText())
}

func (s *WebSocketTest) TestErrorInOnMessage() {
	ws := s.ConnectWebSocket("/error_in_on_message")
	s.ExpectLog(log.AppName, "^Uncaught exception", func() {
		ws.WriteText("hello")
		ws.ReadClose()
	})
}

// refusal returns the status of the response to a handshake that fails.
func (s *WebSocketTest) refusal(path string, o ...websocket.ConnectOptions) int {
	_, err := s.TryWebSocket(path, o...)
	var refused *websocket.HandshakeError
	s.Require().ErrorAs(err, &refused)
	return refused.StatusCode
}

func (s *WebSocketTest) TestWebSocketHTTPFail()     { s.Equal(404, s.refusal("/notfound")) }
func (s *WebSocketTest) TestWebSocketHTTPSuccess()  { s.Equal(200, s.refusal("/non_ws")) }
func (s *WebSocketTest) TestWebSocketHTTPRedirect() { s.Equal(301, s.refusal("/redirect")) }

func (s *WebSocketTest) TestWebSocketNetworkFail() {
	listener, port, err := webtest.BindUnusedPort()
	s.Require().NoError(err)
	listener.Close()
	_, err = webtest.Await(s, func() (*websocket.ClientConnection, error) {
		return websocket.Connect(s.Loop(), fmt.Sprintf("ws://127.0.0.1:%d/", port), websocket.ConnectOptions{ConnectTimeout: time.Hour}).Await()
	})
	s.Error(err)
}

func (s *WebSocketTest) TestWebSocketCloseBufferedData() {
	ws := s.ConnectWebSocket("/echo")
	s.OnLoop(func() error {
		err := errors.Join(ws.Conn.WriteMessage(websocket.Text("hello")), ws.Conn.WriteMessage(websocket.Text("world")))
		ws.Conn.Stream().Close()
		return err
	})
	<-s.closed
}

func withHeader(name, value string) websocket.ConnectOptions {
	var headers httputil.HTTPHeaders
	headers.Set(name, value)
	return websocket.ConnectOptions{Headers: headers}
}

func (s *WebSocketTest) TestWebSocketHeaders() {
	s.Equal("hello", s.ConnectWebSocket("/header", withHeader("X-Test", "hello")).ReadText())
}

func (s *WebSocketTest) TestWebSocketHeaderEcho() {
	headers := s.ConnectWebSocket("/header_echo", withHeader("X-Test-Hello", "hello")).Conn.Headers()
	s.Equal("hello", headers.Get("X-Test-Hello"))
	s.Equal("Extra-Response-Value", headers.Get("X-Extra-Response-Header"))
}

func (s *WebSocketTest) TestServerCloseReason() {
	code, reason := s.ConnectWebSocket("/close_reason").ReadClose()
	s.Equal(closeFacts{1001, "goodbye"}, closeFacts{code, reason})
	s.Equal(1001, (<-s.closed).code, "the client repeats the code")
}

func (s *WebSocketTest) TestClientCloseReason() {
	s.ConnectWebSocket("/echo").Close(1001, "goodbye")
	s.Equal(closeFacts{1001, "goodbye"}, <-s.closed)
}

func (s *WebSocketTest) TestWriteAfterClose() {
	ws := s.ConnectWebSocket("/close_reason")
	ws.ReadClose()
	s.writeFails(ws)
}

func (s *WebSocketTest) TestAsyncPrepare() {
	ws := s.ConnectWebSocket("/async_prepare")
	ws.WriteText("hello")
	s.Equal("hello", ws.ReadText())
}

func (s *WebSocketTest) TestPathArgs() {
	s.Equal("hello", s.ConnectWebSocket("/path_args/hello").ReadText())
}

func (s *WebSocketTest) TestCoroutine() {
	ws := s.ConnectWebSocket("/coroutine")
	ws.WriteText("hello1")
	ws.WriteText("hello2")
	s.Equal("hello1", ws.ReadText())
	s.Equal("hello2", ws.ReadText())
}

func (s *WebSocketTest) TestCheckOrigin() {
	for _, origin := range []string{"", "/something"} { // valid_no_path, valid_with_path
		ws := s.ConnectWebSocket("/echo", withHeader("Origin", "http://"+s.Addr()+origin))
		ws.WriteText("hello")
		s.Equal("hello", ws.ReadText(), origin)
	}
	for _, origin := range []string{s.Addr(), "http://somewhereelse.com", "http://subtenant.127.0.0.1"} { // invalid_partial_url, invalid, invalid_subdomains
		s.HideLog(log.GenName, "", func() {
			s.Equal(403, s.refusal("/echo", withHeader("Origin", origin)), origin)
		})
	}
}

func (s *WebSocketTest) TestSubprotocols() {
	ws := s.ConnectWebSocket("/subprotocol", websocket.ConnectOptions{Subprotocols: []string{"badproto", "goodproto"}})
	s.Equal("goodproto", ws.Conn.SelectedSubprotocol())
	s.Equal(`subprotocol="goodproto" after 1 call`, ws.ReadText())
}

func (s *WebSocketTest) TestSubprotocolsNotOffered() {
	ws := s.ConnectWebSocket("/subprotocol")
	s.Equal("", ws.Conn.SelectedSubprotocol())
	s.Contains(ws.ReadText(), `subprotocol=""`)
}

func (s *WebSocketTest) TestOpenCoroutine() {
	ws := s.ConnectWebSocket("/open_coroutine")
	ws.WriteText("hello")
	s.OnLoop(func() error { s.messageSent.Set(); return nil })
	s.Equal("ok", ws.ReadText())
}

func (s *WebSocketTest) TestErrorInOpen() {
	for _, path := range []string{"/error_in_open", "/error_in_async_open"} {
		s.ExpectLog(log.AppName, "^Uncaught exception", func() { s.ConnectWebSocket(path).ReadClose() })
	}
}

func (s *WebSocketTest) TestNodelay() { s.Equal("hello", s.ConnectWebSocket("/nodelay").ReadText()) }

// A limitedHandler accepts messages of up to 1 KiB.
type limitedHandler struct{ tornadoHandler }

func (h *limitedHandler) MaxMessageSize() int { return 1024 }

func (h *limitedHandler) OnMessage(m websocket.Message) error {
	return h.WriteMessage(websocket.Text(fmt.Sprint(len(m.Data))))
}

// startCountingRelay forwards connections to a server and counts the bytes in both directions.
func startCountingRelay(t *testing.T, server string) (out, in *atomic.Int64, address string) {
	listener, _, err := webtest.BindUnusedPort()
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	out, in = new(atomic.Int64), new(atomic.Int64)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			upstream, err := net.Dial("tcp", server)
			if err != nil {
				client.Close()
				return
			}
			forward := func(dst, src net.Conn, n *atomic.Int64) {
				defer dst.Close()
				io.Copy(dst, io.TeeReader(src, byteCounter{n}))
			}
			go forward(upstream, client, out)
			go forward(client, upstream, in)
		}
	}()
	return out, in, listener.Addr().String()
}

// A byteCounter counts the bytes that are written to it.
type byteCounter struct{ n *atomic.Int64 }

func (c byteCounter) Write(p []byte) (int, error) {
	c.n.Add(int64(len(p)))
	return len(p), nil
}

func TestTornadoCompressionTest(t *testing.T) { // message_sizes, size_limit
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	const message = "Hello world. Testing 123 123"
	on := &websocket.CompressionOptions{}
	for _, tt := range []struct {
		name           string
		server, client *websocket.CompressionOptions
		compressed     bool
	}{
		{"NoCompressionTest", nil, nil, false},
		{"ServerOnlyCompressionTest", on, nil, false},
		{"ClientOnlyCompressionTest", nil, on, false},
		{"DefaultCompressionTest", on, on, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
				h := tornadoHandler{compression: tt.server}
				return web.NewApplication([]web.URLSpec{web.URL("/echo", echoHandler{h}), web.URL("/limited", limitedHandler{h})}, web.Settings{})
			})
			out, in, address := startCountingRelay(t, server.Addr())
			ws, err := webtest.Await(server, func() (*websocket.ClientConnection, error) {
				return websocket.Connect(server.Loop(), "ws://"+address+"/echo", websocket.ConnectOptions{Compression: tt.client}).Await()
			})
			require.NoError(t, err)
			headOut, headIn := out.Load(), in.Load()
			for range 3 {
				got, err := webtest.Await(server, func() (websocket.Message, error) {
					err := ws.WriteMessage(websocket.Text(message))
					m, e := ws.ReadMessage().Await()
					return m, errors.Join(err, e)
				})
				require.NoError(t, err)
				require.Equal(t, message, got.String())
			}
			sent, received := out.Load()-headOut, in.Load()-headIn
			require.EqualValues(t, sent, received+3*4, "a client masks its messages")
			require.Equal(t, !tt.compressed, sent == int64(3*(len(message)+6)), "%d bytes were sent", sent)
			require.LessOrEqual(t, sent, int64(3*(len(message)+6)))
			limited := server.ConnectWebSocket("/limited", websocket.ConnectOptions{Compression: tt.client})
			limited.WriteText(strings.Repeat("a", 128))
			if got := limited.ReadText(); got != "128" {
				t.Errorf("got %q", got)
			}
			limited.WriteText(strings.Repeat("a", 2048))
			limited.ReadClose()
		})
	}
}

type gotPong struct{ websocket.WebSocketHandler }

func (h *gotPong) OnPong([]byte) { h.WriteMessage(websocket.Text("got pong")) }
func (h *gotPong) OnPing([]byte) { h.WriteMessage(websocket.Text("got ping")) }

func TestTornadoPeriodicPings(t *testing.T) { // server_ping, client_ping
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	for _, tt := range []struct {
		settings web.Settings
		client   websocket.ConnectOptions
		want     string
	}{
		{web.Settings{WebSocketPingInterval: 10 * time.Millisecond, WebSocketPingTimeout: 1000 * time.Hour}, websocket.ConnectOptions{}, "got pong"},
		{web.Settings{}, websocket.ConnectOptions{PingInterval: 10 * time.Millisecond, PingTimeout: 1000 * time.Hour}, "got ping"},
	} {
		clock := webtest.NewFakeClock()
		loop, err := ioloop.New(ioloop.Options{Debug: true, Clock: clock})
		require.NoError(t, err)
		server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
			return web.NewApplication([]web.URLSpec{web.URL("/", gotPong{})}, tt.settings)
		}, httpserver.Options{Loop: loop})
		ws := server.ConnectWebSocket("/", tt.client)
		stop := make(chan struct{})
		go func() { // several advances, because the server may not have planned its ping at the first one
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					clock.Advance(time.Second)
				}
			}
		}()
		t.Cleanup(func() { close(stop) })
		for range 3 {
			require.Equal(t, tt.want, ws.ReadText())
		}
	}
}
