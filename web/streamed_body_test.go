package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// An uploader is a handler that streams the body and records the calls of its hooks.
type uploader struct {
	RequestHandler
	notes   chan string
	prepare func(h *uploader) error
	data    func(h *uploader, chunk []byte) error
	got     strings.Builder
}

func (h *uploader) StreamRequestBody() bool { return true }

func (h *uploader) Prepare() error {
	h.notes <- "prepare"
	if h.prepare != nil {
		return h.prepare(h)
	}
	return nil
}

func (h *uploader) DataReceived(chunk []byte) error {
	h.got.Write(chunk)
	h.notes <- "data " + string(chunk[:min(len(chunk), 9)])
	if h.data != nil {
		return h.data(h, chunk)
	}
	return nil
}

func (h *uploader) Post(args ...string) error {
	h.notes <- "post"
	return h.WriteString(fmt.Sprintf("%d bytes, %d in Body", h.got.Len(), len(h.Request().Body)))
}

func (h *uploader) OnFinish()          { h.notes <- "finish" }
func (h *uploader) OnConnectionClose() { h.notes <- "closed" }

// An uploading is a client that sends a request in parts.
type uploading struct {
	t     *testing.T
	conn  net.Conn
	notes chan string
}

// startUpload serves h and sends the head of a request with additional header lines.
func startUpload(t *testing.T, h uploader, headers string) uploading {
	h.notes = make(chan string, 100)
	u := startUploadTo(t, NewApplication([]URLSpec{URL("/", h)}, Settings{}), headers)
	u.notes = h.notes
	return u
}

func startUploadTo(t *testing.T, app *Application, headers string) uploading {
	conn, err := net.Dial("tcp", listen(t, app))
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(looptest.Patience))
	u := uploading{t: t, conn: conn}
	u.send("POST / HTTP/1.1\r\nHost: x\r\n" + strings.ReplaceAll(headers, "\n", "\r\n") + "\r\n\r\n")
	return u
}

func (u uploading) send(text string) {
	u.t.Helper()
	_, err := io.WriteString(u.conn, text)
	require.NoError(u.t, err)
}

func (u uploading) expect(notes ...string) {
	u.t.Helper()
	for _, want := range notes {
		select {
		case got := <-u.notes:
			require.Equal(u.t, want, got)
		case <-time.After(looptest.Patience):
			u.t.Fatalf("no %q", want)
		}
	}
}

// response returns the status line and body of a response after which the connection stays
// open.
func (u uploading) response() string {
	u.t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(u.conn), nil)
	require.NoError(u.t, err)
	body, err := io.ReadAll(res.Body)
	require.NoError(u.t, err)
	return res.Status + " " + string(body)
}

// closed waits until the server has closed the connection.
func (u uploading) closed() {
	u.t.Helper()
	_, err := u.conn.Read(make([]byte, 1))
	require.Error(u.t, err)
	require.NotErrorIs(u.t, err, os.ErrDeadlineExceeded)
}

func TestAStreamedBodyComesInPieces(t *testing.T) { // web-150, web-152
	keepLog(t)
	u := startUpload(t, uploader{}, "Content-Length: 8\nContent-Type: application/x-www-form-urlencoded")
	u.expect("prepare")
	u.send("a=12")
	u.expect("data a=12")
	u.send("&b=3")
	u.expect("data &b=3", "post", "finish")
	require.Equal(t, "200 OK 8 bytes, 0 in Body", u.response())
}

func TestAStreamedBodyInChunks(t *testing.T) { // web-150
	keepLog(t)
	u := startUpload(t, uploader{}, "Transfer-Encoding: chunked")
	u.send("4\r\nab")
	u.expect("prepare", "data ab")
	u.send("cd\r\n0\r\n\r\n")
	u.expect("data cd", "post", "finish")
	require.Equal(t, "200 OK 4 bytes, 0 in Body", u.response())
}

func TestAStreamedBodyThatIsEmpty(t *testing.T) { // web-152
	keepLog(t)
	for _, headers := range []string{"Content-Length: 0", "X: y"} {
		u := startUpload(t, uploader{}, headers)
		u.expect("prepare", "post", "finish")
		require.Equal(t, "200 OK 0 bytes, 0 in Body", u.response())
	}
}

