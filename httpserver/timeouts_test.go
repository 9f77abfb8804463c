package httpserver

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// serveTicking is serve on a loop with a short tick. It returns the server too.
func serveTicking(t *testing.T, a httputil.HTTPServerConnectionDelegate, o Options) (*HTTPServer, string) {
	t.Helper()
	return serveOn(t, ioloop.Options{CoarseTick: 2 * time.Millisecond}, a, o)
}

// captureLog returns a function that returns the log records so far.
func captureLog(t *testing.T) func() string {
	t.Helper()
	var mu sync.Mutex
	var out bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return out.Write(p)
	}), nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return out.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

const (
	get      = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	postHead = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
	okHi     = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
)

func sayHi(r *request) { r.reply(200, "hi") }

func TestEachTimeoutClosesItsConnections(t *testing.T) {
	const short = 30 * time.Millisecond
	for _, tt := range []struct {
		name   string
		o      Options
		send   string
		first  string // the response to a whole request
		want   string // everything else until the close
		logged string
	}{
		{"http-44 unused", Options{IdleConnectionTimeout: short}, "", "", "", ""},
		{"http-44 after use", Options{IdleConnectionTimeout: short}, get, okHi, "", ""},
		{"partial head", Options{HeaderTimeout: short}, "GET / HT", "", response408, "Timeout reading the request head of 1 connections, the last from 127.0.0.1"},
		{"partial head after a request", Options{HeaderTimeout: short}, get + "G", okHi, response408, "request head"},
		{"http-43", Options{BodyTimeout: short}, postHead + "1234", "", "", "Timeout reading body from 127.0.0.1"},
		{"a body that stalls", Options{IdleConnectionTimeout: short}, postHead + "1234", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			logged := captureLog(t)
			clock := looptest.NewManualClock()
			_, address := serveOn(t, ioloop.Options{Clock: clock, CoarseTick: 2 * time.Millisecond}, &app{respond: sayHi}, tt.o)
			c := dial(t, address)
			io.WriteString(c, tt.send)
			first := make([]byte, len(tt.first))
			io.ReadFull(c, first)
			got, moved, err := readWhileAdvancing(c, clock, short/3)
			if string(first) != tt.first || got != tt.want || err != nil {
				t.Errorf("got %q and %q, %v, want %q and %q", first, got, err, tt.first, tt.want)
			}
			if moved < short {
				t.Errorf("closed after %v", moved)
			}
			if !strings.Contains(logged(), tt.logged) {
				t.Errorf("logged %q, want %q", logged(), tt.logged)
			}
		})
	}
}

// readWhileAdvancing reads until the server closes. In between, it advances the clock of the
// server by step. moved is the sum of the steps.
func readWhileAdvancing(c net.Conn, clock *looptest.ManualClock, step time.Duration) (got string, moved time.Duration, err error) {
	closed := make(chan struct{})
	go func() {
		var all []byte
		all, err = io.ReadAll(c)
		got = string(all)
		close(closed)
	}()
	for {
		select {
		case <-closed:
			return got, moved, err
		case <-time.After(5 * time.Millisecond):
			clock.Advance(step)
			moved += step
		}
	}
}

func TestTricklingDoesNotExtendTheHeaderTimeout(t *testing.T) {
	_, address := serveTicking(t, &app{respond: sayHi}, Options{HeaderTimeout: 60 * time.Millisecond})
	c := dial(t, address)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for _, b := range []byte("GET / HTTP/1.1\r\nX: " + strings.Repeat("y", 2000)) {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				c.Write([]byte{b})
			}
		}
	}()
	began := time.Now()
	got, _ := io.ReadAll(c)
	if d := time.Since(began); d < 60*time.Millisecond || string(got) != response408 {
		t.Errorf("%q after %v", got, d)
	}
}

func TestANegativeTimeoutIsDisabled(t *testing.T) {
	for _, send := range []string{"", "GET / HT", postHead + "123"} {
		_, address := serveTicking(t, &app{respond: sayHi}, Options{IdleConnectionTimeout: -1, HeaderTimeout: -1, BodyTimeout: -1})
		c := dial(t, address)
		io.WriteString(c, send)
		c.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
		if got, err := io.ReadAll(c); len(got) > 0 || err == nil {
			t.Errorf("after %q: %q, %v", send, got, err)
		}
	}
}

func TestNoTimeoutCutsASlowHandler(t *testing.T) {
	const short = 10 * time.Millisecond
	began := make(chan struct{})
	slow := &app{respond: func(r *request) {
		slept := ioloop.Sleep(r.loop(), 10*short)
		began <- struct{}{}
		slept.Await()
		r.reply(200, "hi")
	}}
	clock := looptest.NewManualClock()
	_, address := serveOn(t, ioloop.Options{Clock: clock, CoarseTick: 2 * time.Millisecond}, slow,
		Options{IdleConnectionTimeout: short, HeaderTimeout: short, BodyTimeout: short})
	for _, send := range []string{get, postHead + "12345", get + "GET"} {
		c := dial(t, address)
		io.WriteString(c, send)
		<-began
		clock.Advance(10 * short)
		got := make([]byte, len(okHi))
		if io.ReadFull(c, got); string(got) != okHi {
			t.Errorf("%q: %q", send, got)
		}
	}
}

