package main

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

func TestCountdownComesLineByLine(t *testing.T) {
	s := serve(t, 1)
	for range 5 { // again if the machine was busy
		first, last := countDown(t, s)
		if last < time.Second {
			t.Fatalf("the last line came after %v", last)
		}
		if first < last-time.Second/2 {
			return
		}
	}
	t.Error("the first line came with the last one")
}

// countDown returns the times of the first line of /countdown/1 and of its end.
func countDown(t *testing.T, s *testServer) (first, last time.Duration) {
	t.Helper()
	start := time.Now()
	answer, err := http.Get(s.url("/countdown/1"))
	require.NoError(t, err)
	defer answer.Body.Close()
	lines := bufio.NewReader(answer.Body)
	line, err := lines.ReadString('\n')
	require.NoError(t, err)
	first = time.Since(start)
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.Equal(t, "1\nLift-off\n", line+string(rest))
	return first, time.Since(start)
}

func TestRows(t *testing.T) {
	s := serve(t, 1)
	_, body := get(t, s.url("/rows/3.csv"))
	require.Equal(t, "n,square\n1,1\n2,4\n3,9\n", body)
	_, body = get(t, s.url("/rows/0.csv"))
	require.Equal(t, "n,square\n", body)
	_, body = get(t, s.url("/rows/100000.csv"))
	require.Equal(t, 100_001, strings.Count(body, "\n"))
	require.True(t, strings.HasSuffix(body, "\n100000,10000000000\n"))
	for _, path := range []string{"/rows/10000001.csv", "/rows/99999999999999999999.csv", "/countdown/61"} {
		answer, body := get(t, s.url(path))
		if answer.StatusCode != 400 || !strings.Contains(body, "That is more than") {
			t.Errorf("%s: got %d, %s", path, answer.StatusCode, body)
		}
	}
}

// If a client does not read, the handler waits after the socket buffers are full.
func TestRowsWaitForTheirReader(t *testing.T) {
	s := serve(t, 1)
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	answer, err := http.Get(s.url("/rows/10000000.csv")) // about 220 MB
	require.NoError(t, err)
	eventually(t, "the handler waits", func() bool { return readStats(t, s).CoroutinesParked == 2 })
	runtime.GC()
	runtime.ReadMemStats(&during)
	if grown := int64(during.HeapAlloc) - int64(before.HeapAlloc); grown > 8<<20 {
		t.Errorf("%d bytes are held for a client that reads nothing", grown)
	}
	answer.Body.Close() // the client goes away
	eventually(t, "the handler has ended", func() bool { return readStats(t, s).CoroutinesParked == 1 })
}

func TestStreamsHaveNoBodyForHead(t *testing.T) {
	answer, err := http.Head(serve(t, 1).url("/rows/10000000.csv"))
	require.NoError(t, err)
	answer.Body.Close()
	require.Equal(t, 200, answer.StatusCode)
}

func TestErrorPages(t *testing.T) {
	s := serve(t, 1) // in debug mode
	for _, tt := range []struct {
		path   string
		status int
		says   string
	}{
		{"/fail/missing", 404, "Nothing lives here"},
		{"/fail/reason", 418, "I am a teapot"},
		{"/fail/argument", 400, "<h1>Bad Request</h1>"},
		{"/fail/argument?name=Ada", 200, "Nothing failed."},
		{"/fail/logged", 503, "out of tea"},
		{"/fail/error", 500, "brewing: no water"},
		{"/fail/panic", 500, "errors.go:"}, // in the stack
		{"/errors", 200, "causes and stacks are shown"},
	} {
		answer, body := get(t, s.url(tt.path))
		if answer.StatusCode != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s: got %d, %s; want %d, %s", tt.path, answer.StatusCode, body, tt.status, tt.says)
		}
	}
}

func TestErrorPagesHideCausesUnlessDebugging(t *testing.T) {
	s := serveWith(t, demoConfig{address: "127.0.0.1", loops: 1})
	for _, path := range []string{"/fail/logged", "/fail/error", "/fail/panic"} {
		answer, body := get(t, s.url(path))
		if answer.StatusCode < 500 || !strings.Contains(body, "See all demos") {
			t.Errorf("%s: got %d, %s", path, answer.StatusCode, body)
		}
		for _, secret := range []string{"out of tea", "no water", "kettle", ".go"} {
			if bytes.Contains([]byte(body), []byte(secret)) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
	}
}

func TestBrowserStreams(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/stream"))
	b.Run(`document.querySelector("#countdown").dataset.path = "/countdown/2"`, nil)
	b.Click("#countdown")
	b.WaitFor(`document.querySelector("#log").children.length === 1`) // and not all three
	b.WaitFor(`document.querySelector("#status").textContent === "Counted" && document.querySelector("#log").children.length === 3`)

	b.Click("#slow")
	b.Click("#rows")
	b.WaitFor(`document.querySelector("#received").textContent.includes(",")`)
	b.Screenshot("stream")
	b.Click("#stop")
	b.WaitFor(`document.querySelector("#status").textContent === "Stopped"`)
	b.Click("#slow")
	b.Run(`document.querySelector("#rows").dataset.path = "/rows/200000.csv"`, nil)
	b.Click("#rows")
	b.WaitFor(`document.querySelector("#status").textContent === "Complete"`)
	b.WaitFor(`document.querySelector("#received").textContent === "200,000"`)
	b.WaitFor(`document.querySelector("#last").textContent === "200000,40000000000"`)
	b.RequireNoErrors()
}

func TestBrowserErrorPages(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/errors"))
	b.Click(`main a[href="/fail/reason"]`)
	b.WaitFor(`document.querySelector("h1").textContent === "I am a teapot"`)
	b.Screenshot("teapot")
	b.Open(s.url("/fail/panic"))
	b.WaitFor(`document.body.innerText.includes("kettle") && document.body.innerText.includes("errors.go")`)
	b.Screenshot("panic")
	b.RequireNoErrors("/fail/reason", "/fail/panic")
}
