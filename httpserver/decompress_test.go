package httpserver

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

func compress(texts ...string) string {
	var b bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&b)
		io.WriteString(z, text)
		z.Close()
	}
	return b.String()
}

// http-46, http-47: each row is a compressed body and its result. Each body is sent whole and
// byte by byte, to a delegate that gathers it and to one that streams it. The limit is 1,000
// bytes. ! is the 400 of the server itself, - is a close without a response.
func TestDecompressRequest(t *testing.T) {
	text := strings.Repeat("0123456789", 100)
	plain := compress("hello")
	for name, tt := range map[string]struct{ coding, body, want string }{
		"http-46 gzip":                   {"gzip", plain, "hello gzip"},
		"http-46 any case":               {"GZip", plain, "hello GZip"},
		"http-46 x-gzip":                 {"x-gzip", plain, "hello x-gzip"},
		"http-46 two streams":            {"gzip", compress("hel", "lo"), "hello gzip"},
		"http-46 empty inside":           {"gzip", compress(""), " gzip"},
		"http-46 nothing at all":         {"gzip", "", " gzip"},
		"http-46 at the limit":           {"gzip", compress(text), text + " gzip"},
		"http-48 another coding":         {"br", plain, plain + " "},
		"http-48 several codings":        {"gzip, gzip", plain, plain + " "},
		"http-47 over the limit":         {"gzip", compress(text + "x"), "!"},
		"http-47 over it in two streams": {"gzip", compress(text, "x"), "!"},
		"http-47 a bomb":                 {"gzip", compress(strings.Repeat("0", 500_000)), "!"},
		"http-47 no gzip":                {"gzip", "hello, this is not gzip", "-"},
		"http-47 cut in the head":        {"gzip", plain[:5], "-"},
		"http-47 cut in the data":        {"gzip", plain[:14], "-"},
		"http-47 cut in the check sum":   {"gzip", plain[:len(plain)-1], "-"},
		"http-47 wrong check sum":        {"gzip", plain[:len(plain)-8] + "\x00\x00\x00\x00" + plain[len(plain)-4:], "-"},
		"http-47 bytes after the end":    {"gzip", plain + "x", "-"},
	} {
		for _, mode := range []httputil.BodyMode{httputil.BodyWhole, httputil.BodyStream} {
			for _, chunked := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/%t", name, mode, chunked), func(t *testing.T) {
					a := &app{mode: mode, respond: func(r *request) {
						r.reply(200, string(r.body)+" "+r.headers.Get("X-Consumed-Content-Encoding"))
					}}
					address := serve(t, a, Options{DecompressRequest: true, MaxBodySize: 1000, ChunkSize: 100})
					head, parts := "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: "+tt.coding+"\r\n", []string(nil)
					if chunked {
						for _, c := range []byte(tt.body) {
							parts = append(parts, "1\r\n"+string([]byte{c})+"\r\n")
						}
						parts = []string{head + "Transfer-Encoding: chunked\r\n\r\n", strings.Join(append(parts, "0\r\n\r\n"), "")}
					} else {
						parts = []string{head + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(tt.body)), tt.body}
					}
					want := ok + fmt.Sprint(len(tt.want)) + "\r\nConnection: close\r\n\r\n" + tt.want
					switch tt.want {
					case "!":
						want = "HTTP/1.1 400 Bad Request\r\n\r\n"
					case "-":
						want = ""
					}
					if got := talk(t, address, 0, parts...); got != want {
						t.Errorf("got  %q\nwant %q", got, want)
					}
				})
			}
		}
	}
}

// http-48: without the option, the delegate gets the compressed body.
func TestNoDecompressionUnlessAsked(t *testing.T) {
	body := compress("hello")
	a := &app{respond: func(r *request) { r.reply(200, string(r.body)+r.headers.Get("Content-Encoding")) }}
	got := talk(t, serve(t, a, Options{}), 0, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
		"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	require.Equal(t, fmt.Sprintf("%s%d\r\nConnection: close\r\n\r\n%sgzip", ok, len(body)+4, body), got)
}

// The coroutine of an inflater ends with its request, however the request ends.
func TestInflatersEndWithTheirRequests(t *testing.T) {
	const streams = 20
	early := func(r *request) { r.reply(200, "early") }
	address := serve(t, &preparingApp{prepare: early}, Options{DecompressRequest: true})
	before := runtime.NumGoroutine()
	body := compress(strings.Repeat("hello", 1000))
	for i := range streams {
		c := dial(t, address)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:10+i%2])
		c.Close()
	}
	address = serve(t, &app{mode: httputil.BodyStream, respond: echo}, Options{DecompressRequest: true})
	for i := range streams {
		c := dial(t, address)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:20+i])
		c.Close()
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() < before+streams/2 }, looptest.Patience, time.Millisecond)
}

