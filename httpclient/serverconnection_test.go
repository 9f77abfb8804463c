package httpclient

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A scriptedStream is a stream that offers the bytes of a test to a serverConnection, as an
// iostream.IOStream does, without a socket.
type scriptedStream struct {
	loop     *ioloop.IOLoop
	consumer iostream.Consumer
	unread   []byte
	written  int
	direct   bool // bytes are read into the buffer of Direct when there is one
	paused   bool
	resuming bool // it will offer the unread bytes in the next turn
	closed   bool
	lost     bool // ConnectionLost was called
}

func (s *scriptedStream) SetConsumer(c iostream.Consumer) { s.consumer = c }
func (s *scriptedStream) Pause()                          { s.paused = true }
func (s *scriptedStream) BeginWrite() []byte              { return nil }
func (s *scriptedStream) EndWrite(b []byte)               { s.written += len(b) }
func (s *scriptedStream) SendRef(b []byte)                { s.written += len(b) }
func (s *scriptedStream) Flushed(fn func(error))          { s.loop.CallSoon(func() { fn(nil) }) }
func (s *scriptedStream) Buffered() int                   { return 0 }

func (s *scriptedStream) Resume() {
	s.paused, s.resuming = false, true
	s.loop.CallSoon(func() {
		s.resuming = false
		s.offer()
	})
}

func (s *scriptedStream) Close() {
	s.closed = true
	s.loop.CallSoon(func() { s.lose(nil) })
}

// receive offers more bytes.
func (s *scriptedStream) receive(data []byte) {
	if s.direct && len(s.unread) == 0 && !s.closed && !s.paused {
		if n := copy(s.consumer.Direct(), data); n > 0 {
			s.consumer.DirectFilled(n)
			data = data[n:]
		}
	}
	s.unread = append(s.unread, data...)
	s.offer()
}

func (s *scriptedStream) offer() {
	for !s.closed && !s.paused && len(s.unread) > 0 {
		n := s.consumer.Consume(s.unread)
		if n == 0 {
			return
		}
		s.unread = s.unread[n:]
	}
}

func (s *scriptedStream) lose(err error) {
	if !s.lost {
		s.closed, s.lost = true, true
		s.consumer.ConnectionLost(err)
	}
}

const (
	mostBody = 1000 // MaxBodySize of the tests of this file
	mostHead = 500  // MaxHeaderSize
)

// A scriptedResponse is the input of a serverConnection: bytes, and the sizes of the pieces in
// which they arrive. The other fields choose a request.
type scriptedResponse struct {
	data      string
	cuts      []byte // sizes of pieces, again and again; none means one piece
	head      bool   // the request is HEAD
	upload    bool   // the request is a POST with Expect100Continue
	callbacks bool   // the request has callbacks that wait for a turn of the loop
	direct    bool
	keepOpen  bool // the server does not close the connection after data
	reset     bool // it resets it instead
	early     bool // the connection ends while a callback of the last piece waits
}

// A scriptedOutcome is the result of a scriptedResponse.
type scriptedOutcome struct {
	response *HTTPResponse
	err      error
	body     string // also if it was streamed
	pooled   bool
}

// String returns the code, the body and whether the connection is pooled.
func (o scriptedOutcome) String() string {
	if o.err != nil {
		return "error"
	}
	text := fmt.Sprintf("%d %s", o.response.Code, o.body)
	if o.pooled {
		text += " pooled"
	}
	return text
}

// request returns the request of r, whose callbacks gather the body in o.
func (r *scriptedResponse) request(loop *ioloop.IOLoop, o *scriptedOutcome) *HTTPRequest {
	request := &HTTPRequest{URL: "http://scripted.example/", FollowRedirects: Off, RaiseError: Off, ConnectTimeout: -1, RequestTimeout: -1}
	switch {
	case r.head:
		request.Method = "HEAD"
	case r.upload:
		request.Method, request.Body, request.Expect100Continue = "POST", []byte("body"), On
	}
	if r.callbacks {
		request.HeaderCallback = func(string) error { return ioloop.Moment(loop) }
		request.InterimCallback = func(int, httputil.HTTPHeaders) error { return ioloop.Moment(loop) }
		request.StreamingCallback = func(chunk []byte) error {
			o.body += string(chunk)
			return ioloop.Moment(loop)
		}
	}
	return request
}

