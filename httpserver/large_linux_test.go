package httpserver

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// maxResident limits the peak memory of a server process, in KiB.
const maxResident = 64 << 10

// largeSize returns the size of a body in bytes, several times the memory of a process.
func largeSize() int64 {
	if os.Getenv("TORNADO_STRESS") != "" {
		return 4 << 30
	}
	return 256 << 20
}

// A flowApp streams in both directions. /upload responds with the number of bytes that arrived,
// /download?n sends n bytes, /peak returns the peak memory of the process in KiB, and /moved
// returns the number of all bytes transferred so far. /held streams like /upload, but waits at
// the first chunk until /release is requested.
type flowApp struct {
	moved    int64
	released *ioloop.Future[struct{}]
}

type flow struct {
	app   *flowApp
	conn  httputil.HTTPConnection
	path  string
	query string
	size  int64
}

func (a *flowApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	if a.released == nil {
		a.released = ioloop.NewFuture[struct{}](conn.(*connection).Loop())
	}
	return &flow{app: a, conn: conn}
}

func (f *flow) HeadersReceived(start httputil.RequestStartLine, _ httputil.HTTPHeaders) (httputil.BodyMode, error) {
	f.path, f.query, _ = strings.Cut(start.Path, "?")
	return httputil.BodyStream, nil
}

func (f *flow) DataReceived(chunk []byte) error {
	f.size += int64(len(chunk))
	f.app.moved += int64(len(chunk))
	if f.path == "/held" {
		f.app.released.Await()
	}
	return nil
}

func (f *flow) Finish() {
	r := &request{conn: f.conn}
	switch f.path {
	case "/download":
		f.download()
	case "/peak":
		r.reply(200, peak())
	case "/moved":
		r.reply(200, fmt.Sprint(f.app.moved))
	case "/release":
		f.app.released.SetResult(struct{}{})
		r.reply(200, "")
	default:
		r.reply(200, fmt.Sprint(f.size))
	}
}

func (f *flow) OnConnectionClose() {}

func (f *flow) download() {
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", f.query)
	f.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, nil)
	left, _ := strconv.ParseInt(f.query, 10, 64)
	chunk := make([]byte, 64<<10)
	for left > 0 {
		n := min(left, int64(len(chunk)))
		f.conn.Write(chunk[:n])
		flushed := ioloop.NewFuture[struct{}](f.conn.(*connection).Loop())
		f.conn.Flushed(func(err error) {
			if err != nil {
				flushed.SetError(err)
			} else {
				flushed.SetResult(struct{}{})
			}
		})
		if _, err := flushed.Await(); err != nil {
			return
		}
		left -= n
		f.app.moved += n
	}
	f.conn.Finish()
}

// peak returns VmHWM of /proc/self/status.
func peak() string {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSuffix(strings.TrimSpace(value), " kB")
		}
	}
	return "0"
}

func init() { programs["flow"] = flowProgram }

// flowProgram is the server of the tests below.
func flowProgram([]string) error {
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	bound, err := New(&flowApp{}, Options{Loop: l, MaxBodySize: 8 << 30}).Listen(0, "127.0.0.1")
	if err != nil {
		return err
	}
	go func() {
		io.Copy(io.Discard, os.Stdin) // ends with the parent
		l.Stop()
	}()
	fmt.Println(bound)
	return l.Start()
}

