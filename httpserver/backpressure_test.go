package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
)

// ahead returns as many GET requests as times says, in one text. The path of each request is its
// number.
func ahead(times int, body string) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, "POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body)
	}
	return b.String()
}

// A client that sends many requests does not starve the other clients. In one turn of the loop, a
// connection starts one burst of requests during the callbacks and one during the events.
func TestRequestsOfOneConnectionInOneTurn(t *testing.T) {
	for name, tt := range map[string]struct {
		times int
		body  string
		wait  bool
	}{
		"small requests":         {5000, "", false},
		"requests with a body":   {300, strings.Repeat("b", 5000), false},
		"requests with a large":  {50, strings.Repeat("b", 100_000), false},
		"handlers that wait":     {100, "", true},
		"as many as one may ask": {maxBurst, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			turns := map[uint64]int{}
			address := serve(t, &app{respond: func(r *request) {
				mu.Lock()
				turns[r.loop().Stats().Iterations]++
				mu.Unlock()
				if tt.wait {
					ioloop.Sleep(r.loop(), 0).Await()
				}
				r.reply(200, r.start.Path)
			}}, Options{})
			c := dial(t, address)
			go io.WriteString(c, ahead(tt.times, tt.body))
			readAhead(t, c, tt.times, 0)
			mu.Lock()
			defer mu.Unlock()
			for _, requests := range turns {
				if requests > 2*maxBurst {
					t.Fatalf("%d requests in one turn", requests)
				}
			}
		})
	}
}

// readAhead reads the responses to ahead(times, ...). Each has padding bytes after the
// number.
func readAhead(t *testing.T, c net.Conn, times, padding int) {
	t.Helper()
	input := bufio.NewReader(c)
	for i := range times {
		response, err := http.ReadResponse(input, nil)
		require.NoError(t, err, i)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err, i)
		require.Equal(t, padding+len("/"+strconv.Itoa(i)), len(body))
		require.Equal(t, "/"+strconv.Itoa(i), string(body[padding:]))
	}
}

// All pipelined requests get their responses in order, although the connection pauses while
// much output is unsent.
func TestRequestsSentAheadAreAllServed(t *testing.T) {
	for _, padding := range []int{0, 1000, maxUnsent - 400, maxUnsent, 3 * maxUnsent} {
		for _, halfClose := range []bool{false, true} {
			t.Run(fmt.Sprint(padding, halfClose), func(t *testing.T) {
				address := serve(t, &app{respond: func(r *request) {
					r.reply(200, strings.Repeat("x", padding)+r.start.Path)
				}}, Options{})
				const times = 500
				c := dial(t, address)
				go func() {
					io.WriteString(c, ahead(times, "body"))
					if halfClose {
						c.(*net.TCPConn).CloseWrite()
					}
				}()
				readAhead(t, c, times, padding)
				if halfClose {
					n, err := c.Read(make([]byte, 1))
					require.Equal(t, io.EOF, err, n)
				}
			})
		}
	}
}

// A request starts when at most maxUnsent bytes are unsent.
func TestNoRequestStartsWhileMuchIsUnsent(t *testing.T) {
	started := make(chan int, 1000)
	address := serve(t, &app{respond: func(r *request) {
		started <- r.conn.(*connection).stream.Buffered()
		r.reply(200, strings.Repeat("x", 10_000))
	}}, Options{})
	c := dial(t, address)
	go io.WriteString(c, ahead(1000, ""))
	input := bufio.NewReader(c)
	for range 1000 {
		response, err := http.ReadResponse(input, nil)
		require.NoError(t, err)
		io.Copy(io.Discard, response.Body)
		if unsent := <-started; unsent > maxUnsent {
			t.Fatalf("a request started while %d bytes were unsent", unsent)
		}
	}
}
