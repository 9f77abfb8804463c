package web

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

const errorPage500 = "500 Internal Server Error / <html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>"

func TestDefaultHeaders(t *testing.T) { // web-20, web-21, http-51
	keepLog(t)
	conn := fetch(t, getting(func(h *probe) error { return nil }), "GET /")
	var names []string
	for name := range conn.headers.All() {
		names = append(names, name)
	}
	if got := strings.Join(names, " "); got != "Server Content-Type Date Etag Content-Length" {
		t.Errorf("headers: %s", got)
	}
	date, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", conn.header("Date"))
	if err != nil || time.Since(date).Abs() > time.Minute {
		t.Errorf("Date: %s, %v", conn.header("Date"), err)
	}
	for name, want := range map[string]string{
		"Server": "TornadoServer/" + Version, "Content-Type": "text/html; charset=UTF-8", "Content-Length": "0",
		"Etag": `"da39a3ee5e6b4b0d3255bfef95601890afd80709"`,
	} {
		if got := conn.header(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestDateIsMadeOnceASecond(t *testing.T) {
	app := NewApplication(nil, Settings{})
	at := func(ms int64) string { return app.date(time.UnixMilli(ms)) }
	for _, tt := range []struct {
		ms   int64
		want string
	}{
		{1_000, "Thu, 01 Jan 1970 00:00:01 GMT"},
		{1_999, "Thu, 01 Jan 1970 00:00:01 GMT"},
		{2_000, "Thu, 01 Jan 1970 00:00:02 GMT"},
		{1_500, "Thu, 01 Jan 1970 00:00:01 GMT"},
	} {
		if got := at(tt.ms); got != tt.want {
			t.Errorf("%d ms: %s, want %s", tt.ms, got, tt.want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { at(1_500) }); n != 0 {
		t.Errorf("%v allocations within a second", n)
	}
}

func TestResponses(t *testing.T) {
	type do = func(h *probe)
	for _, tt := range []struct {
		name, request string
		do            do
		want          string
	}{
		{"web-22 Clear", "GET /", func(h *probe) {
			h.SetStatus(404)
			h.SetHeader("A", "b")
			h.SetCookie("c", "d")
			h.WriteString("e")
			h.Clear()
		}, "200 OK / Set-Cookie: c=d; Path=/ / "},
		{"web-23 status", "GET /", func(h *probe) { h.SetStatus(418) }, "418 I'm a Teapot / "},
		{"web-23 unknown status", "GET /", func(h *probe) { h.SetStatus(682) }, "682 Unknown / "},
		{"web-23 no status", "GET /", func(h *probe) { h.SetStatus(99) }, errorPage500},
		{"web-23 no status", "GET /", func(h *probe) { h.SetStatus(1000) }, errorPage500},
		{"web-24 reason", "GET /", func(h *probe) { h.SetStatus(400, "Foo bar\tb\xe4z") }, "400 Foo bar\tb\xe4z / "},
		{"web-24 empty reason", "GET /", func(h *probe) { h.SetStatus(400, "") }, "400 Unknown / "},
		{"web-24 reason with markup", "GET /", func(h *probe) { h.SetStatus(400, "<b>") }, "400 Unknown / "},
		{"web-24 reason with CR LF", "GET /", func(h *probe) { h.SetStatus(400, "OK\r\nX: y") }, "400 Unknown / "},
		{"web-24 reason above U+00FF", "GET /", func(h *probe) { h.SetStatus(400, "Größe 1 €") }, "400 Unknown / "},
		{"web-24 reason with U+FFFD", "GET /", func(h *probe) { h.SetStatus(400, "\ufffd") }, "400 Unknown / "},
		{"web-24 reason up to U+00FF", "GET /", func(h *probe) { h.SetStatus(400, "Größe ÿ") }, "400 Größe ÿ / "},
		{"web-24 reason in Latin-1", "GET /", func(h *probe) { h.SetStatus(400, "Gr\xf6\xdfe") }, "400 Gr\xf6\xdfe / "},
		{"web-24 reason with DEL", "GET /", func(h *probe) { h.SetStatus(400, "OK\x7f") }, "400 Unknown / "},
		{"web-24 status resets reason", "GET /", func(h *probe) { h.SetStatus(400, "Foo"); h.SetStatus(404) }, "404 Not Found / "},
		{"web-26 text", "GET /", func(h *probe) { h.SetHeader("x-a", "b") }, "200 OK / X-A: b / "},
		{"web-26 bytes", "GET /", func(h *probe) { h.SetHeader("A", []byte("b\xe9")) }, "200 OK / A: b\xe9 / "},
		{"web-26 int", "GET /", func(h *probe) { h.SetHeader("A", -5) }, "200 OK / A: -5 / "},
		{"web-26 int64", "GET /", func(h *probe) { h.SetHeader("A", int64(1)<<40) }, "200 OK / A: 1099511627776 / "},
		{"web-26 uint64", "GET /", func(h *probe) { h.SetHeader("A", ^uint64(0)) }, "200 OK / A: 18446744073709551615 / "},
		{"web-26 time", "GET /", func(h *probe) { h.SetHeader("A", time.Unix(1359312200, 999)) }, "200 OK / A: Sun, 27 Jan 2013 18:43:20 GMT / "},
		{"web-26 float", "GET /", func(h *probe) { h.SetHeader("A", 1.5) }, errorPage500},
		{"web-26 nil", "GET /", func(h *probe) { h.SetHeader("A", nil) }, errorPage500},
		{"web-26 line break", "GET /", func(h *probe) { h.SetHeader("A", "b\r\nC: d") }, errorPage500},
		{"web-26 NUL", "GET /", func(h *probe) { h.AddHeader("A", "b\x00") }, errorPage500},
		{"web-26 DEL", "GET /", func(h *probe) { h.SetHeader("A", "b\x7f") }, errorPage500},
		{"web-26 name", "GET /", func(h *probe) { h.SetHeader("A B", "c") }, errorPage500},
		{"web-26 added name", "GET /", func(h *probe) { h.AddHeader("", "c") }, errorPage500},
		{"http-52 Transfer-Encoding", "GET /", func(h *probe) { h.SetHeader("Transfer-Encoding", "chunked"); h.WriteString("x") }, errorPage500},
		{"http-52 Transfer-Encoding added", "GET /", func(h *probe) { h.AddHeader("transfer-encoding", "gzip") }, errorPage500},
		{"http-52 Transfer-Encoding: identity", "HEAD /", func(h *probe) { h.SetHeader("TRANSFER-ENCODING", "identity") }, "500 Internal Server Error / "},
		{"http-52 two lengths", "GET /", func(h *probe) { h.SetHeader("Content-Length", 1); h.AddHeader("content-length", 2); h.WriteString("x") }, errorPage500},
		{"http-52 one length added", "GET /", func(h *probe) { h.AddHeader("Content-Length", 1); h.WriteString("x") }, "200 OK / x"},
		{"web-28 Add, Set", "GET /", func(h *probe) { h.AddHeader("A", 1); h.AddHeader("a", 2); h.SetHeader("B", 3); h.SetHeader("b", 4) },
			"200 OK / A: 1 / A: 2 / B: 4 / "},
		{"web-28 Clear", "GET /", func(h *probe) { h.AddHeader("A", 1); h.AddHeader("A", 2); h.ClearHeader("a"); h.ClearHeader("Absent") }, "200 OK / "},
		{"web-29 JSON", "GET /", func(h *probe) { h.WriteJSON(map[string]any{"b": 1, "a": "<é</"}) },
			`200 OK / Content-Type: application/json; charset=UTF-8 / {"a": "<\u00e9<\/", "b": 1}`},
		{"web-29 type set later", "GET /", func(h *probe) { h.WriteJSON(1); h.SetHeader("Content-Type", "text/x") }, "200 OK / Content-Type: text/x / 1"},
		{"web-31 no JSON", "GET /", func(h *probe) { h.WriteJSON(func() {}) }, errorPage500},
		{"parts", "GET /", func(h *probe) { h.WriteString("a"); h.Write([]byte("b")); fmt.Fprintf(h, "%d", 1); h.Finish("c") }, "200 OK / ab1c"},
		{"web-10 Finish with text", "GET /", func(h *probe) { h.Finish("a") }, "200 OK / a"},
		{"web-10 Finish with bytes", "GET /", func(h *probe) { h.Finish([]byte("a")) }, "200 OK / a"},
		{"web-10 Finish with a value", "GET /", func(h *probe) { h.Finish(map[string]int{"a": 1}) }, `200 OK / Content-Type: application/json; charset=UTF-8 / {"a": 1}`},
		{"web-10 Finish with nil", "GET /", func(h *probe) { h.Finish(nil) }, "200 OK / "},
		{"web-33 204", "GET /", func(h *probe) {
			h.SetStatus(204)
			h.SetHeader("Content-Language", "de")
			h.SetHeader("Content-Encoding", "br")
			h.SetHeader("A", "b")
		}, "204 No Content / A: b / "},
		{"web-33 304", "GET /", func(h *probe) { h.SetStatus(304) }, "304 Not Modified / "},
		{"RFC 9110 15.2", "GET /", func(h *probe) { h.SetStatus(101) }, errorPage500},
		{"RFC 9110 15.2", "GET /", func(h *probe) { h.SetStatus(101); h.WriteString("x") }, errorPage500},
		{"RFC 9110 15.2", "GET /", func(h *probe) { h.SetStatus(103) }, errorPage500},
		{"RFC 9110 15.2", "GET /", func(h *probe) { h.SetStatus(100); h.Flush() }, errorPage500},
		{"RFC 9110 15.2", "GET /", func(h *probe) { h.SetStatus(103); h.SetStatus(200) }, "200 OK / "},
		{"web-33 204 with body", "GET /", func(h *probe) { h.SetStatus(204); h.WriteString("x") }, errorPage500},
		{"web-33 304 with body", "GET /", func(h *probe) { h.SetStatus(304); h.WriteString("x") }, errorPage500},
		{"web-35 HEAD", "HEAD /", func(h *probe) { h.WriteString("abc") }, "200 OK / "},
		{"web-36 empty Flush", "GET /", func(h *probe) { h.Flush() }, "200 OK / "},
		{"web-37 headers after Flush", "GET /", func(h *probe) { h.Flush(); h.SetHeader("A", "b"); h.SetCookie("c", "d"); h.WriteString("x") }, "200 OK / x"},
		{"web-35 HEAD with Flush", "HEAD /", func(h *probe) { h.WriteString("a"); h.Flush(); h.WriteString("b") }, "200 OK / "},
		{"web-100 Redirect", "GET /", func(h *probe) { h.Redirect("http://x/%20//y?ü") }, "302 Found / Location: http://x/%20//y?ü / "},
		{"web-100 permanent", "POST /", func(h *probe) { h.Redirect("/a", 301) }, "301 Moved Permanently / Location: /a / "},
		{"web-100 other", "GET /", func(h *probe) { h.Redirect("/a", 307) }, "307 Temporary Redirect / Location: /a / "},
		{"web-100 no redirect", "GET /", func(h *probe) { h.Redirect("/a", 200) }, errorPage500},
		{"web-100 no redirect", "GET /", func(h *probe) { h.Redirect("/a", 400) }, errorPage500},
		{"web-100 line break", "GET /", func(h *probe) { h.Redirect("/a\nB: c") }, errorPage500},
		{"web-101 buffered", "GET /", func(h *probe) { h.WriteString("x"); h.Redirect("/a") }, "302 Found / Location: /a / x"},
		{"web-101 late", "GET /", func(h *probe) { h.WriteString("x"); h.Flush(); h.Redirect("/a") }, "200 OK / x"},
	} {
		keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { tt.do(h); return nil }), tt.request)
		if got := conn.String(); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestContentLength(t *testing.T) { // web-32, web-33, web-35, http-55, http-68
	for _, tt := range []struct {
		request string
		do      func(h *probe)
		want    string
	}{
		{"GET /", func(h *probe) { h.WriteString("abc") }, "3"},
		{"HEAD /", func(h *probe) { h.WriteString("abc") }, "3"},
		{"POST /", func(h *probe) { h.WriteString(strings.Repeat("x", 100_000)) }, "100000"},
		{"GET /", func(h *probe) { h.SetHeader("Content-Length", 7) }, "7"},
		{"GET /", func(h *probe) { h.WriteString("abc"); h.Flush() }, ""},
		{"HEAD /", func(h *probe) { h.WriteString("abc"); h.Flush() }, ""},
		{"GET /", func(h *probe) { h.SetStatus(204) }, ""},
		{"GET /", func(h *probe) { h.SetStatus(304) }, ""},
		{"GET /", func(h *probe) { h.SetStatus(404) }, "0"},
	} {
		keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { tt.do(h); return nil }), tt.request)
		if got := conn.header("Content-Length"); got != tt.want {
			t.Errorf("%s %v: Content-Length %q, want %q", tt.request, conn, got, tt.want)
		}
	}
}

func TestSetDefaultHeadersAppliesToErrorPages(t *testing.T) { // web-1, web-22
	keepLog(t)
	app := serving(probe{
		defaults: func(h *probe) { h.SetHeader("Server", "mine"); h.SetHeader("A", "b") },
		do:       func(h *probe) error { h.SetHeader("A", "c"); return NewHTTPError(400) },
	})
	conn := fetch(t, app, "GET /")
	if conn.header("Server") != "mine" || conn.header("A") != "b" {
		t.Error(conn.headers.String())
	}
}

func TestFlushSendsPartsInOrder(t *testing.T) { // web-32, web-37, web-38
	keepLog(t)
	conn := fetch(t, getting(func(h *probe) error {
		for _, part := range []string{"a", "b", "c"} {
			h.WriteString(part)
			if _, err := h.Flush().Await(); err != nil {
				return err
			}
		}
		return h.WriteString("d")
	}), "GET /")
	if got := fmt.Sprintf("%q %d", conn.chunks, conn.heads); got != `["a" "b" "c" "d"] 1` {
		t.Error(got)
	}
}

func TestFlushWaitsForTheConnection(t *testing.T) { // web-38
	keepLog(t)
	gone := errors.New("gone")
	for _, tt := range []struct{ write, flush, want error }{
		{nil, nil, nil},
		{nil, gone, gone},
		{gone, nil, gone},
	} {
		conn := &fakeConn{failWith: tt.write, flushError: tt.flush}
		got := errors.New("not asked")
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			conn.loop = loop
			request(t, getting(func(h *probe) error {
				f := h.Flush()
				if f.Done() != (tt.write != nil) {
					t.Errorf("%v: Done is %v", tt, f.Done())
				}
				_, got = f.Await()
				return nil
			}), conn, "GET /").Finish()
		})
		if got != tt.want {
			t.Errorf("%v: got %v", tt, got)
		}
	}
}

func TestAHandlerIsAWriter(t *testing.T) {
	keepLog(t)
	text := strings.Repeat("0123456789", 20_000)
	conn := fetch(t, getting(func(h *probe) error {
		_, err := io.Copy(h, io.MultiReader(strings.NewReader(text), strings.NewReader("!")))
		return err
	}), "GET /")
	if conn.body() != text+"!" {
		t.Errorf("%d bytes arrived changed", len(conn.body()))
	}
}

// A holdingConn keeps large chunks instead of copying them, as a connection may.
type holdingConn struct {
	fakeConn
	held [][]byte
}

func (c *holdingConn) WriteHeaders(start httputil.ResponseStartLine, h *httputil.HTTPHeaders, chunk []byte) error {
	return c.Write(chunk)
}

func (c *holdingConn) Write(chunk []byte) error {
	if len(chunk) <= 16<<10 {
		chunk = slices.Clone(chunk)
	}
	c.held = append(c.held, chunk)
	return nil
}

func TestChunksThatAConnectionKeepsAreNotOverwritten(t *testing.T) {
	keepLog(t)
	sizes := []int{1, 16 << 10, 16<<10 + 1, 5, 100_000, 7, 40_000, 16 << 10, 3}
	conn := &holdingConn{}
	var want []string
	app := getting(func(h *probe) error {
		for i, size := range sizes {
			h.Write(slices.Repeat([]byte{h.Request().Query[0] + byte(i)}, size))
			h.Flush()
		}
		return nil
	})
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn.loop = loop
		for _, first := range []byte{'A', 'a', '0'} {
			d := app.StartRequest(conn)
			headers, _ := httputil.ParseHeaders("Host: x")
			_, err := d.HeadersReceived(httputil.RequestStartLine{Method: "GET", Path: "/?" + string(first), Version: "HTTP/1.1"}, headers)
			require.NoError(t, err)
			d.Finish()
			for i, size := range sizes {
				want = append(want, strings.Repeat(string(first+byte(i)), size))
			}
		}
	})
	for i, chunk := range conn.held {
		if string(chunk) != want[i] {
			t.Errorf("chunk %d of %d bytes was overwritten", i, len(chunk))
		}
	}
	require.Len(t, conn.held, len(want))
}

