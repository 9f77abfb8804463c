package httpserver

import (
	"fmt"
	"io"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// http-50: the status line says HTTP/1.1 to every client.
func TestStatusLineAlwaysSaysHTTP11(t *testing.T) {
	address := serve(t, &app{respond: echo}, Options{})
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		got := talk(t, address, 0, "GET / HTTP/"+version+"\r\nHost: x\r\nConnection: close\r\n\r\n")
		require.Equal(t, "HTTP/1.1 200 OK\r\n", got[:17], version)
	}
}

// http-58: responses to HEAD and with 304 may announce any length, and have no body. The next
// response follows immediately.
func TestLengthWithoutABody(t *testing.T) {
	a := &app{respond: func(r *request) {
		var headers httputil.HTTPHeaders
		headers.Set("Content-Length", "12345")
		code, body := 304, ""
		if r.start.Method == "HEAD" {
			code, body = 200, "is dropped"
		}
		r.conn.WriteHeaders(httputil.ResponseStartLine{Code: code, Reason: httputil.StatusText(code)}, &headers, []byte(body))
		require.NoError(t, r.conn.Finish())
	}}
	for _, tt := range []struct{ method, status string }{{"HEAD", "200 OK"}, {"GET", "304 Not Modified"}} {
		one := "HTTP/1.1 " + tt.status + "\r\nContent-Length: 12345\r\n"
		send := tt.method + " / HTTP/1.1\r\nHost: x\r\n"
		got := talk(t, serve(t, a, Options{}), 0, send+"\r\n"+send+"Connection: close\r\n\r\n")
		require.Equal(t, one+"\r\n"+one+"Connection: close\r\n\r\n", got)
	}
}

// http-52: a delegate must not choose the framing. Nothing is sent, and the connection closes.
func TestFramingHeadersOfADelegateAreRefused(t *testing.T) {
	for _, headers := range [][]httputil.Field{
		{{Name: "Transfer-Encoding", Value: "chunked"}},
		{{Name: "Content-Length", Value: "1"}, {Name: "Transfer-Encoding", Value: "gzip"}},
		{{Name: "Content-Length", Value: "1"}, {Name: "Content-Length", Value: "2"}},
	} {
		failed := make(chan error, 1)
		a := &app{respond: func(r *request) {
			h := httputil.NewHTTPHeaders(headers)
			failed <- r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &h, []byte("x"))
		}}
		got := talk(t, serve(t, a, Options{}), 0, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		var outputError *httputil.HTTPOutputError
		require.ErrorAs(t, <-failed, &outputError, "%v", headers)
		require.Empty(t, got)
	}
}

// http-67: the end of a response does not wait for acknowledgments of the client.
func TestTailIsNotDelayed(t *testing.T) {
	nodelay := make(chan int, 1)
	address := serve(t, &app{respond: func(r *request) {
		on, err := unix.GetsockoptInt(r.conn.(*connection).stream.(*iostream.IOStream).Fileno(), unix.IPPROTO_TCP, unix.TCP_NODELAY)
		require.NoError(t, err)
		nodelay <- on
		echo(r)
	}}, Options{})
	c := dial(t, address)
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NotZero(t, <-nodelay)
}

// http-72: a delegate that gathers the body has the whole body before Finish. If it returns an
// input error, the server itself responds with 400.
func TestWholeBodyIsCheckedBeforeFinish(t *testing.T) {
	for name, tt := range map[string]struct{ body, want string }{
		"http-72 good form": {"a=1", ok + "1\r\nConnection: close\r\n\r\n1"},
		"http-72 bad form":  {"a=1&b=2", "HTTP/1.1 400 Bad Request\r\n\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			got := talk(t, serve(t, formApp{}, Options{}), 0, fmt.Sprintf("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
				"Content-Length: %d\r\n\r\n%s", len(tt.body), tt.body))
			require.Equal(t, tt.want, got)
		})
	}
}

// A formApp responds with the argument a of a form. It refuses other arguments.
type formApp struct{}

type formRequest struct {
	request
	args httputil.Arguments
}

func (formApp) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &formRequest{request{app: &app{}, conn: conn}, httputil.Arguments{}}
}

func (r *formRequest) DataReceived(body []byte) error {
	limits := &httputil.ParseBodyConfig{MaxArguments: 1}
	return limits.ParseBodyArguments("application/x-www-form-urlencoded", body, r.args, nil, nil)
}

func (r *formRequest) Finish() { r.reply(200, r.args["a"][0]) }

// Output after the end of a request is refused, and does not affect a later request.
func TestResponsesWithoutARequest(t *testing.T) {
	var headers httputil.HTTPHeaders
	address := serve(t, &app{respond: func(r *request) {
		start := httputil.ResponseStartLine{Code: 200, Reason: "OK"}
		require.NoError(t, r.reply(200, "x"))
		for _, err := range []error{r.conn.WriteHeaders(start, &headers, nil), r.conn.Write([]byte("y")), r.conn.Finish()} {
			var output *httputil.HTTPOutputError
			require.ErrorAs(t, err, &output)
		}
	}}, Options{})
	const one = ok + "1\r\n\r\nx"
	require.Equal(t, one+one, talk(t, address, 2*len(one), "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"))
}
