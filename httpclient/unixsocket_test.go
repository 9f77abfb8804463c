package httpclient_test

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpclient"
)

// Both clients reach a server on a unix socket, with the Host of the URL.
func TestFetchFromAUnixSocket(t *testing.T) { // netutil-8, netutil-b1
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Host, r.URL.Path)
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	options := httpclient.Options{HostnameMapping: map[tcpclient.Target]tcpclient.HostPort{{Host: "backend.example"}: {Unix: path}}}
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		for name, client := range map[string]httpclient.AsyncHTTPClient{
			"simple": httpclient.New(l, options), "net/http": httpclient.NewNetHTTPClient(l, nil, options),
		} {
			for range 2 {
				response, err := client.Fetch(&httpclient.HTTPRequest{URL: "http://backend.example/page"}).Await()
				require.NoError(t, err, name)
				require.Equal(t, "backend.example/page", string(response.Body), name)
			}
			client.Close()
		}
	})
}
