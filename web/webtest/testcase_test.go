package webtest_test

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

type AsyncTestCase struct{ webtest.AsyncTestCase }

func TestAsyncTestCase(t *testing.T) { suite.Run(t, new(AsyncTestCase)) }

func (s *AsyncTestCase) TestEachTestHasARunningLoop() { // testing-1
	s.OnLoop(func() error { return ioloop.Moment(s.Loop()) })
	s.True(s.Loop().Running())
}

func (s *AsyncTestCase) TestWaitReturnsTheValueOfStop() { // testing-2
	s.Stop("before")
	s.Equal("before", s.Wait())
	s.Loop().AddCallback(func() { s.Stop("from a callback") })
	s.Equal("from a callback", s.Wait())
	s.Stop(1)
	s.Stop(2)
	s.Equal(2, s.Wait(), "the last of several")
	s.Loop().AddCallback(func() { s.Stop(nil) })
	s.Nil(s.Wait())
}

func (s *AsyncTestCase) TestWaitUntilACondition() { // testing-3
	count := 0
	s.Loop().AddCallback(func() {
		for range 3 {
			count++
			s.Stop(count)
			ioloop.Sleep(s.Loop(), time.Millisecond).Await()
		}
	})
	s.Equal(3, s.Wait(webtest.WaitOptions{Timeout: -1, Condition: func() bool { return count == 3 }}))
}

func (s *AsyncTestCase) TestACancelledCoroutineEndsWithTheTest() { // testing-1
	ended := make(chan struct{})
	waiting := make(chan struct{})
	s.Loop().AddCallback(func() {
		defer close(ended)
		close(waiting)
		ioloop.NewFuture[int](s.Loop()).Await()
	})
	<-waiting
	s.T().Cleanup(func() { <-ended })
}

// clockSuite makes its loops itself.
type clockSuite struct {
	webtest.AsyncTestCase
	clock *webtest.FakeClock
}

func TestGetNewIOLoop(t *testing.T) { suite.Run(t, new(clockSuite)) } // testing-1, testing-b3

func (s *clockSuite) GetNewIOLoop() (*ioloop.IOLoop, error) {
	s.clock = webtest.NewFakeClock()
	return ioloop.New(ioloop.Options{Debug: true, Clock: s.clock})
}

func (s *clockSuite) TestHoursPassInNoTime() {
	var order []string
	s.OnLoop(func() error {
		s.Loop().CallLater(2*time.Hour, func() { order = append(order, "2 h") })
		s.Loop().CallLater(time.Hour, func() { order = append(order, "1 h") })
		sleep := ioloop.Sleep(s.Loop(), 3*time.Hour)
		s.clock.Advance(3*time.Hour - time.Nanosecond)
		for range 5 {
			ioloop.Moment(s.Loop())
		}
		s.False(sleep.Done(), "a timeout ran early")
		s.clock.Advance(time.Nanosecond)
		_, err := sleep.Await()
		return err
	})
	s.Equal([]string{"1 h", "2 h"}, order)
}

func (s *clockSuite) TestAdvanceWakesASleepingLoop() {
	for range 100 {
		ran := make(chan struct{})
		s.OnLoop(func() error {
			s.Loop().CallLater(time.Minute, func() { close(ran) })
			return nil
		})
		s.clock.Advance(time.Minute)
		<-ran
	}
}

func (s *clockSuite) TestCoarseTimeouts() {
	fired := make(chan struct{})
	var timeout ioloop.CoarseTimeout
	s.OnLoop(func() error {
		s.Loop().SetCoarseTimeout(&timeout, 20*time.Second, closer(fired))
		return nil
	})
	s.clock.Advance(22 * time.Second)
	<-fired
}

type closer chan struct{}

func (c closer) HandleCoarseTimeout(*ioloop.CoarseTimeout) { close(c) }

// Failing suites run in a process of their own.
type failingSuite struct{ webtest.AsyncTestCase }

func (s *failingSuite) TestPanicInACallback() { s.Loop().AddCallback(func() { panic("oops") }) }

func (s *failingSuite) TestWaitWithoutStop() {
	s.Wait(webtest.WaitOptions{Timeout: time.Millisecond})
}

func (s *failingSuite) TestOnLoopReturnsAnError() {
	s.OnLoop(func() error { return errors.New("out of order") })
}

func (s *failingSuite) TestExpectedPanic() { // this one passes
	s.ExpectLog(log.AppName, "^Exception in callback", func() { s.Loop().AddCallback(func() { panic("oops") }) })
}

