package httpclient

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shownFetch returns the outcome of a fetch in one line: the code and the body, or the phase,
// the message and the cause of the error.
func shownFetch(r *HTTPResponse, err error) string {
	var client *HTTPClientError
	switch {
	case err == nil:
		return fmt.Sprintf("%d %s", r.Code, r.Body)
	case !errors.As(err, &client):
		return "undocumented error: " + err.Error()
	case client.Err != nil:
		return fmt.Sprintf("%v: %s: %v", client.Phase, client.Message, client.Err)
	}
	return fmt.Sprintf("%v: %s", client.Phase, client.Message)
}

func compressed(coding, text string) string {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, _ = flate.NewWriter(&b, 6)
	}
	io.WriteString(w, text)
	w.Close()
	return b.String()
}

func withLength(headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK|%sContent-Length: %d||%s", headers, len(body), body)
}

// client-15, client-16, client-18, client-23, client-59 to client-69: each row is the response of
// a server, and the outcome. The server closes the connection after the response. A ! at the end
// of the response means that it stays open, so that the client must decide without waiting.
func TestResponses(t *testing.T) {
	const head = "HTTP/1.1 200 OK|"
	const closed = "reading the response: Connection closed: "
	const malformed = closed + "httputil: "
	const badHead = "reading the response: Stream closed: " // the whole head never arrives
	tooLarge := closed + ErrBodyTooLarge.Error()
	gzipped := compressed("gzip", "hello")
	for _, tt := range []struct{ rule, method, response, want string }{
		{"client-63", "GET", head + "Content-Length: 5||hello!", "200 hello"},
		{"client-63", "GET", head + "Content-Length: 5||hello, more", "200 hello"},
		{"client-63", "GET", head + "Transfer-Encoding: chunked||2;a=b|he|3|llo|0|A: b||!", "200 hello"},
		{"client-63", "GET", head + "|hello", "200 hello"},
		{"client-63", "GET", "HTTP/1.0 200 OK||hello", "200 hello"},
		{"client-63", "GET", head + "|", "200 "},
		{"client-18", "HEAD", head + "Content-Length: 5||!", "200 "},
		{"client-18", "GET", "HTTP/1.1 304 Not Modified|Content-Length: 5||!", "304 "},
		{"client-18", "GET", "HTTP/1.1 204 No Content||!", "204 "},
		{"client-18", "GET", "HTTP/1.1 204 No Content|Content-Length: 5||!", badHead + "httputil: response with code 204 should not have a body"},
		{"client-59", "GET", "HTTP/1.1 100 Continue||HTTP/1.1 103 Early|A: b||" + head + "Content-Length: 2||hi!", "200 hi"},
		{"client-59", "GET", strings.Repeat("HTTP/1.1 102 Processing||", 16) + head + "Content-Length: 2||hi!", "200 hi"},
		{"client-59", "GET", strings.Repeat("HTTP/1.1 102 Processing||", 17) + "!", "reading the response: more than 16 interim responses: more than 16 interim responses"},
		{"client-59", "GET", "HTTP/1.1 101 Switching Protocols|Upgrade: x||!", badHead + errSwitched.Error()},
		{"client-91", "GET", "HTTP/1.1 101 Switching Protocols||!", badHead + errSwitched.Error()},
		{"client-60", "GET", "HTTP/1.1 200 |Content-Length: 0||!", "200 "},
		{"client-60", "GET", "HTTP/1.1 200|Content-Length: 0||!", badHead + "httputil: malformed status line"},
		{"client-60", "GET", "|HTTP/1.1 200 OK|Content-Length: 0||!", "200 "},
		{"client-61", "GET", "HTTP/1.1 200 OK|no colon||!", badHead + "httputil: no colon in header line"},
		{"client-61", "GET", "SSH-2.0-OpenSSH_9.2|!", badHead + errNotHTTP.Error()},
		{"client-61", "GET", "\x15\x03\x03!", badHead + errNotHTTP.Error()},
		{"client-62", "GET", head + "Transfer-Encoding: chunked||x|!", malformed + "invalid chunk size line"},
		{"client-62", "GET", head + "Content-Length: 1|Content-Length: 2||!", badHead + "httputil: multiple unequal Content-Lengths"},
		{"client-62", "GET", head + "Transfer-Encoding: gzip||!", badHead + "httputil: unsupported Transfer-Encoding"},
		{"client-23", "GET", head + "Transfer-Encoding: chunked|Content-Length: 2||!", badHead + "httputil: both Transfer-Encoding and Content-Length"},
		{"client-23", "GET", head + "Transfer-Encoding: chunked||2|hiXX!", malformed + "chunk data not followed by CRLF"},
		{"client-64", "GET", head + "Content-Length: 5||hell", "reading the response: Connection closed"},
		{"client-64", "GET", head + "Transfer-Encoding: chunked||5|hello|", "reading the response: Connection closed"},
		{"client-4", "GET", "", "waiting for the response: Stream closed"},
		{"client-4", "GET", head, "reading the response: Stream closed"},
		{"client-16", "GET", head + "Content-Length: 1001||!", tooLarge},
		{"client-16", "GET", head + "Transfer-Encoding: chunked||3e9|!", tooLarge},
		{"client-66", "GET", head + "|" + strings.Repeat("x", 1001) + "!", tooLarge},
		{"client-68", "GET", head + "A: " + strings.Repeat("x", 2000) + "!", badHead + errHeadTooLong.Error()},
		{"client-69", "GET", head + "A: b|A: c|D: e| f|Content-Length: 0||!", "200 "},
		{"client-15", "GET", withLength("Content-Encoding: GZip|", gzipped) + "!", "200 hello"},
		{"client-15", "GET", withLength("Content-Encoding: br|", "hello") + "!", "200 hello"},
		{"client-b5", "GET", withLength("Content-Encoding: x-gzip|", gzipped) + "!", "200 hello"},
		{"client-b5", "GET", withLength("Content-Encoding: deflate|", compressed("zlib", "hello")) + "!", "200 hello"},
		{"client-b5", "GET", withLength("Content-Encoding: deflate|", compressed("flate", "hello")) + "!", "200 hello"},
		{"client-b5", "GET", withLength("Content-Encoding: deflate|", compressed("zlib", "hello")+"x") + "!",
			closed + "compressed body: http1: bytes after the compressed data"},
		{"client-b5", "GET", withLength("Content-Encoding: gzip|", compressed("gzip", "hel")+compressed("gzip", "lo")) + "!", "200 hello"},
		{"client-65", "GET", withLength("Content-Encoding: gzip|", "") + "!", "200 "},
		{"client-65", "HEAD", head + "Content-Encoding: gzip|Content-Length: 5||!", "200 "},
		{"client-65", "GET", withLength("Content-Encoding: gzip|", gzipped[:len(gzipped)-3]) + "!", closed + "compressed body: unexpected EOF"},
		{"client-65", "GET", withLength("Content-Encoding: gzip|", gzipped+"x") + "!", closed + "compressed body: unexpected EOF"},
		{"client-65", "GET", withLength("Content-Encoding: gzip|", "hello, this is not gzip") + "!", closed + "compressed body: gzip: invalid header"},
		{"client-16", "GET", withLength("Content-Encoding: gzip|", compressed("gzip", strings.Repeat("x", 1001))) + "!",
			tooLarge},
	} {
		response, open := strings.CutSuffix(tt.response, "!")
		s := serveRaw(t, func(c *rawConn) {
			c.readHead()
			c.send(response)
			if open {
				c.awaitClose()
			}
		})
		for _, streamed := range []bool{false, true} {
			withClient(t, Options{MaxBodySize: 1000, MaxHeaderSize: 1500}, func(c *SimpleAsyncHTTPClient) {
				request, body := &HTTPRequest{URL: s.url(), Method: tt.method, RaiseError: Off}, ""
				if streamed {
					request.StreamingCallback = func(chunk []byte) error { body += string(chunk); return nil }
				}
				r, err := c.Fetch(request).Await()
				got := shownFetch(r, err)
				if streamed && err == nil {
					require.Empty(t, r.Body)
					got += body
				}
				if got != tt.want {
					t.Errorf("%s, streamed %t: %.60q: got %q, want %q", tt.rule, streamed, tt.response, got, tt.want)
				}
				require.Zero(t, c.queue.active, "slots in use")
			})
		}
	}
}

// client-15, client-69: the headers of a response.
func TestResponseHeaders(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		c.readHead()
		c.send(withLength("Set-Cookie: a|set-cookie: b|X: \xe9|Folded: c| d|Content-Encoding: GZip|", compressed("gzip", "hello")))
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		r, err := c.FetchURL(s.url()).Await()
		require.NoError(t, err)
		require.Equal(t, []string{"a", "b"}, r.Headers.GetList("Set-Cookie"))
		require.Equal(t, "a,b", r.Headers.Get("Set-Cookie"))
		require.Equal(t, "\xe9", r.Headers.Get("x"))
		require.Equal(t, "c d", r.Headers.Get("Folded"))
		require.False(t, r.Headers.Has("Content-Encoding"))
		require.Equal(t, "GZip", r.Headers.Get("X-Consumed-Content-Encoding"))
		require.Equal(t, fmt.Sprint(len(compressed("gzip", "hello"))), r.Headers.Get("Content-Length"))
	})
}