func TestTheBodyWaitsForPrepare(t *testing.T) { // web-150
	keepLog(t)
	gates := make(chan gate, 1)
	u := startUpload(t, uploader{prepare: func(h *uploader) error {
		g := newGate(h.Loop())
		gates <- g
		_, err := g.Await()
		h.notes <- "prepared"
		return err
	}}, "Expect: 100-continue\nContent-Length: 4")
	u.expect("prepare")
	g := <-gates
	u.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	_, err := u.conn.Read(make([]byte, 1))
	require.ErrorContains(t, err, "timeout", "100 Continue was sent before Prepare had ended")
	u.conn.SetReadDeadline(time.Now().Add(looptest.Patience))
	u.send("abcd")
	g.open(u)
	u.expect("prepared", "data abcd", "post", "finish")
	first := make([]byte, 12)
	_, err = io.ReadFull(u.conn, first)
	require.NoError(t, err)
	require.Equal(t, "HTTP/1.1 100", string(first))
}

// A gate makes a handler wait until the test opens it.
type gate struct {
	*ioloop.Future[int]
	loop *ioloop.IOLoop
}

func newGate(l *ioloop.IOLoop) gate { return gate{ioloop.NewFuture[int](l), l} }

// open opens the gate. No event may have happened before.
func (g gate) open(u uploading) {
	select {
	case got := <-u.notes:
		u.t.Fatalf("%s before the gate was opened", got)
	default:
	}
	g.loop.AddCallback(func() { g.SetResult(0) })
}

func TestDataReceivedPausesThePeer(t *testing.T) { // web-151
	keepLog(t)
	gates := make(chan gate, 9)
	u := startUpload(t, uploader{data: func(h *uploader, chunk []byte) error {
		g := newGate(h.Loop())
		gates <- g
		_, err := g.Await()
		return err
	}}, "Transfer-Encoding: chunked")
	u.send("1\r\na\r\n")
	u.expect("prepare", "data a")
	u.send("1\r\nb\r\n0\r\n\r\n")
	(<-gates).open(u)
	u.expect("data b")
	(<-gates).open(u)
	u.expect("post", "finish")
}

func TestAResponseBeforeTheBodyHasArrived(t *testing.T) { // web-153, http-65
	const page = "<html><title>%[1]s</title><body>%[1]s</body></html>"
	forbidden := fmt.Sprintf("403 Forbidden "+page, "403: Forbidden")
	failed := fmt.Sprintf("500 Internal Server Error "+page, "500: Internal Server Error")
	oops := errors.New("oops")
	finish := func(h *uploader) error { return h.Finish("no, thanks") }
	for _, tt := range []struct {
		name, want, notes string
		h                 uploader
	}{
		{"finish in Prepare", "200 OK no, thanks", "prepare|finish|closed", uploader{prepare: finish}},
		{"error in Prepare", forbidden, "prepare|finish|closed", uploader{prepare: func(*uploader) error { return NewHTTPError(403) }}},
		{"finish in DataReceived", "200 OK no, thanks", "prepare|data some|finish|closed", uploader{data: func(h *uploader, _ []byte) error { return finish(h) }}},
		{"error in DataReceived", failed, "prepare|data some|finish|closed", uploader{data: func(*uploader, []byte) error { return oops }}},
		{"panic in DataReceived", failed, "prepare|data some|finish|closed", uploader{data: func(*uploader, []byte) error { panic("x") }}},
		{"misuse in DataReceived", failed, "prepare|data some|finish|closed", uploader{data: func(h *uploader, _ []byte) error { h.SetHeader("\n", ""); return nil }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keepLog(t)
			u := startUpload(t, tt.h, "Content-Length: 100")
			u.send("some")
			u.expect(strings.Split(tt.notes, "|")...)
			require.Equal(t, tt.want, u.response())
			u.closed()
		})
	}
}

func TestAnUploadThatIsCutOff(t *testing.T) { // web-12, web-155
	book := keepLog(t)
	u := startUpload(t, uploader{}, "Content-Length: 100")
	u.send("some")
	u.expect("prepare", "data some")
	u.conn.Close()
	u.expect("closed")
	require.Empty(t, u.notes)
	book.eventually(t, 0)
}

// An exchange is reused while the OnConnectionClose of its previous request still waits.
func TestAWaitingOnConnectionCloseLeavesOtherUploadsAlone(t *testing.T) {
	keepLog(t)
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		var waiting *probe
		gate := ioloop.NewFuture[int](loop)
		app := NewApplication([]URLSpec{
			URL("/wait", probe{
				do:             func(h *probe) error { waiting = h; h.Asynchronous(); return nil },
				onConnectClose: func(*probe) { gate.Await() },
			}),
			URL("/upload", uploader{notes: make(chan string, 100)}),
		}, Settings{})
		only := new(exchange)
		app.exchanges.New = func() any { return only }

		left := request(t, app, &fakeConn{loop: loop}, "GET /wait")
		left.Finish()
		loop.SpawnFunc(left.OnConnectionClose)
		require.NoError(t, waiting.Finish())

		conn := &fakeConn{loop: loop}
		upload := request(t, app, conn, "POST /upload")
		require.Same(t, left, upload)
		upload.(httputil.HTTPMessagePreparer).Prepare()
		gate.SetResult(0)
		require.NoError(t, ioloop.Moment(loop))
		upload.DataReceived([]byte("abc"))
		upload.Finish()
		for range 3 {
			require.NoError(t, ioloop.Moment(loop))
		}
		require.Equal(t, "200 OK / 3 bytes, 0 in Body", conn.String())
	})
}

