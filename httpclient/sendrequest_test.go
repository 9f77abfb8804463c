package httpclient

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// client-57, client-b8: a response before the end of the request is delivered, whether the server
// reads on, stops reading, closes or resets. A refusal ends the upload.
func TestEarlyResponse(t *testing.T) {
	const size = 8 << 20
	for _, tt := range []struct {
		name, response string
		after          func(c *rawConn)
		want           string
	}{
		{"stops reading", "HTTP/1.1 413 Too Large|Content-Length: 2||no", (*rawConn).awaitRelease, "413 no"},
		{"closes", "HTTP/1.1 413 Too Large|Content-Length: 2||no", func(*rawConn) {}, "413 no"},
		{"resets", "HTTP/1.1 413 Too Large|Content-Length: 2||no", (*rawConn).reset, "413 no"},
		{"reads on", "HTTP/1.1 413 Too Large|Content-Length: 2||no", (*rawConn).awaitClose, "413 no"},
		{"redirects", "HTTP/1.1 303 See Other|Location: /other|Content-Length: 2||no", func(*rawConn) {}, "200 other"},
		{"accepts and closes", "HTTP/1.1 200 OK|Content-Length: 2||ok", func(*rawConn) {}, "200 ok"},
	} {
		for _, produced := range []bool{false, true} {
			s := serveRaw(t, func(c *rawConn) {
				if head := c.readHead(); strings.HasPrefix(head, "GET /other") {
					c.respond("other")
					return
				}
				io.CopyN(io.Discard, c.in, 100_000) // of the body
				c.send(tt.response)
				tt.after(c)
			})
			withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
				request := &HTTPRequest{URL: s.url(), Method: "POST", RaiseError: Off}
				ended := ioloop.NewFuture[error](c.loop)
				if produced {
					request.BodyProducer = func(w io.Writer) error {
						for range size / 10_000 {
							if _, err := w.Write(make([]byte, 10_000)); err != nil {
								ended.SetResult(err)
								return err
							}
						}
						ended.SetResult(nil)
						return nil
					}
				} else {
					request.Body = make([]byte, size)
					ended.SetResult(errUploadStopped)
				}
				r, err := c.Fetch(request).Await()
				if got := shownFetch(r, err); got != tt.want {
					t.Errorf("%s, produced %t: got %q, want %q", tt.name, produced, got, tt.want)
				}
				produceErr, err := ended.Await()
				require.NoError(t, err)
				require.ErrorIs(t, produceErr, errUploadStopped)
				require.Zero(t, c.queue.active)
				require.LessOrEqual(t, c.pool.idle, 1)
			})
		}
	}
}

// awaitRelease waits without reading until the client closes the connection, which a write
// notices.
func (c *rawConn) awaitRelease() {
	for {
		time.Sleep(10 * time.Millisecond)
		if _, err := c.Write([]byte{' '}); err != nil {
			return
		}
	}
}

// A server that sends the bytes of a request back while they arrive gets all of them.
func TestResponseDuringTheRequest(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		c.readHead()
		c.send("HTTP/1.1 200 OK||")
		io.CopyN(c, c.in, 1<<20)
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		body := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		request := &HTTPRequest{URL: s.url(), Method: "POST", BodyProducer: func(w io.Writer) error {
			_, err := w.Write(body)
			return err
		}}
		request.Headers.Set("Content-Length", "1048576")
		r, err := c.Fetch(request).Await()
		require.NoError(t, err)
		require.True(t, bytes.Equal(body, r.Body))
	})
}

// client-13: each row is a body that a producer writes, slowly or fast, in the form in which the
// server receives it.
func TestProducedBodies(t *testing.T) {
	received := make(chan string, 1)
	s := serveRaw(t, func(c *rawConn) {
		for {
			head := c.readHead()
			if head == "" {
				return
			}
			if strings.Contains(head, "chunked") {
				var b strings.Builder
				for !strings.HasSuffix(b.String(), "0\r\n\r\n") {
					line, _ := c.in.ReadString('\n')
					b.WriteString(line)
				}
				received <- b.String()
			} else {
				p := make([]byte, 6)
				io.ReadFull(c.in, p)
				received <- string(p)
			}
			c.respond("")
		}
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		for _, tt := range []struct {
			length string
			waits  bool
			want   string
		}{
			{"", false, "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n"},
			{"", true, "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n"},
			{"6", false, "abcdef"},
			{"6", true, "abcdef"},
		} {
			request := &HTTPRequest{URL: s.url(), Method: "POST", BodyProducer: func(w io.Writer) error {
				for _, piece := range []string{"ab", "", "cdef"} {
					if tt.waits {
						ioloop.Sleep(c.loop, time.Millisecond).Await()
					}
					if n, err := io.WriteString(w, piece); err != nil || n != len(piece) {
						return err
					}
				}
				return nil
			}}
			if tt.length != "" {
				request.Headers.Set("Content-Length", tt.length)
			}
			_, err := c.Fetch(request).Await()
			require.NoError(t, err)
			require.Equal(t, tt.want, <-received)
		}
		require.Equal(t, int64(1), s.accepted.Load(), "the connection is used again")
	})
}