// play fetches through a connection over a scriptedStream, and checks everything that must be true
// for any input. It runs on the loop.
func (r *scriptedResponse) play(t *testing.T, loop *ioloop.IOLoop) (o scriptedOutcome) {
	client := NewSimpleAsyncHTTPClient(loop, Options{MaxBodySize: mostBody, MaxHeaderSize: mostHead, IdleTimeout: time.Hour})
	defer client.Close()
	request := r.request(loop, &o)
	plan, err := newFetchPlan(request, &client.options)
	require.NoError(t, err)
	key := poolKeyOf(plan.nextHop(), &plan.settings)
	stream := &scriptedStream{loop: loop, direct: r.direct}
	c := newServerConnection(client, client.pool.addOpen(&key), stream)
	client.pool.putIdle(c)
	future := client.Fetch(request)
	require.Same(t, c.fetch.future, future, "the fetch uses the connection")

	r.deliver(t, loop, c, stream)
	if !future.Done() && r.keepOpen { // it waits for the rest
		require.NotEqual(t, connIdle, c.state)
		future.Cancel()
	}
	awaitTurns(t, loop, func() bool { return future.Done() })
	o.response, o.err = future.Result()
	if o.err == nil {
		o.body += string(o.response.Body)
	}
	o.pooled = c.pooled
	r.check(t, c, stream, &o)
	return o
}

// deliver delivers the data and the end of the connection.
func (r *scriptedResponse) deliver(t *testing.T, loop *ioloop.IOLoop, c *serverConnection, stream *scriptedStream) {
	data := []byte(r.data)
	for i := 0; len(data) > 0 && !stream.closed; i++ {
		n := len(data)
		if len(r.cuts) > 0 {
			n = min(n, 1+int(r.cuts[i%len(r.cuts)]))
		}
		stream.receive(data[:n])
		data = data[n:]
		if r.early && !r.keepOpen && len(data)+len(stream.unread) == 0 {
			break
		}
		awaitTurns(t, loop, func() bool { return stream.closed || !stream.paused && !stream.resuming })
		ioloop.Moment(loop)
		if !stream.closed && len(stream.unread) > mostHead {
			t.Fatalf("%d bytes stay unread", len(stream.unread))
		}
	}
	switch {
	case r.keepOpen:
	case r.reset:
		stream.lose(io.ErrUnexpectedEOF)
	default:
		stream.lose(nil)
	}
	ioloop.Moment(loop)
}

// check checks what must be true after any response.
func (r *scriptedResponse) check(t *testing.T, c *serverConnection, stream *scriptedStream, o *scriptedOutcome) {
	client := c.client
	require.Zero(t, client.queue.active, "slots in use")
	require.LessOrEqual(t, len(o.body), mostBody)
	require.Nil(t, c.fetch)
	if o.err != nil {
		require.False(t, o.pooled, "after %v", o.err)
	}
	if r.head || o.err == nil && (o.response.Code == 204 || o.response.Code == 304) {
		require.Empty(t, o.body)
	}
	if !o.pooled {
		require.Equal(t, connClosed, c.state)
		require.True(t, stream.closed)
		require.Zero(t, client.pool.idle)
		require.Empty(t, client.pool.hosts)
		return
	}
	require.Equal(t, connIdle, c.state)
	require.False(t, stream.closed)
	require.Empty(t, stream.unread, "bytes that belong to no response")
	stream.receive([]byte("H"))
	require.Equal(t, connClosed, c.state, "a byte that belongs to no response closes the connection")
}

// awaitTurns lets the loop run until done reports true.
func awaitTurns(t *testing.T, loop *ioloop.IOLoop, done func() bool) {
	for range 10_000 {
		if done() {
			return
		}
		ioloop.Moment(loop)
	}
	t.Fatal("nothing happens any more")
}