// A slowTaker waits for 80 ms at each chunk of a body. It sends to waits when the wait has begun.
type slowTaker struct {
	request
	waits chan struct{}
}

func (r *slowTaker) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	r.request.HeadersReceived(start, headers)
	return httputil.BodyStream, nil
}

func (r *slowTaker) DataReceived(chunk []byte) error {
	slept := ioloop.Sleep(r.loop(), 80*time.Millisecond)
	r.waits <- struct{}{}
	slept.Await()
	r.body = append(r.body, chunk...)
	return nil
}

type delegateFunc func(httputil.HTTPConnection) httputil.HTTPMessageDelegate

func (f delegateFunc) StartRequest(c httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return f(c)
}

func TestTheBodyTimeoutStopsWhileTheDelegateWorks(t *testing.T) {
	a, waits := &app{respond: echo}, make(chan struct{})
	d := delegateFunc(func(c httputil.HTTPConnection) httputil.HTTPMessageDelegate {
		return &slowTaker{request{app: a, conn: c}, waits}
	})
	clock := looptest.NewManualClock()
	_, address := serveOn(t, ioloop.Options{Clock: clock, CoarseTick: 2 * time.Millisecond}, d,
		Options{BodyTimeout: 50 * time.Millisecond, IdleConnectionTimeout: 20 * time.Millisecond})
	c := dial(t, address)
	io.WriteString(c, postHead+"12")
	<-waits
	io.WriteString(c, "345")
	clock.Advance(80 * time.Millisecond)
	<-waits
	clock.Advance(80 * time.Millisecond)
	want := `POST / "12345"`
	got := make([]byte, len(ok)+len("14\r\n\r\n")+len(want))
	io.ReadFull(c, got)
	if !strings.HasSuffix(string(got), want) {
		t.Errorf("got %q", got)
	}
}

// An impatient request has another body timeout than the server.
type impatient struct{ request }

func (r *impatient) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	r.request.HeadersReceived(start, headers)
	if d, err := time.ParseDuration(headers.Get("Patience")); err == nil {
		r.conn.(interface{ SetBodyTimeout(time.Duration) }).SetBodyTimeout(d)
	}
	return httputil.BodyWhole, nil
}