func TestTheLimitOfAStreamedBody(t *testing.T) { // web-154
	raise := func(n int64) func(h *uploader) error {
		return func(h *uploader) error { h.SetMaxBodySize(n); return nil }
	}
	const refused = "HTTP/1.1 400 Bad Request\r\n\r\n"
	for _, tt := range []struct{ name, headers, body, notes, want string }{
		{"announced", "Content-Length: 9", "", "prepare|closed", refused},
		{"chunked", "Transfer-Encoding: chunked", "9\r\n", "prepare|closed", refused},
		{"chunked, late", "Transfer-Encoding: chunked", "4\r\nsome\r\n5\r\n", "prepare|data some|closed", refused},
		{"within", "Content-Length: 4\nConnection: close", "some", "prepare|data some|post|finish", "HTTP/1.1 200 OK\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keepLog(t)
			u := startUpload(t, uploader{prepare: raise(8)}, tt.headers)
			u.expect("prepare")
			u.send(tt.body)
			u.expect(strings.Split(tt.notes, "|")[1:]...)
			raw, err := io.ReadAll(u.conn)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(raw[:len(tt.want)]))
			require.Empty(t, u.notes)
		})
	}
}

func TestPrepareMayRaiseTheLimit(t *testing.T) {
	keepLog(t)
	u := startUpload(t, uploader{prepare: func(h *uploader) error { h.SetMaxBodySize(200 << 20); return nil }}, fmt.Sprintf("Content-Length: %d", 150<<20))
	u.send("some")
	u.expect("prepare", "data some")
}

func TestContext(t *testing.T) {
	keepLog(t)
	var ctx context.Context
	p := probe{do: func(h *probe) error {
		if ctx = h.Context(); ctx != h.Context() || ctx.Err() != nil {
			t.Errorf("context: %v", ctx.Err())
		}
		return nil
	}, onFinish: func(h *probe) {
		if h.Context().Err() == nil {
			t.Error("a context after the response is not cancelled")
		}
	}}
	fetch(t, serving(p), "GET /")
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)

	var cause error
	p.onConnectClose = func(h *probe) { cause = context.Cause(h.Context()) }
	waiting(t, probe{onConnectClose: p.onConnectClose, do: func(h *probe) error { return nil }}, func(conn *fakeConn, d httputil.HTTPMessageDelegate) {
		d.OnConnectionClose()
	})
	require.ErrorIs(t, cause, ErrClientGone)
}

func TestAsyncCallback(t *testing.T) { // web-18
	book := keepLog(t)
	for _, tt := range []struct {
		name string
		fn   func(h *probe) error
		want string
	}{
		{"finish", func(h *probe) error { return h.Finish("late") }, "200 OK / late"},
		{"error", func(h *probe) error { return NewHTTPError(403) }, "403 Forbidden / <html><title>403: Forbidden</title><body>403: Forbidden</body></html>"},
		{"panic", func(h *probe) error { h.GetArgument("a"); return nil }, "400 Bad Request / <html><title>400: Bad Request</title><body>400: Bad Request</body></html>"},
		{"Finish", func(h *probe) error { return Finish{Chunk: "x"} }, "200 OK / x"},
		{"misuse", func(h *probe) error { h.Finish("a"); h.Finish("b"); return nil }, "200 OK / a"},
	} {
		conn := &fakeConn{}
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			conn.loop = loop
			var callback func()
			request(t, getting(func(h *probe) error {
				h.Asynchronous()
				callback = h.AsyncCallback(func() error { return tt.fn(h) })
				return nil
			}), conn, "GET /").Finish()
			callback()
		})
		if got := conn.String(); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	if got := book.without("access"); strings.Count(got, "Uncaught exception") != 1 {
		t.Errorf("log: %s", got)
	}
}

func TestHeadersAfterTheHeadAreLogged(t *testing.T) { // web-37
	book := keepLog(t)
	app := getting(func(h *probe) error {
		h.Flush()
		h.SetHeader("A", "b")
		h.AddHeader("A", "b")
		h.ClearHeader("A")
		h.SetStatus(404)
		return h.WriteJSON(1)
	})
	require.Equal(t, "200 OK / 1", fetch(t, app, "GET /").String())
	require.Equal(t, 4, strings.Count(book.without("access"), "call it before the first Flush"))
}
