package httpserver

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/iostream"
)

func TestSendFile(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, content, 0o666))
	for _, tt := range []struct {
		name, method, length string
		parts                [][2]int64
		want                 string // the error, or the body
		cut                  bool   // the response is not complete
	}{
		{name: "small", parts: [][2]int64{{5, 10}}, length: "10", want: "56789abcde"},
		{name: "large", parts: [][2]int64{{0, 80_000}}, length: "80000", want: string(content)},
		{name: "chunked", parts: [][2]int64{{0, 5}, {16, 70_000}, {3, 1}}, want: "01234" + string(content[16:70_016]) + "3"},
		{name: "nothing", parts: [][2]int64{{0, 0}}, want: ""},
		{name: "HEAD", method: "HEAD", parts: [][2]int64{{0, 80_000}}, length: "80000", want: ""},
		{name: "more than promised", parts: [][2]int64{{0, 11}}, length: "10", want: "httputil: Tried to write more data than Content-Length", cut: true},
		{name: "more than there is", parts: [][2]int64{{79_995, 10}}, length: "10", want: "iostream: the file became shorter while it was sent: replace files, do not truncate them", cut: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file, err := iostream.OpenFile(name)
			require.NoError(t, err)
			t.Cleanup(func() { file.Close() }) // after the end of the test, because the loop uses the file until then
			said := make(chan error, 1)
			a := &app{respond: func(r *request) {
				sender := r.conn.(*connection)
				var out *httputil.HTTPOutputError
				require.ErrorAs(t, sender.SendFile(file, 0, 1), &out, "before the head")
				var headers httputil.HTTPHeaders
				if tt.length != "" {
					headers.Set("Content-Length", tt.length)
				}
				require.NoError(t, r.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, nil))
				var err error
				for _, p := range tt.parts {
					err = errors.Join(err, sender.SendFile(file, p[0], p[1]))
				}
				if err == nil {
					err = r.conn.Finish()
				}
				said <- err
			}}
			method := tt.method
			if method == "" {
				method = "GET"
			}
			r, err := http.NewRequest(method, "http://"+serve(t, a, Options{})+"/", nil)
			require.NoError(t, err)
			response, err := http.DefaultTransport.RoundTrip(r)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			if tt.cut {
				require.EqualError(t, <-said, tt.want)
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				return
			}
			require.NoError(t, <-said)
			require.NoError(t, err)
			require.Equal(t, tt.want, string(body))
		})
	}
}
