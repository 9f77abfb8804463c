package http1

import (
	"bufio"
	_ "embed"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
)

// nextRequestHead finds and parses the head at the start of buf, as a server does.
func nextRequestHead(f *HeadFinder, buf []byte, maxHeaderSize int) (h RequestHead, n int, err error) {
	if n, err = f.FindHead(buf, maxHeaderSize); n > 0 {
		err = h.Parse(buf[:n])
	}
	return h, n, err
}

// shownHead returns the result of nextRequestHead in one line: "METHOD target version|A: 1| +rest", where
// rest are the bytes after the head; or "more", "too large" or "400: why".
func shownHead(h RequestHead, rest string, n int, err error) string {
	var input *httputil.HTTPInputError
	switch {
	case err == ErrHeadTooLarge:
		return "too large"
	case errors.As(err, &input):
		return "400: " + input.Reason
	case err != nil:
		return "undocumented error: " + err.Error()
	case n == 0:
		return "more"
	}
	fields := strings.ReplaceAll(h.Headers.String(), "\n", "|")
	return h.Start.Method + " " + h.Start.Path + " " + h.Start.Version + "|" + fields + " +" + rest
}

func parseHeadWhole(input string, maxHeaderSize int) string {
	var p HeadFinder
	h, n, err := nextRequestHead(&p, []byte(input), maxHeaderSize)
	return shownHead(h, input[n:], n, err)
}

// parseHeadBytewise gives the parser one more byte in each call. The parser must not keep the
// buffer.
func parseHeadBytewise(input string, maxHeaderSize int) string {
	var p HeadFinder
	for i := range len(input) + 1 {
		buf := []byte(input[:i])
		h, n, err := nextRequestHead(&p, buf, maxHeaderSize)
		clear(buf)
		if n > 0 || err != nil {
			return shownHead(h, input[n:], n, err)
		}
	}
	return "more"
}