func TestSetBodyTimeoutIsForOneRequest(t *testing.T) {
	d := delegateFunc(func(c httputil.HTTPConnection) httputil.HTTPMessageDelegate {
		return &impatient{request{app: &app{respond: sayHi}, conn: c}}
	})
	const head, body = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n", "12345"
	for _, tt := range []struct {
		name, requests string
		server         time.Duration
		want           string
	}{
		{"shorter", head + "Patience: 20ms\r\n\r\n123", time.Minute, ""},
		{"shorter than none", head + "Patience: 20ms\r\n\r\n123", 0, ""},
		{"only once", head + "Patience: 1h\r\n\r\n" + body + head + "\r\n123", 20 * time.Millisecond, okHi},
		{"in time", head + "Patience: 20s\r\n\r\n" + body + head + "Connection: close\r\n\r\n" + body, 0,
			okHi + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"},
	} {
		_, address := serveTicking(t, d, Options{BodyTimeout: tt.server})
		if got := talk(t, address, 0, tt.requests); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestAReaderThatTakesItsTimeIsNotIdle(t *testing.T) {
	body := strings.Repeat("x", 32<<20)
	responded := make(chan *connection, 1)
	_, address := serveTicking(t, &app{respond: func(r *request) {
		r.reply(200, body)
		responded <- r.conn.(*connection)
	}}, Options{})
	c := dial(t, address)
	c.(*net.TCPConn).SetReadBuffer(64 << 10)
	io.WriteString(c, get)
	response, err := http.ReadResponse(bufio.NewReaderSize(c, 16), nil)
	require.NoError(t, err)
	conn, looks, before := <-responded, 0, -1
	for n := int64(0); n < int64(len(body)); {
		got, err := io.CopyN(io.Discard, response.Body, 1<<20)
		if n += got; err != nil {
			t.Fatalf("after %d bytes and %d looks: %v", n, looks, err)
		}
		looked := make(chan bool)
		conn.Loop().AddCallback(func() {
			unsent, r := conn.stream.Buffered(), conn.table
			if unsent > 0 && unsent != before { // the kernel has taken some
				looks, before = looks+1, unsent
				r.epoch = r.epoch.Add(-2 * defaultIdleTimeout)
				r.lists[listIdle].expireConnections()
			}
			looked <- true
		})
		<-looked
	}
	require.Greater(t, looks, 1)
}

func TestAReaderThatStopsIsDropped(t *testing.T) {
	body := strings.Repeat("x", 32<<20)
	responded, clock := make(chan struct{}, 1), looptest.NewManualClock()
	s, address := serveOn(t, ioloop.Options{Clock: clock}, &app{respond: func(r *request) {
		r.reply(200, body)
		responded <- struct{}{}
	}}, Options{})
	c := dial(t, address)
	io.WriteString(c, get)
	<-responded
	require.Eventually(t, func() bool {
		clock.Advance(defaultIdleTimeout)
		return s.Connections() == 0
	}, looptest.Patience, time.Millisecond)
}

func TestAReaderThatStopsIsDroppedThoughTheHandlerWaits(t *testing.T) { // http-44
	responded, flushed, clock := make(chan struct{}, 1), make(chan error, 1), looptest.NewManualClock()
	s, address := serveOn(t, ioloop.Options{Clock: clock}, &app{respond: func(r *request) {
		var headers httputil.HTTPHeaders
		r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, make([]byte, 32<<20))
		r.conn.Flushed(func(err error) { flushed <- err })
		responded <- struct{}{}
	}}, Options{})
	c := dial(t, address)
	io.WriteString(c, get)
	<-responded
	require.Eventually(t, func() bool {
		clock.Advance(defaultIdleTimeout)
		return s.Connections() == 0
	}, looptest.Patience, time.Millisecond)
	require.Error(t, <-flushed)
}

// A malformed request must not cut off the response before it, however slowly the client
// reads that response.
func TestARefusalWaitsForTheResponseBeforeIt(t *testing.T) { // http-64
	body := strings.Repeat("x", 32<<20)
	refused := make(chan *connection, 1)
	a := &app{respond: func(r *request) {
		r.reply(200, body)
		r.loop().CallSoon(func() { refused <- r.conn.(*connection) })
	}}
	_, address := serveTicking(t, a, Options{})
	c := dial(t, address)
	io.WriteString(c, get+"nonsense\r\n\r\n")
	conn, late := <-refused, make(chan h1State)
	conn.Loop().AddCallback(func() {
		r := conn.table
		r.epoch = r.epoch.Add(-2 * lingerTime)
		r.lists[listLinger].expireConnections()
		late <- conn.state
	})
	require.Equal(t, readingHead, <-late, "the malformed request waits until the response was taken")
	got, err := io.ReadAll(c)
	require.NoError(t, err)
	want := ok + strconv.Itoa(len(body)) + "\r\n\r\n" + body + response400
	require.True(t, string(got) == want, "%d bytes, want %d", len(got), len(want))
}

func TestManyTimeoutsAtOnceLeaveTheLoopTimeForOthers(t *testing.T) {
	logged := captureLog(t)
	s, address := serveTicking(t, &app{respond: sayHi}, Options{HeaderTimeout: time.Minute})
	for range 3*expireBatch + 1 {
		io.WriteString(dial(t, address), "G")
	}
	require.Eventually(t, func() bool {
		var begun int
		onLoop(s, func(r *connectionTable) { begun = len(r.connectionsIn(listHead)) })
		return begun == 3*expireBatch+1
	}, looptest.Patience, time.Millisecond)
	onLoop(s, func(r *connectionTable) {
		r.epoch = r.epoch.Add(-time.Hour)
		r.lists[listHead].expireConnections()
		require.Len(t, r.connectionsIn(listHead), 2*expireBatch+1, "one batch before the loop goes on")
	})
	require.Eventually(t, func() bool { return strings.Count(logged(), "request head") == 4 }, looptest.Patience, time.Millisecond, "one line a batch")
	require.Equal(t, 3, strings.Count(logged(), "of 64 connections"))
}

// After random operations, the lists of a table have each connection once and in order.
func FuzzConnectionTable(f *testing.F) {
	f.Add([]byte{0x11, 0x22, 0x13, 0x01, 0x12})
	f.Add([]byte("ABCDEFGHabcdefgh"))
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { l.Close() })
	f.Fuzz(func(t *testing.T, moves []byte) {
		s := New(&app{}, Options{Loop: l})
		r := newConnectionTable(s, l)
		where := map[*connection]listKind{}
		all := make([]*connection, 8)
		for i := range all {
			all[i] = &connection{table: r}
		}
		defer func() {
			for _, c := range all {
				r.removeConnection(c)
			}
		}()
		for i, m := range moves {
			c, which := all[m>>4&7], listKind(m&15)%numLists
			r.epoch = r.epoch.Add(-time.Duration(i%3) << r.shift)
			if which == listNone {
				r.removeConnection(c)
				delete(where, c)
			} else {
				r.moveTo(c, which)
				where[c] = which
			}
		}
		n := 0
		for which := range r.lists {
			var prev *connection
			for c := r.lists[which].first; c != nil; prev, c = c, c.next {
				n++
				if where[c] != listKind(which) || c.listed != listKind(which) || c.prev != prev || prev != nil && prev.since > c.since {
					t.Fatalf("list %d is broken at %d", which, n)
				}
			}
			if r.lists[which].last != prev {
				t.Fatalf("list %d ends elsewhere", which)
			}
		}
		for which := range r.lists {
			if l := &r.lists[which]; l.timer.Pending() != (l.first != nil && l.limit > 0) {
				t.Fatalf("list %d has a timer: %t", which, l.timer.Pending())
			}
		}
		if n != len(where) || r.isEmpty() != (n == 0) {
			t.Fatalf("%d are listed, want %d", n, len(where))
		}
	})
}