// A slow handler takes an hour.
type slow struct {
	web.RequestHandler
	waits chan bool // gets a value when the suite begins to wait; may be nil
}

func (h *slow) Get(...string) error {
	hour := ioloop.Sleep(h.Loop(), time.Hour)
	select {
	case h.waits <- true:
	default:
	}
	_, err := hour.Await()
	return err
}

func (s *failingSuite) TestSlowHandler() {
	s.T().Setenv("ASYNC_TEST_TIMEOUT", "0.1")
	webtest.Serve(s.T(), func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication([]web.URLSpec{web.URL("/", slow{})}, web.Settings{})
	}).Fetch("/")
}

func TestFailingSuite(t *testing.T) { // testing-5
	if os.Getenv("WEBTEST_FAIL") != "" {
		suite.Run(t, new(failingSuite))
		return
	}
	for _, tt := range []struct{ name, want string }{
		{"TestPanicInACallback", `webtest: a callback of the loop panicked: ERROR tornado.application: Exception in callback error=panic: oops`}, // testing-b1
		{"TestWaitWithoutStop", "asynchronous operation timed out after 1ms"},                                                                    // testing-3
		{"TestOnLoopReturnsAnError", "out of order"},                                                                                             // testing-6
		{"TestSlowHandler", "; waiting: webtest_test.(*slow).Get at testcase_test.go:"},                                                          // testing-b4
		{"TestExpectedPanic", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^TestFailingSuite$/^"+tt.name+"$")
			cmd.Env = append(os.Environ(), "WEBTEST_FAIL=1")
			out, err := cmd.CombinedOutput()
			require.Equal(t, tt.want != "", err != nil, string(out))
			require.Contains(t, string(out), tt.want)
		})
	}
}

// A recorder is a test that records its failures.
type recorder struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (r *recorder) Helper()                   {}
func (r *recorder) Cleanup(fn func())         { r.cleanups = append(r.cleanups, fn) }
func (r *recorder) Errorf(f string, a ...any) { r.Error(f) }

func (r *recorder) Error(a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range a {
		if err, ok := v.(error); ok {
			v = err.Error()
		}
		r.errors = append(r.errors, v.(string))
	}
}

func (r *recorder) end() {
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
}

func TestTimeout(t *testing.T) { // testing-4
	for text, want := range map[string]time.Duration{
		"": 5 * time.Second, "30": 30 * time.Second, "0.5": 500 * time.Millisecond,
		"junk": 5 * time.Second, "-1": 5 * time.Second, "0": 5 * time.Second,
	} {
		t.Setenv("ASYNC_TEST_TIMEOUT", text)
		require.Equal(t, want, webtest.Timeout(), "%q", text)
	}
}

func TestGenTest(t *testing.T) { // testing-6
	ran := false
	webtest.GenTest(t, func(loop *ioloop.IOLoop) error {
		_, err := ioloop.Sleep(loop, time.Millisecond).Await()
		ran = true
		return err
	})
	require.True(t, ran)
	r := &recorder{TB: t}
	webtest.GenTest(r, func(*ioloop.IOLoop) error { return io.ErrUnexpectedEOF })
	require.Equal(t, []string{"unexpected EOF"}, r.errors)
}

func TestGenTestCancelsWhatTakesTooLong(t *testing.T) { // testing-6
	t.Setenv("ASYNC_TEST_TIMEOUT", "0.01")
	ended := make(chan error, 1)
	r := &recorder{TB: t}
	webtest.GenTest(r, func(loop *ioloop.IOLoop) error {
		_, err := ioloop.NewFuture[int](loop).Await()
		ended <- err
		return err
	})
	require.Error(t, <-ended)
	require.Len(t, r.errors, 1)
	require.Contains(t, r.errors[0], "timed out after 10ms")
}

func TestServe(t *testing.T) { // testing-b5
	t.Parallel()
	for _, options := range []httpserver.Options{{}, {MaxHeaderSize: 2000}} {
		server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp() }, options)
		require.Equal(t, "Hello, world", server.Fetch("/").Body)
		require.Equal(t, "http", server.GetProtocol())
		got, err := webtest.Await(server, func() (int, error) { return 7, ioloop.Moment(server.Loop()) })
		require.NoError(t, err)
		require.Equal(t, 7, got)
	}
	secure := httpserver.Options{}
	secure.Stream.TLS = webtest.TestCertificate()
	server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp() }, secure)
	require.Equal(t, "Hello, world", server.Fetch("/").Body)
	c := server.ConnectWebSocket("/echo")
	c.WriteText("over TLS")
	require.Equal(t, "over TLS", c.ReadText())
}