func TestParseRequestHead(t *testing.T) {
	for _, tt := range []struct{ rule, input, want string }{
		{"http-1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1|Host: a| +"},
		{"http-1", "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1|Host: a| +"},
		{"http-1", "GET / HTTP/1.1\r\nHost: a\n\r\nrest", "GET / HTTP/1.1|Host: a| +rest"},
		{"http-1", "GET / HTTP/1.1\r\nHost: a\r\n\nrest", "GET / HTTP/1.1|Host: a| +rest"},
		{"http-1", "GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1| +GET / HTTP/1.1\r\n\r\n"},
		{"http-1", "GET / HTTP/1.1\r\nHost: a\r\n\r", "more"},
		{"http-1", "GET / HTTP/1.1\r\nHost: a\r\n", "more"},
		{"http-1", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", "400: invalid header value"},
		{"http-2", "\r\nGET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1| +"},
		{"http-2", "\nGET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1| +"},
		{"http-2", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "400: malformed request line"},
		{"http-2", "\n\n", "400: malformed request line"},
		{"http-2", "\n\r\n", "400: malformed request line"},
		{"http-2", "\rGET / HTTP/1.1\r\n\r\n", "400: malformed request line"},
		{"http-2", "\r\n", "more"},
		{"http-2", "", "more"},
		{"http-10", "GET http://a/b HTTP/1.1\n\n", "GET http://a/b HTTP/1.1| +"},
		{"http-10", "GET a+b-c.1://d HTTP/1.1\n\n", "GET a+b-c.1://d HTTP/1.1| +"},
		{"http-10", "OPTIONS * HTTP/1.1\n\n", "OPTIONS * HTTP/1.1| +"},
		{"http-10", "CONNECT a:443 HTTP/1.1\n\n", "CONNECT a:443 HTTP/1.1| +"},
		{"RFC 9112 3.2", "GET * HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "OPTIONS ** HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET a HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET ?a HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET a:443 HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET ://a HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET 1a://b HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET a/b://c HTTP/1.1\n\n", "400: invalid request target"},
		{"RFC 9112 3.2", "GET \xe9://c HTTP/1.1\n\n", "400: invalid request target"},
		{"http-4", "GET /\r\n", "more"},
		{"http-4", "GET /\r\n\r\n", "400: malformed request line"},
		{"http-4", "asdf\r\n\r\n", "400: malformed request line"},
		{"http-4", "GET / HTTP/1.1\rHost: a\r\n\r\n", "400: malformed request line"},
		{"http-6", "GET / HTTP/1.1 \r\n\r\n", "400: malformed request line"},
		{"http-6", "GET / HTTP/1.1\r\r\n\r\n", "400: malformed request line"},
		{"http-8", "GET / HTTP/2.0\r\n\r\n", "400: unexpected version HTTP/2.0"},
		{"http-14", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400: invalid header name"},
		{"http-15", "GET / HTTP/1.1\r\nx-FOO: a\r\n\r\n", "GET / HTTP/1.1|X-Foo: a| +"},
		{"http-18", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1|A: b c| +"},
		{"http-18", "GET / HTTP/1.1\r\n A: b\r\n\r\n", "400: first header line cannot start with white space"},
		{"http-19", "GET / HTTP/1.1\r\nA\r\n\r\n", "400: no colon in header line"},
	} {
		if got := parseHeadWhole(tt.input, 65536); got != tt.want {
			t.Errorf("%s: %q: got %q, want %q", tt.rule, tt.input, got, tt.want)
		}
		want, _, _ := strings.Cut(tt.want, "+")
		if got := parseHeadBytewise(tt.input, 65536); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q byte by byte: got %q, want %q", tt.rule, tt.input, got, want)
		}
	}
}

func TestHeadLimits(t *testing.T) { // http-3
	const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	lines := func(n int) string { return "GET / HTTP/1.1\r\n" + strings.Repeat("a:\r\n", n) + "\r\n" }
	for _, tt := range []struct {
		what, input string
		max         int
		want        string
	}{
		{"at the limit", head, len(head), "GET / HTTP/1.1|Host: a| +"},
		{"at the limit, more after it", head + "x", len(head), "GET / HTTP/1.1|Host: a| +x"},
		{"over the limit", head, len(head) - 1, "too large"},
		{"over the limit, no end in sight", strings.Repeat("a", 101), 100, "too large"},
		{"at the limit, no end in sight", strings.Repeat("a", 100), 100, "more"},
		{"many lines", lines(1000), 65536, "GET / HTTP/1.1|" + strings.Repeat("A: |", 1000) + " +"},
		{"too many lines", lines(1001), 65536, "400: too many header lines"},
	} {
		if got := parseHeadWhole(tt.input, tt.max); got != tt.want {
			t.Errorf("%s: got %.100q, want %.100q", tt.what, got, tt.want)
		}
	}
}

func TestHeadFinderIsReadyForTheNextHead(t *testing.T) {
	var p HeadFinder
	buf := []byte("GET /1 HTTP/1.1\r\nA: b\r\n\r\nGET /2 HTTP/1.1\r\n\r\n")
	first, n, err := nextRequestHead(&p, buf, 65536)
	require.NoError(t, err)
	second, m, err := nextRequestHead(&p, buf[n:], 65536)
	require.NoError(t, err)
	require.Equal(t, len(buf), n+m)
	clear(buf)
	require.Equal(t, "/1 b /2", first.Start.Path+" "+first.Headers.Get("A")+" "+second.Start.Path, "heads are copies")
}

func TestTricklingHeadIsSearchedOnce(t *testing.T) {
	var p HeadFinder
	input := []byte("GET /" + strings.Repeat("a", 1000) + " HTTP/1.1\r\nHost: a\r\n\r")
	for i := range len(input) + 1 {
		if _, n, err := nextRequestHead(&p, input[:i], 65536); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if unsearched := i - int(p.scanned); unsearched > len("\n\r") {
			t.Fatalf("%d of %d bytes will be searched again", unsearched, i)
		}
	}
}

func TestHeadAllocations(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       float64 // allocations: one copy of the head, and one slice of fields
	}{{"wrk", wrkHead, 2}, {"browser", browserHead, 2}} {
		buf, p := []byte(tt.head), HeadFinder{}
		if got := testing.AllocsPerRun(100, func() { _, _, _ = nextRequestHead(&p, buf, 65536) }); got != tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

// FuzzRequestHead checks that all errors are documented, that the result does not depend on how
// the bytes are split, and that net/http parses the same request if it accepts the head.
func FuzzRequestHead(f *testing.F) {
	for _, input := range []string{
		wrkHead, browserHead, "\r\nGET / HTTP/1.0\n\n", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
		"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n",
		"GET http://a/ HTTP/1.1\r\nHost: b:80\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n",
		"T htpp://a/ HTTP/1.1\r\nHost: b:80\r\n\r\n",
	} {
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input string) {
		const limit = 1000
		whole := parseHeadWhole(input, limit)
		require.False(t, strings.HasPrefix(whole, "undocumented"), whole)
		require.Equal(t, whole, parseHeadBytewise(input, limit))
		var p HeadFinder
		h, n, err := nextRequestHead(&p, []byte(input), limit)
		if n == 0 || err != nil {
			return
		}
		ours, err := httputil.NewRequest(nil, h.Start, h.Headers)
		if err != nil {
			return
		}
		body, err := h.Framing()
		if err != nil {
			return
		}
		judge, err := http.ReadRequest(bufio.NewReader(strings.NewReader(input)))
		if err != nil {
			return
		}
		compareHeads(t, ours, body, judge)
	})
}

func compareHeads(t *testing.T, ours *httputil.HTTPServerRequest, body Framing, judge *http.Request) {
	t.Helper()
	require.Equal(t, []string{judge.Method, judge.Proto}, []string{ours.Method, ours.Version})
	if absolute := judge.URL.Host != ""; !absolute { // net/http leaves the host in the URI
		require.Equal(t, judge.RequestURI, ours.URI)
	}
	foreign := judge.URL.Scheme != "" && judge.URL.Scheme != "http" && judge.URL.Scheme != "https"
	if ours.Headers.Has("Host") && !foreign { // net/http takes the host of any URL
		require.Equal(t, judge.Host, ours.Host)
	}
	switch {
	case body.Kind == ChunkedBody:
		require.Equal(t, []string{"chunked"}, judge.TransferEncoding)
	case body.Length > 1<<62: // beyond what it reads
	case judge.TransferEncoding == nil:
		require.Equal(t, judge.ContentLength, body.Length)
	default:
		t.Fatalf("net/http says %v", judge.TransferEncoding)
	}
	_, _ = io.Copy(io.Discard, judge.Body)
}

// browserHead is the head of a request in the form in which Firefox sends it.
//
//go:embed testdata/browser.http
var browserHead string

const wrkHead = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n"

func BenchmarkRequestHead(b *testing.B) {
	for name, head := range map[string]string{"wrk": wrkHead, "browser": browserHead} {
		b.Run(name, func(b *testing.B) {
			buf := []byte(head)
			var p HeadFinder
			b.ReportAllocs()
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				if _, n, err := nextRequestHead(&p, buf, 65536); n != len(buf) || err != nil {
					b.Fatal(n, err)
				}
			}
		})
	}
}