// While a body inflates to very many bytes, other connections get their turns.
func TestBombsShareTheLoop(t *testing.T) {
	a := &turnsApp{turns: make(chan uint64, 1)}
	body := compress(strings.Repeat("0", 20<<20))
	got := talk(t, serve(t, a, Options{DecompressRequest: true}), 0, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
		"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	require.Equal(t, ok+"8\r\nConnection: close\r\n\r\n20971520", got)
	require.Greater(t, <-a.turns, uint64(20))
}

// A turnsApp reports the number of turns that the loop took while a body arrived.
type turnsApp struct{ turns chan uint64 }

type turning struct {
	measured
	app   *turnsApp
	begin uint64
}

func (a *turnsApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	m := &turning{measured: measured{request: request{conn: conn}}, app: a}
	m.begin = m.loop().Stats().Iterations
	return m
}

func (m *turning) Finish() {
	m.app.turns <- m.loop().Stats().Iterations - m.begin
	m.reply(200, fmt.Sprint(m.size))
}

// inflating sends a compressed body of size zeros. It returns the status of the response and the
// number of bytes that were allocated.
func inflating(t *testing.T, o Options, size int) (status string, allocated uint64) {
	t.Helper()
	o.DecompressRequest = true
	address := serve(t, &app{respond: func(r *request) { r.reply(200, fmt.Sprint(len(r.body))) }}, o)
	body := compress(strings.Repeat("0", size))
	c := dial(t, address)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	return strings.Split(string(got), "\r\n")[0], after.TotalAlloc - before.TotalAlloc
}

// A body that inflates from a few bytes is gathered without repeated copies.
func TestInflatedBodiesAreGatheredWithoutCopies(t *testing.T) { // http-47
	const limit = 32 << 20
	for _, tt := range []struct {
		size      int
		status    string
		allocated uint64
	}{
		{limit, "HTTP/1.1 200 OK", 3*limit + limit/4}, // the body is gathered, joined, and copied by the delegate of this test
		{4 * limit, "HTTP/1.1 400 Bad Request", limit + limit/4},
	} {
		status, allocated := inflating(t, Options{MaxBodySize: limit}, tt.size)
		require.Equal(t, tt.status, status)
		require.LessOrEqual(t, allocated, tt.allocated, "%d MiB", allocated>>20)
	}
}

// The inflated bodies of all connections share one limit. The end of a request releases its
// part.
func TestInflatedBodiesOfAllConnections(t *testing.T) {
	const limit = 4 << 20
	held := make(chan struct{})
	s, address := serveOn(t, ioloop.Options{}, &app{respond: func(r *request) {
		if r.start.Path == "/hold" {
			ioloop.RunInExecutor(r.loop(), func() (int, error) { <-held; return 0, nil }).Await()
		}
		r.reply(200, fmt.Sprint(len(r.body)))
	}}, Options{DecompressRequest: true, MaxBodySize: limit, MaxDecompressed: 2 * limit})
	post := func(path string, size int) net.Conn {
		c, body := dial(t, address), compress(strings.Repeat("0", size))
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
		return c
	}
	status := func(c net.Conn) string {
		got, err := io.ReadAll(c)
		require.NoError(t, err)
		return strings.Split(string(got), "\r\n")[0]
	}
	first, second := post("/hold", limit), post("/hold", limit-1000)
	require.Eventually(t, func() bool { return s.inflated.used.Load() == 2*limit-1000 }, looptest.Patience, time.Millisecond)
	require.Equal(t, "HTTP/1.1 503 Service Unavailable", status(post("/", 5000)))
	require.Equal(t, "HTTP/1.1 200 OK", status(post("/", 900)))
	require.EqualValues(t, 2*limit-1000, s.inflated.used.Load())
	close(held)
	require.Equal(t, "HTTP/1.1 200 OK", status(first))
	require.Equal(t, "HTTP/1.1 200 OK", status(second))
	require.Equal(t, "HTTP/1.1 200 OK", status(post("/", limit)))
	require.Equal(t, "HTTP/1.1 400 Bad Request", status(post("/", limit+1)))
	cut := post("/", limit)
	cut.Close()
	require.Eventually(t, func() bool { return s.inflated.used.Load() == 0 }, looptest.Patience, time.Millisecond)
}

// A stalledApp streams bodies. Its delegates wait in the third call of DataReceived until
// release is closed.
type stalledApp struct {
	stalled chan struct{} // receives a value for each delegate that waits
	release chan struct{}
}

type stalledRequest struct {
	request
	app   *stalledApp
	calls int
}

func (a *stalledApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &stalledRequest{request: request{conn: conn}, app: a}
}

func (r *stalledRequest) HeadersReceived(httputil.RequestStartLine, httputil.HTTPHeaders) (httputil.BodyMode, error) {
	return httputil.BodyStream, nil
}

func (r *stalledRequest) DataReceived([]byte) error {
	if r.calls++; r.calls == 3 {
		ioloop.RunInExecutor(r.loop(), func() (int, error) { r.app.stalled <- struct{}{}; <-r.app.release; return 0, nil }).Await()
	}
	return nil
}

func (r *stalledRequest) Finish()            { r.reply(200, "") }
func (r *stalledRequest) OnConnectionClose() {}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC() // the first collection moves pooled objects, the second one frees them
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// A delegate that streams a compressed body and waits needs the memory of a piece before and
// after its copy, of the decoder's state and of two stacks. MaxBodySize does not matter.
func TestStreamedBombsHoldLittleMemory(t *testing.T) {
	const connections, budget = 20, 256 << 10
	a := &stalledApp{stalled: make(chan struct{}, connections), release: make(chan struct{})}
	loop := ioloop.Options{Executor: ioloop.NewExecutor(connections)}
	_, address := serveOn(t, loop, a, Options{DecompressRequest: true, MaxBodySize: 64 << 20})
	body := compress(strings.Repeat("0", 64<<20))
	before := liveHeap()
	for range connections {
		c := dial(t, address)
		fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	}
	for range connections {
		<-a.stalled
	}
	each := (liveHeap() - before) / connections
	close(a.release)
	require.LessOrEqual(t, each, int64(budget), "%d KiB for each connection", each>>10)
}