func TestWebSocketClient(t *testing.T) {
	server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp() })
	c := server.ConnectWebSocket("/echo")
	c.WriteText("a")
	c.WriteMessage(websocket.Binary([]byte("b")))
	require.Equal(t, "a", c.ReadText())
	m := c.ReadMessage()
	require.True(t, m.Binary)
	require.Equal(t, "b", m.String())
	c.Close(4000, "bye")
	code, _ := c.ReadClose()
	require.Equal(t, 4000, code)
	_, err := server.TryWebSocket("/")
	var refused *websocket.HandshakeError
	require.ErrorAs(t, err, &refused)
}

func TestExpectLogWithoutASuite(t *testing.T) { // testing-12, testing-13, testing-14
	failed := &log.PanicError{Value: "oops", Stack: []byte("goroutine 1")}
	for _, tt := range []struct {
		name    string
		options webtest.LogOptions
		log     func()
		want    webtest.LogMatches
		fails   bool
	}{
		{"any level", webtest.LogOptions{}, func() { log.App().Info("a b"); log.App().Warn("a c") }, webtest.LogMatches{Matched: 2}, false},
		{"level", webtest.LogOptions{Level: slog.LevelWarn}, func() { log.App().Info("a b"); log.App().Warn("a c") }, webtest.LogMatches{Matched: 1}, false},
		{"other level", webtest.LogOptions{Level: slog.LevelWarn}, func() { log.App().Info("a b") }, webtest.LogMatches{}, true},
		{"other logger", webtest.LogOptions{}, func() { log.Gen().Info("a b") }, webtest.LogMatches{}, true},
		{"stack", webtest.LogOptions{}, func() { log.Error(log.App(), "a b", failed) }, webtest.LogMatches{Matched: 1, LoggedStack: true}, false},
		{"no stack wanted", webtest.LogOptions{NoStack: true}, func() { log.Error(log.App(), "a b", failed) }, webtest.LogMatches{Matched: 1, LoggedStack: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.fails {
				t.Setenv("ASYNC_TEST_TIMEOUT", "0.01")
			}
			r := &recorder{TB: t}
			got := webtest.ExpectLog(r, log.AppName, "^a", tt.log, tt.options)
			require.Equal(t, tt.want, got)
			require.Equal(t, tt.fails, len(r.errors) > 0, r.errors)
		})
	}
}

func TestCheckLeaks(t *testing.T) { // testing-b1
	leak := func(limit string, start func() (stop func())) []string {
		t.Setenv("ASYNC_TEST_TIMEOUT", limit)
		r := &recorder{TB: t}
		webtest.CheckLeaks(r)
		defer start()()
		r.end()
		return r.errors
	}
	block := make(chan struct{})
	require.NotEmpty(t, leak("0.05", func() func() { go func() { <-block }(); return func() { close(block) } }), "a goroutine")
	require.Empty(t, leak("20", func() func() { return func() {} }), "nothing")
	require.Empty(t, leak("20", func() func() {
		webtest.GenTest(t, func(loop *ioloop.IOLoop) error { return ioloop.Moment(loop) })
		return func() {}
	}), "a loop that is closed")
	if runtime.GOOS == "linux" {
		require.NotEmpty(t, leak("0.05", func() func() {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			return func() { listener.Close() }
		}), "a socket")
		require.NotEmpty(t, leak("0.05", func() func() {
			loop, err := ioloop.New(ioloop.Options{})
			require.NoError(t, err)
			return func() { loop.Close() }
		}), "a loop")
	}
}

// The access log's duration of a request is measured with the loop's clock.
func TestTheDurationOfARequest(t *testing.T) {
	clock := webtest.NewFakeClock()
	loop, err := ioloop.New(ioloop.Options{Clock: clock})
	require.NoError(t, err)
	observed, waits := make(chan time.Duration, 1), make(chan bool, 1)
	server := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication([]web.URLSpec{web.URL("/", slow{waits: waits})}, web.Settings{
			Observe: func(r web.RequestRecord) { observed <- r.Duration },
		})
	}, httpserver.Options{Loop: loop})
	webtest.ExpectLog(t, log.AccessName, `^200 GET / \(127\.0\.0\.1\) 3600000\.00ms$`, func() {
		go func() {
			<-waits
			clock.Advance(time.Hour)
		}()
		require.Equal(t, 200, server.Fetch("/").StatusCode)
	})
	require.Equal(t, time.Hour, <-observed)
}