// flowServer starts a server process and returns its address.
func flowServer(t *testing.T) (address string) {
	t.Helper()
	child := program("flow")
	stdin, err := child.StdinPipe()
	require.NoError(t, err)
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() { stdin.Close(); child.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	go io.Copy(io.Discard, stdout)
	return strings.TrimSpace(line)
}

// ask returns the number in the response of the server.
func ask(t *testing.T, address, path string) int64 {
	t.Helper()
	res, err := http.Get("http://" + address + path)
	require.NoError(t, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	n, err := strconv.ParseInt(string(body), 10, 64)
	require.NoError(t, err)
	return n
}

func requireSmall(t *testing.T, address string) {
	t.Helper()
	kib := ask(t, address, "/peak")
	t.Logf("the server process had %d KiB at most", kib)
	if !raceDetector {
		require.Less(t, kib, int64(maxResident))
	}
}

// settled waits until no more bytes are transferred, and returns the number of all bytes so far.
func settled(t *testing.T, address string) int64 {
	t.Helper()
	moved, since := int64(-1), time.Now()
	require.Eventually(t, func() bool {
		if now := ask(t, address, "/moved"); now != moved {
			moved, since = now, time.Now()
		}
		return moved > 0 && time.Since(since) > 300*time.Millisecond
	}, looptest.Patience, 10*time.Millisecond)
	return moved
}

type zeros struct{ buf []byte }

func (z zeros) Read(p []byte) (int, error) { return copy(p, z.buf), nil }

// A body of any size passes through a process with little memory, in both directions.
func TestBodiesLargerThanMemory(t *testing.T) {
	address, size := flowServer(t), largeSize()
	for _, length := range []int64{size, -1} { // -1 makes the client send chunks
		t.Run(fmt.Sprintf("upload %d", length), func(t *testing.T) {
			body := io.LimitReader(zeros{make([]byte, 1<<20)}, size)
			req, err := http.NewRequest("POST", "http://"+address+"/upload", io.NopCloser(body))
			require.NoError(t, err)
			req.ContentLength = length
			res, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			got, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, fmt.Sprint(size), string(got))
			requireSmall(t, address)
		})
	}
	t.Run("download", func(t *testing.T) {
		res, err := http.Get(fmt.Sprintf("http://%s/download?%d", address, size))
		require.NoError(t, err)
		defer res.Body.Close()
		got, err := io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		require.Equal(t, size, got)
		requireSmall(t, address)
	})
}

// maxInFlight is larger than the buffers of the kernel for a connection, in bytes.
const maxInFlight = 32 << 20

// A server that sends to a client which does not read stops sending. When the client reads, it
// gets everything.
func TestSlowReaderBoundsMemory(t *testing.T) {
	address := flowServer(t)
	const size = 128 << 20
	c := dial(t, address)
	fmt.Fprintf(c, "GET /download?%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", size)
	require.Less(t, settled(t, address), int64(maxInFlight))
	requireSmall(t, address)
	got, err := io.Copy(io.Discard, c)
	require.NoError(t, err)
	require.Greater(t, got, int64(size))
	require.Equal(t, int64(size), ask(t, address, "/moved"))
}

// A delegate that waits in DataReceived stops the client (web-151).
func TestASlowDelegateSlowsTheClientDown(t *testing.T) {
	address := flowServer(t)
	const size = 128 << 20
	c := dial(t, address)
	fmt.Fprintf(c, "POST /held HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", size)
	sent := blockedAfter(c, size)
	require.Less(t, sent, int64(maxInFlight))
	require.LessOrEqual(t, ask(t, address, "/moved"), int64(64<<10), "one chunk was handed over")
	requireSmall(t, address)
	res, err := http.Get("http://" + address + "/release")
	require.NoError(t, err)
	res.Body.Close()
	c.SetWriteDeadline(time.Now().Add(looptest.Patience))
	_, err = io.Copy(c, io.LimitReader(zeros{make([]byte, 1<<20)}, size-sent))
	require.NoError(t, err)
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	require.True(t, bytes.HasSuffix(got, []byte(fmt.Sprint("\r\n\r\n", size))), "%q", got)
	requireSmall(t, address)
}

// blockedAfter writes until the other side stops reading, and returns the number of bytes sent.
func blockedAfter(c net.Conn, size int64) (sent int64) {
	piece := make([]byte, 64<<10)
	for sent < size {
		c.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		n, err := c.Write(piece[:min(int64(len(piece)), size-sent)])
		sent += int64(n)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	return sent
}