func TestALargeChunkOfFinish(t *testing.T) {
	keepLog(t)
	large := []byte(strings.Repeat("x", 40_000) + "spare")
	for _, tt := range []struct{ before, after, want string }{
		{"", "", string(large[:40_000])},
		{"a", "", "a" + string(large[:40_000])},
		{"", "b", string(large[:40_000]) + "b"},
	} {
		conn := fetch(t, getting(func(h *probe) error {
			h.WriteString(tt.before)
			return h.Finish(large[:40_000], tt.after)
		}), "GET /")
		if conn.body() != tt.want || string(large[40_000:]) != "spare" {
			t.Errorf("%q, %q: %d bytes; after the chunk: %s", tt.before, tt.after, len(conn.body()), large[40_000:])
		}
	}
}

func TestAContradictoryResponseIsAnError(t *testing.T) { // http-56, web-55
	for name, do := range map[string]func(h *probe) error{
		"Finish":           func(h *probe) error { h.Finish("x"); return nil },
		"Finish, returned": func(h *probe) error { return h.Finish("x") },
		"automatic":        func(h *probe) error { return h.WriteString("x") },
		"Flush":            func(h *probe) error { h.WriteString("x"); h.Flush(); return nil },
	} {
		book := keepLog(t)
		finished := 0
		conn := &fakeConn{failWith: &httputil.HTTPOutputError{Reason: "too much"}}
		looptest.RunNew(t, func(loop *ioloop.IOLoop) {
			conn.loop = loop
			request(t, serving(probe{do: do, onFinish: func(h *probe) { finished++ }}), conn, "GET /").Finish()
		})
		if conn.finishes != 1 || finished != 1 || strings.Count(strings.Join(book.records, "\n"), "200 GET / ()") != 1 {
			t.Errorf("%s: finished %d times, OnFinish %d times, log %q", name, conn.finishes, finished, book.records)
		}
		if got := book.without("access"); !strings.Contains(got, "ERROR application: Uncaught exception GET / () error=httputil: too much") {
			t.Errorf("%s: log %s", name, got)
		}
	}
}

