package http1

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// A readResponse is the result of reading one response with a HeadFinder and a BodyReader.
type readResponse struct {
	head    ResponseHead
	body    string
	rest    string // the bytes after the response
	outcome string // "complete", "more", "until close" or the error
	framing Framing
}

// readWhole reads the response to a request with the given method from input, at most step
// bytes at a time.
func readWhole(method, input string, step int) readResponse {
	const maxHeaderSize, maxBodySize = 2000, 5000
	var r readResponse
	var finder HeadFinder
	at, n := 0, 0
	for ; n == 0; at = min(at+step, len(input)) {
		var err error
		if n, err = finder.FindHead([]byte(input[:at]), maxHeaderSize); err != nil {
			r.outcome = err.Error()
			return r
		}
		if n == 0 && at == len(input) {
			r.outcome = "more"
			return r
		}
	}
	var head ResponseHead
	err := head.Parse([]byte(input[:n]))
	if err == nil {
		r.framing, err = head.Framing(method)
		r.head = head
	}
	if err != nil {
		r.outcome = err.Error()
		return r
	}
	body := BodyReader{Framing: r.framing, Max: maxBodySize, Gather: step%2 == 0}
	r.body, r.rest, r.outcome = readBodyIn(&body, input[n:], step)
	return r
}

// readBodyIn reads a body from input. The connection ends after input.
func readBodyIn(body *BodyReader, input string, step int) (content, rest, outcome string) {
	if body.Framing.IsEmpty() {
		return "", input, "complete"
	}
	if err := body.CheckLength(); err != nil {
		return "", "", err.Error()
	}
	for at, end := 0, 0; ; {
		chunk, n, done, err := body.NextPiece([]byte(input[at:end]), step)
		content += string(chunk)
		at += n
		switch {
		case err != nil:
			return "", "", err.Error()
		case done:
			return content + string(body.TakeWhole()), input[at:], "complete"
		case n > 0:
		case end < len(input):
			end = min(end+step, len(input))
		default:
			err = body.EndInput()
			outcome = "until close"
			if err != nil {
				outcome = err.Error()
			}
			return content + string(body.TakeWhole()), "", outcome
		}
	}
}