// client-55, client-56: an error of a producer ends the fetch, and the connection closes in the
// middle of the body.
func TestProducerErrors(t *testing.T) {
	own := errors.New("no more")
	for _, tt := range []struct {
		name    string
		produce func(w io.Writer) error
		check   func(err error) bool
		sent    string
	}{
		{"own error", func(w io.Writer) error { io.WriteString(w, "ab"); return own },
			func(err error) bool { return errors.Is(err, own) }, "ab"},
		{"too few", func(w io.Writer) error { io.WriteString(w, "ab"); return nil }, isOutputError, "ab"},
		{"too many", func(w io.Writer) error {
			io.WriteString(w, "ab")
			_, err := io.WriteString(w, "cdefg")
			return err
		}, isOutputError, "ab"},
		{"panic", func(w io.Writer) error { panic(own) }, func(err error) bool { return errors.Is(err, own) }, ""},
	} {
		received := make(chan string, 1)
		s := serveRaw(t, func(c *rawConn) {
			c.readHead()
			rest, _ := io.ReadAll(c.in)
			received <- string(rest)
		})
		withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
			request := &HTTPRequest{URL: s.url(), Method: "POST", BodyProducer: tt.produce}
			request.Headers.Set("Content-Length", "6")
			_, err := c.Fetch(request).Await()
			require.True(t, tt.check(err), "%s: %v", tt.name, err)
			var client *HTTPClientError
			require.ErrorAs(t, err, &client)
			require.Equal(t, PhaseSend, client.Phase)
			require.Equal(t, tt.sent, <-received, tt.name)
			require.Zero(t, c.queue.active)
		})
	}
}

func isOutputError(err error) bool { return errors.As(err, new(*httputil.HTTPOutputError)) }

// client-19, client-58: the responses to Expect: 100-continue.
func TestExpectContinue(t *testing.T) {
	for _, tt := range []struct {
		name, first string // first is the response that the server sends before it reads the body
		readsBody   bool
		want        string
		reused      bool
	}{
		{"100", "HTTP/1.1 100 Continue||", true, "200 body", true},
		{"100 after 103", "HTTP/1.1 103 Early||HTTP/1.1 100 Continue||", true, "200 body", true},
		{"refused", "HTTP/1.1 417 Expectation Failed|Content-Length: 2||no", false, "417 no", false},
		{"200 at once", "HTTP/1.1 200 OK|Content-Length: 2||ok", false, "200 ok", false},
	} {
		for _, produced := range []bool{false, true} {
			s := serveRaw(t, func(c *rawConn) {
				head := c.readHead()
				require.Contains(t, head, "|Expect: 100-continue|")
				require.Zero(t, c.in.Buffered())
				c.send(tt.first)
				if tt.readsBody {
					p := make([]byte, 4)
					io.ReadFull(c.in, p)
					c.respond(string(p))
				}
				c.awaitClose()
			})
			withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
				called := false
				request := &HTTPRequest{URL: s.url(), Method: "PUT", Expect100Continue: On, RaiseError: Off}
				if produced {
					request.Headers.Set("Content-Length", "4")
					request.BodyProducer = func(w io.Writer) error {
						called = true
						_, err := io.WriteString(w, "body")
						return err
					}
				} else {
					request.Body = []byte("body")
				}
				r, err := c.Fetch(request).Await()
				if got := shownFetch(r, err); got != tt.want {
					t.Errorf("%s, produced %t: got %q, want %q", tt.name, produced, got, tt.want)
				}
				require.Equal(t, produced && tt.readsBody, called)
				require.Equal(t, tt.reused, c.pool.idle == 1, tt.name)
			})
		}
	}
}

// client-58: if a server neither accepts nor refuses the body, the client waits until
// RequestTimeout.
func TestExpectContinueTimeout(t *testing.T) {
	s := serveRaw(t, func(c *rawConn) {
		c.readHead()
		c.awaitClose()
	})
	withClient(t, Options{}, func(c *SimpleAsyncHTTPClient) {
		r, err := c.Fetch(&HTTPRequest{URL: s.url(), Method: "PUT", Body: []byte("body"), Expect100Continue: On,
			RequestTimeout: 100 * time.Millisecond}).Await()
		require.Equal(t, "waiting for the response: Timeout during request", shownFetch(r, err))
	})
}