func TestObserve(t *testing.T) {
	keepLog(t)
	var got []RequestRecord
	app := NewApplication([]URLSpec{
		URL("/a", probe{do: func(h *probe) error { return h.WriteString("12345") }}, Name("a")),
		URL("/b/(.*)", probe{do: func(h *probe) error { h.WriteString("123"); h.Flush().Await(); return h.Finish("45") }}),
		URL("/error", probe{do: func(h *probe) error { return NewHTTPError(503) }}),
	}, Settings{Observe: func(r RequestRecord) {
		if r.Duration < 0 || r.Duration > time.Minute {
			t.Errorf("took %v", r.Duration)
		}
		r.Duration = 0
		got = append(got, r)
	}})
	for _, line := range []string{"GET /a", "HEAD /a", "GET /b/c", "GET /error", "GET /none"} {
		fetch(t, app, line)
	}
	want := []RequestRecord{
		{Method: "GET", Name: "a", Pattern: "/a", Status: 200, Bytes: 5},
		{Method: "HEAD", Name: "a", Pattern: "/a", Status: 200},
		{Method: "GET", Pattern: "/b/(.*)", Status: 200, Bytes: 5},
		{Method: "GET", Pattern: "/error", Status: 503, Bytes: 89},
		{Method: "GET", Status: 404, Bytes: 69},
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got, want)
			break
		}
	}
}

func TestWritingOnAnotherGoroutineIsFoundInDebugMode(t *testing.T) { // ioloop-5
	var late *probe
	elsewhere := func(fn func()) (panicked any) {
		done := make(chan any)
		go func() {
			defer func() { done <- recover() }()
			fn()
		}()
		return <-done
	}
	writes := func(h *probe) map[string]func() {
		return map[string]func(){
			"Write": func() { h.Write(nil) }, "WriteString": func() { h.WriteString("") }, "WriteJSON": func() { h.WriteJSON(1) },
			"Flush": func() { h.Flush() }, "Finish": func() { h.Finish() },
		}
	}
	check := func(h *probe) {
		for name, fn := range writes(h) {
			if got := fmt.Sprint(elsewhere(fn)); !strings.Contains(got, "RequestHandler."+name) {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
	app := serving(probe{do: func(h *probe) error { late = h; check(h); return nil }})
	looptest.RunNew(t, func(loop *ioloop.IOLoop) {
		conn := &fakeConn{loop: loop}
		request(t, app, conn, "GET /").Finish()
		if conn.String() != "200 OK / " {
			t.Error(conn)
		}
		check(late) // the response is finished
	})
}