// client-18, client-23, client-59 to client-64: each row has the method of a request, the
// response to it, and the outcome: what was read, and how the body ended.
func TestReadResponse(t *testing.T) {
	const truncated = "http1: the connection closed before the end of the body"
	input := func(reason string) string { return (&httputil.HTTPInputError{Reason: reason}).Error() }
	for _, tt := range []struct{ rule, method, input, want string }{
		{"client-60", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 OK hi complete"},
		{"client-60", "GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200   complete"},
		{"client-60", "GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", input("malformed status line")},
		{"client-60", "GET", "HTTP/2.0 200 OK\r\n\r\n", input("unexpected version HTTP/2.0")},
		{"client-60", "GET", "http/1.1 200 OK\r\n\r\n", input("malformed status line")},
		{"client-60", "GET", "HTTP/1.1 20 OK\r\n\r\n", input("malformed status line")},
		{"client-60", "GET", "HTTP/1.1 2000 OK\r\n\r\n", input("malformed status line")},
		{"client-60", "GET", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "999 Odd  complete"},
		{"client-60", "GET", "HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nhi", "99 Odd hi complete"},
		{"client-60", "GET", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK  complete"},
		{"client-60", "GET", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", input("malformed status line")},
		{"client-60", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "200 OK hi complete"},
		{"client-61", "GET", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", input("no colon in header line")},
		{"client-61", "GET", "SSH-2.0-OpenSSH\r\n\r\n", input("malformed status line")},
		{"client-62", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi", input("multiple unequal Content-Lengths")},
		{"client-62", "GET", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", input("invalid Content-Length")},
		{"client-62", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", input("unsupported Transfer-Encoding")},
		{"client-62", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", input("invalid chunk size line")},
		{"client-23", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nhi\r\n0\r\n\r\n", input("both Transfer-Encoding and Content-Length")},
		{"client-23", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", "200 OK hi complete"},
		{"client-23", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2,3\r\n\r\nhi", input("multiple unequal Content-Lengths")},
		{"client-23", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhiXX", input("chunk data not followed by CRLF")},
		{"client-63", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\nrest", "200 OK hi complete +rest"},
		{"client-63", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi there", "200 OK hi complete + there"},
		{"client-63", "GET", "HTTP/1.1 200 OK\r\n\r\nhi there", "200 OK hi there until close"},
		{"client-63", "GET", "HTTP/1.1 205 Reset\r\n\r\nhi", "205 Reset hi until close"},
		{"client-66", "GET", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 5001), input("body too large")},
		{"client-16", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5001\r\n\r\n", input("Content-Length too long")},
		{"client-16", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1389\r\nx", input("chunked body too large")},
		{"client-18", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "200 OK  complete"},
		{"client-18", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 OK  complete"},
		{"client-18", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304 Not Modified  complete"},
		{"client-18", "GET", "HTTP/1.1 204 No Content\r\n\r\nrest", "204 No Content  complete +rest"},
		{"client-18", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 No Content  complete"},
		{"client-18", "GET", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", input("response with code 204 should not have a body")},
		{"client-18", "GET", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", input("response with code 204 should not have a body")},
		{"client-59", "GET", "HTTP/1.1 100 Continue\r\n\r\n", "100 Continue  complete"},
		{"client-59", "GET", "HTTP/1.1 103 Early\r\nContent-Length: 0\r\n\r\n", input("response code 103 cannot have a body")},
		{"client-59", "GET", "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n", input("response code 100 cannot have a body")},
		{"client-64", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhi", "200 OK hi " + truncated},
		{"client-64", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "200 OK hi " + truncated},
		{"client-64", "GET", "HTTP/1.1 200 OK\r\nContent-Le", "more"},
		{"client-68", "GET", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 2000) + "\r\n\r\n", "http1: head too large"},
	} {
		for _, step := range []int{1, 2, 7, 1 << 16} {
			if got := readWhole(tt.method, tt.input, step).String(); got != tt.want {
				t.Errorf("%s: %s %.80q, %d at a time: got %q, want %q", tt.rule, tt.method, tt.input, step, got, tt.want)
			}
		}
	}
}

func (r readResponse) String() string {
	switch {
	case r.head.Start.Code == 0, r.outcome != "complete" && r.outcome != "until close" && r.outcome != ErrTruncated.Error():
		return r.outcome
	case r.rest != "":
		r.outcome += " +" + r.rest
	}
	return fmt.Sprintf("%d %s %s %s", r.head.Start.Code, r.head.Start.Reason, r.body, r.outcome)
}

// A response is refused before its head is complete only if its server cannot speak HTTP/1.x.
func TestBeginsResponse(t *testing.T) {
	for _, tt := range []struct {
		data string
		want bool
	}{
		{"", true}, {"H", true}, {"HTTP/1.1 200", true}, {"\r\nHTTP/1.", true}, {"\nHTTP/1.0", true}, {"\r", true},
		{"h", false}, {"HTTP/2", false}, {"SSH-2.0", false}, {"\x15\x03\x01", false}, {"\r\n\r\n", false}, {"\x00", false},
	} {
		if got := BeginsResponse([]byte(tt.data)); got != tt.want {
			t.Errorf("%q: got %t", tt.data, got)
		}
	}
}

func TestResponsePersists(t *testing.T) {
	for _, tt := range []struct {
		version, headers string
		kind             FramingKind
		want             bool
	}{
		{"HTTP/1.1", "", LengthBody, true},
		{"HTTP/1.1", "Connection: close", LengthBody, false},
		{"HTTP/1.1", "Connection: keep-alive\nConnection: Close", LengthBody, false},
		{"HTTP/1.1", "Connection: x-close", LengthBody, true},
		{"HTTP/1.1", "", UntilCloseBody, false},
		{"HTTP/1.1", "", ChunkedBody, true},
		{"HTTP/1.0", "", LengthBody, false},
		{"HTTP/1.0", "Connection: Keep-Alive", LengthBody, true},
		{"HTTP/1.0", "Connection: Keep-Alive", ChunkedBody, false},
		{"HTTP/1.0", "Connection: Keep-Alive", NoBody, true},
	} {
		headers, err := httputil.ParseHeaders(tt.headers)
		require.NoError(t, err)
		f := Framing{Kind: tt.kind, Faulty: tt.version == "HTTP/1.0" && tt.kind == ChunkedBody}
		start := httputil.ResponseStartLine{Version: tt.version, Code: 200}
		if got := ResponsePersists(start, &headers, f); got != tt.want {
			t.Errorf("%+v: got %t", tt, got)
		}
	}
}

// FuzzReadResponse checks that errors are documented, that the result does not depend on how the
// bytes are split, and that net/http reads the same from a response that both accept.
func FuzzReadResponse(f *testing.F) {
	for _, input := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\nrest",
		"HTTP/1.0 404 \r\n\r\nuntil close", "\r\nHTTP/1.1 304 Not Modified\nContent-Length: 5\nSet-Cookie: a\nSet-Cookie: b\n\n",
		"HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\nA:\r\n b\r\n\r\nx",
	} {
		f.Add(input, uint8(3), false)
		f.Add(input, uint8(2), true)
	}
	f.Fuzz(func(t *testing.T, input string, step uint8, isHead bool) {
		method := "GET"
		if isHead {
			method = "HEAD"
		}
		whole := readWhole(method, input, 1<<16)
		require.Equal(t, whole, readWhole(method, input, 1))
		require.Equal(t, whole, readWhole(method, input, 1+int(step)))
		if whole.outcome != "complete" && whole.outcome != "until close" || whole.framing.Faulty {
			return // net/http reads a chunked body of HTTP/1.0 until the connection closes
		}
		judged, err := http.ReadResponse(bufio.NewReader(strings.NewReader(input)), &http.Request{Method: method})
		if err != nil {
			return // net/http accepts fewer status codes, and does not skip an empty line
		}
		compareResponses(t, whole, judged)
		if strings.Contains(input, "\n ") || strings.Contains(input, "\n\t") {
			return // net/http joins folded lines in another way
		}
		for name, values := range judged.Header {
			require.Equal(t, strings.Join(values, ","), whole.head.Headers.Get(name), name)
		}
	})
}

// compareResponses fails the test if net/http has read another response.
func compareResponses(t *testing.T, ours readResponse, judged *http.Response) {
	t.Helper()
	require.Equal(t, judged.StatusCode, ours.head.Start.Code)
	require.Equal(t, judged.Proto, ours.head.Start.Version)
	body, err := io.ReadAll(io.LimitReader(judged.Body, 6000))
	if err != nil {
		t.Fatalf("net/http says %v, we read %q", err, ours.body)
	}
	require.Equal(t, string(body), ours.body)
}
