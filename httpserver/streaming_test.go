package httpserver

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// A preparing request is streamed. Its Prepare runs before its body is read.
type preparing struct {
	request
	prepare func(r *request)
}

func (p *preparing) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	p.start, p.headers = start, headers
	return httputil.BodyStream, nil
}

func (p *preparing) Prepare() { p.prepare(&p.request) }

// preparingApp responds with echo, unless prepare has sent a response.
type preparingApp struct {
	app
	prepare func(r *request)
}

func (a *preparingApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	a.app.mode, a.app.respond = httputil.BodyStream, echo
	return &preparing{request{app: &a.app, conn: conn}, a.prepare}
}

func limitTo(n int64) func(r *request) {
	return func(r *request) {
		ioloop.Sleep(r.loop(), time.Millisecond).Await() // the body has arrived by then
		if r.start.Path == "/limit" {
			r.conn.(interface{ SetMaxBodySize(int64) }).SetMaxBodySize(n)
		}
	}
}

const proceed = "HTTP/1.1 100 (Continue)\r\n\r\n"

// Before a body is read, the delegate can refuse it or change its limit, and the client may wait
// for 100 Continue. The server's own limit is 10 bytes. want has all bytes until the server
// closes.
func TestBodyIsReadAfterPrepare(t *testing.T) {
	const (
		bad    = "HTTP/1.1 400 Bad Request\r\n\r\n"
		post   = " HTTP/1.1\r\nHost: x\r\nContent-Length: "
		expect = "Expect: 100-continue\r\n"
		last   = "GET /z HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
		end    = ok + "9\r\nConnection: close\r\n\r\nGET /z \"\""
		twelve = "12\r\n\r\n0123456789ab"
		chunks = " HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n0123456789ab\r\n0\r\n\r\n"
	)
	refuse := func(r *request) { r.reply(403, "no") }
	begin := func(r *request) {
		r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &httputil.HTTPHeaders{}, nil)
		r.reply(200, "") // is refused: the response has begun
		r.conn.Write([]byte("y"))
		r.conn.Finish()
	}
	wait := func(r *request) { ioloop.Sleep(r.loop(), time.Millisecond).Await() }
	nothing := func(*request) {}
	for name, tt := range map[string]struct {
		prepare    func(r *request)
		send, want string
	}{
		"http-31 raised":                  {limitTo(12), "POST /limit" + post + twelve + last, ok + "26\r\n\r\nPOST /limit \"0123456789ab\"" + end},
		"http-31 raised, chunked":         {limitTo(12), "POST /limit" + chunks + last, ok + "26\r\n\r\nPOST /limit \"0123456789ab\"" + end},
		"http-31 lowered":                 {limitTo(2), "POST /limit" + post + "3\r\n\r\nabc", bad},
		"http-31 lowered, chunked":        {limitTo(11), "POST /limit" + chunks, bad},
		"http-31 for one request only":    {limitTo(12), "POST /limit" + post + twelve + "POST /next" + post + twelve, ok + "26\r\n\r\nPOST /limit \"0123456789ab\"" + bad},
		"http-30 streamed, too large":     {nothing, "POST /" + post + twelve, bad},
		"http-45 expect, at once":         {nothing, "POST /a" + post + "2\r\n" + expect + "\r\nhi" + last, proceed + ok + "12\r\n\r\nPOST /a \"hi\"" + end},
		"http-45 expect, after a wait":    {wait, "POST /a" + post + "2\r\n" + expect + "\r\nhi" + last, proceed + ok + "12\r\n\r\nPOST /a \"hi\"" + end},
		"http-45 expect, refused":         {refuse, "POST /a" + post + "2\r\n" + expect + "\r\n", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"},
		"http-45 expect, response begun":  {begin, "POST /a" + post + "2\r\n" + expect + "\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\ny\r\n0\r\n\r\n"},
		"http-45 expect, too large":       {nothing, "POST /a" + post + "12\r\n" + expect + "\r\n", bad},
		"http-45 expect, no body":         {nothing, "GET /a HTTP/1.1\r\nHost: x\r\n" + expect + "\r\n" + last, proceed + ok + "9\r\n\r\nGET /a \"\"" + end},
		"http-45 expect, any case":        {nothing, "POST /a" + post + "2\r\nExpect: 100-Continue\r\n\r\nhi" + last, proceed + ok + "12\r\n\r\nPOST /a \"hi\"" + end},
		"http-45 expect, HTTP/1.0":        {nothing, "POST /a HTTP/1.0\r\nContent-Length: 2\r\n" + expect + "\r\nhi", ok + "12\r\n\r\nPOST /a \"hi\""},
		"http-45 expect, something else":  {nothing, "POST /a" + post + "2\r\nExpect: 200-ok\r\n\r\nhi" + last, ok + "12\r\n\r\nPOST /a \"hi\"" + end},
		"http-65 response in Prepare":     {refuse, "POST /a" + post + "5\r\n\r\nhello" + last, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"},
		"http-71 panic in Prepare":        {func(*request) { panic("boom") }, "POST /a" + post + "5\r\n\r\nhello", ""},
		"http-71 panic in a late Prepare": {func(r *request) { wait(r); panic("boom") }, "POST /a" + post + "5\r\n\r\nhello", ""},
		"Goexit in Prepare":               {func(*request) { runtime.Goexit() }, "POST /a" + post + "5\r\n\r\nhello", ""},
		"Goexit in a late Prepare":        {func(r *request) { wait(r); runtime.Goexit() }, "POST /a" + post + "5\r\n\r\nhello", ""},
	} {
		t.Run(name, func(t *testing.T) {
			address := serve(t, &preparingApp{prepare: tt.prepare}, Options{MaxBodySize: 10})
			if got := talk(t, address, 0, tt.send); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// A fickle app serves streamed bodies. It calls fault for each chunk.
type fickle struct {
	app
	fault func(r *request)
}

type fickleRequest struct {
	request
	fault func(r *request)
}

func (a *fickle) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	a.app.mode = httputil.BodyStream
	return &fickleRequest{request{app: &a.app, conn: conn}, a.fault}
}

func (r *fickleRequest) DataReceived([]byte) error { r.fault(&r.request); return nil }

// A delegate that panics or calls runtime.Goexit in DataReceived loses its connection.
func TestFaultsInDataReceived(t *testing.T) {
	for name, fault := range map[string]func(r *request){
		"panic":       func(*request) { panic("boom") },
		"late panic":  func(r *request) { ioloop.Sleep(r.loop(), 0).Await(); panic("boom") },
		"Goexit":      func(*request) { runtime.Goexit() },
		"late Goexit": func(r *request) { ioloop.Sleep(r.loop(), 0).Await(); runtime.Goexit() },
	} {
		address := serve(t, &fickle{fault: fault}, Options{})
		require.Empty(t, talk(t, address, 0, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhello"), name)
	}
}

// http-45: a client that waits for 100 Continue gets it when Prepare has returned, and then sends
// its body.
func TestExpectationOfAGatheredBody(t *testing.T) {
	address := serve(t, &app{respond: echo}, Options{MaxBodySize: 10})
	c := dial(t, address)
	io.WriteString(c, "PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	got := make([]byte, len(proceed))
	_, err := io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, proceed, string(got))
	io.WriteString(c, "hi")
	want := ok + "10\r\n\r\nPUT / \"hi\""
	got = make([]byte, len(want))
	_, err = io.ReadFull(c, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	require.Equal(t, "HTTP/1.1 400 Bad Request\r\n\r\n", talk(t, address, 0,
		"PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"))
}

// http-42: a chunk for the delegate is never longer than ChunkSize, whatever the client sends.
func TestStreamedChunksAreBounded(t *testing.T) {
	const size = 300_000
	for name, head := range map[string]string{
		"length":  fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size)),
		"chunked": fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, strings.Repeat("x", size)),
	} {
		t.Run(name, func(t *testing.T) {
			a := &measuringApp{largest: make(chan int, 1)}
			address := serve(t, a, Options{ChunkSize: 1000})
			got := talk(t, address, 0, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+head)
			require.Equal(t, ok+"6\r\nConnection: close\r\n\r\n300000", got)
			require.LessOrEqual(t, <-a.largest, 1000)
		})
	}
}

// http-36: ChunkSize limits the data, not the lines between the data.
func TestLinesBetweenChunksMayBeLongerThanTheChunkSize(t *testing.T) {
	a := &measuringApp{largest: make(chan int, 1)}
	address := serve(t, a, Options{ChunkSize: 4})
	got := talk(t, address, len(ok)+len("2\r\n\r\n10"), "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"00000a;name=value\r\n0123456789\r\n0\r\nX-Checksum: 0123456789abcdef\r\n\r\n")
	require.Equal(t, ok+"2\r\n\r\n10", got)
	require.Equal(t, 4, <-a.largest)
}

// A measuringApp responds with the size of the body that was streamed to it.
type measuringApp struct{ largest chan int }

type measured struct {
	request
	app           *measuringApp
	size, largest int
}

func (a *measuringApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &measured{request: request{conn: conn}, app: a}
}

func (m *measured) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyStream, nil
}

func (m *measured) DataReceived(chunk []byte) error {
	m.size, m.largest = m.size+len(chunk), max(m.largest, len(chunk))
	return nil
}

func (m *measured) Finish() {
	m.app.largest <- m.largest
	m.reply(200, fmt.Sprint(m.size))
}