// The outcome does not depend on how the response is cut, nor on who waits.
func TestServerConnection(t *testing.T) { // client-b1, client-b7
	long := strings.Repeat("x", mostBody)
	gz := compressed("gzip", "Hello")
	for _, tt := range []struct {
		response scriptedResponse
		want     string
	}{
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5||Hello", keepOpen: true}, "200 Hello pooled"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5||Hello"}, "200 Hello"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|Hello|0||", keepOpen: true}, "200 Hello pooled"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|Hello|0|X: y||", keepOpen: true}, "200 Hello pooled"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 0||", keepOpen: true}, "200  pooled"},
		{scriptedResponse{data: "HTTP/1.1 204 None||", keepOpen: true}, "204  pooled"},
		{scriptedResponse{data: "HTTP/1.1 304 Same|Content-Length: 5||", keepOpen: true}, "304  pooled"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5||", head: true, keepOpen: true}, "200  pooled"},
		{scriptedResponse{data: "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 2||hi", keepOpen: true}, "200 hi pooled"},
		{scriptedResponse{data: "HTTP/1.1 100 Continue||HTTP/1.1 200 OK|Content-Length: 2||hi", upload: true, keepOpen: true}, "200 hi pooled"},
		{scriptedResponse{data: "HTTP/1.1 417 No|Content-Length: 2||no", upload: true, keepOpen: true}, "417 no"},
		{scriptedResponse{data: withLength("Content-Encoding: gzip|", gz), keepOpen: true}, "200 Hello pooled"},
		{scriptedResponse{data: withLength("", long), keepOpen: true}, "200 " + long + " pooled"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Connection: close|Content-Length: 2||hi", keepOpen: true}, "200 hi"},
		{scriptedResponse{data: "HTTP/1.0 200 OK|Content-Length: 2||hi", keepOpen: true}, "200 hi"},
		{scriptedResponse{data: "HTTP/1.1 200 OK||until close"}, "200 until close"},
		{scriptedResponse{data: "HTTP/1.1 200 OK||until close", reset: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 2||hi!", keepOpen: true}, "200 hi"},
		{scriptedResponse{data: "HTTP/1.1 204 None||x", keepOpen: true}, "204 "},

		{scriptedResponse{data: ""}, "error"},
		{scriptedResponse{data: "", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Le"}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5||Hell"}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5||Hell", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5|Content-Length: 6||Hello", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: 5|Transfer-Encoding: chunked||0||", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Content-Length: -5||Hello", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|Hello!|0||", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||g|", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|Hello|0|"}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|No colon||", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 2x0 OK||", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 101 Switching|Upgrade: x||", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 204 None|Content-Length: 2||hi", keepOpen: true}, "error"},
		{scriptedResponse{data: "220 mail.example SMTP|", keepOpen: true}, "error"},
		{scriptedResponse{data: "\x16\x03\x01\x00\x05", keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|X: " + long, keepOpen: true}, "error"},
		{scriptedResponse{data: withLength("", long+"x"), keepOpen: true}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK||" + long + "x"}, "error"},
		{scriptedResponse{data: "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3e8|" + long + "|1|x|0||", keepOpen: true}, "error"},
		{scriptedResponse{data: withLength("Content-Encoding: gzip|", compressed("gzip", long+"x")), keepOpen: true}, "error"},
		{scriptedResponse{data: withLength("Content-Encoding: gzip|", gz[:len(gz)-1]), keepOpen: true}, "error"},
		{scriptedResponse{data: withLength("Content-Encoding: gzip|", "not gzip at all"), keepOpen: true}, "error"},
		{scriptedResponse{data: withLength("Content-Encoding: deflate|", "\xf2H\xcd\xc9\xc9\x00\x00\xff\xff\xff\xff"), keepOpen: true}, "error"}, // after "Hello"
		{scriptedResponse{data: strings.Repeat("HTTP/1.1 100 Continue||", 17), keepOpen: true}, "error"},
	} {
		name := tt.response.data
		tt.response.data = strings.ReplaceAll(name, "|", "\r\n")
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			for _, cuts := range [][]byte{nil, {0}, {1}, {2, 0, 6}, {63}} {
				for variant := range 8 {
					r := tt.response
					r.cuts, r.callbacks, r.direct, r.early = cuts, variant&1 != 0, variant&2 != 0, variant&4 != 0
					if got := r.play(t, loop).String(); got != tt.want {
						t.Errorf("%.80q, cuts %v, variant %d: got %q, want %q", name, cuts, variant, got, tt.want)
					}
				}
			}
		})
	}
}

// FuzzServerConnection feeds arbitrary bytes in arbitrary cuts. Besides the checks of play, the
// outcome must be the same in one piece.
func FuzzServerConnection(f *testing.F) {
	for _, data := range []string{
		"HTTP/1.1 200 OK|Content-Length: 5||Hello",
		"HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|Hello|0|X: y||",
		"HTTP/1.1 100 Continue||HTTP/1.1 204 None||HTTP/1.1 200 OK||",
		"HTTP/1.0 200 OK|Connection: keep-alive|Content-Encoding: gzip||\x1f\x8b",
		withLength("Content-Encoding: gzip|", compressed("gzip", "Hello")),
		withLength("Content-Encoding: deflate|", compressed("flate", "Hello")),
		"HTTP/1.1 302 Found|Location: /|Content-Length: 0||",
	} {
		f.Add(strings.ReplaceAll(data, "|", "\r\n"), []byte{0, 7}, byte(0x15))
		f.Add(strings.ReplaceAll(data, "|", "\r\n"), []byte{}, byte(0))
	}
	loop, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { loop.Close() })
	f.Fuzz(func(t *testing.T, data string, cuts []byte, flags byte) {
		flag := func(bit int) bool { return flags&(1<<bit) != 0 }
		r := scriptedResponse{data: data, cuts: cuts, head: flag(0), upload: flag(1), callbacks: flag(2),
			direct: flag(3), keepOpen: flag(4), reset: flag(5), early: flag(6)}
		whole := scriptedResponse{data: data, head: r.head, upload: r.upload, keepOpen: r.keepOpen, reset: r.reset}
		looptest.Run(t, loop, func() {
			got, want := r.play(t, loop), whole.play(t, loop)
			if got.String() != want.String() {
				t.Errorf("%q in pieces: got %q (%v), in one: %q (%v)", data, got, got.err, want, want.err)
			}
		})
	})
}
