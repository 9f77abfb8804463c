package tcpclient_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpclient"
)

// answerOn listens on a unix socket and sends one line to every client.
func answerOn(t *testing.T, path, line string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			text, _ := bufio.NewReader(conn).ReadString('\n')
			conn.Write([]byte(line + " " + text))
			conn.Close()
		}
	}()
}

// unixResolver resolves by a function.
type unixResolver struct {
	tcpclient.DefaultResolver
	resolve func(host string) (string, error)
}

func (r unixResolver) ResolveUnix(_ context.Context, host string, _ int) (string, error) {
	return r.resolve(host)
}

func TestResolversReachUnixSockets(t *testing.T) { // netutil-8, netutil-b1
	path := filepath.Join(t.TempDir(), "s")
	answerOn(t, path, "unix")
	to := func(path string) map[tcpclient.Target]tcpclient.HostPort {
		return map[tcpclient.Target]tcpclient.HostPort{{Host: "backend"}: {Unix: path}, {Host: "alias"}: {Host: "backend"}}
	}
	inner := unixResolver{resolve: func(host string) (string, error) {
		switch host {
		case "backend":
			return path, nil
		case "broken":
			return "", errors.New("no such service")
		}
		return "", nil
	}}
	tests := []struct {
		name     string
		resolver tcpclient.Resolver
		host     string
		want     string // the line, or part of the error
	}{
		{"override", tcpclient.OverrideResolver{Mapping: to(path)}, "backend", "unix hello\n"},
		{"own resolver", inner, "backend", "unix hello\n"},
		{"override before own resolver", tcpclient.OverrideResolver{Resolver: inner, Mapping: map[tcpclient.Target]tcpclient.HostPort{{Host: "alias"}: {Host: "backend"}}}, "alias", "unix hello\n"},
		{"error", inner, "broken", "no such service"},
		{"no such socket", tcpclient.OverrideResolver{Mapping: to(path + "x")}, "backend", "no such file"},
		{"not on a unix socket", inner, "127.0.0.1", "connection refused"},
	}
	if runtime.GOOS == "linux" {
		answerOn(t, "@"+path, "abstract")
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.name, last.resolver, last.want = "abstract", tcpclient.OverrideResolver{Mapping: to("@" + path)}, "abstract hello\n"
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := netip.MustParseAddrPort(free.Addr().String()).Port()
	free.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			looptest.RunNew(t, func(l *ioloop.IOLoop) {
				client := tcpclient.TCPClient{Resolver: tt.resolver}
				stream, err := client.Connect(l, tt.host, int(port), tcpclient.Options{}).Await()
				if err != nil {
					require.ErrorContains(t, err, tt.want)
					return
				}
				defer stream.Close()
				stream.Write([]byte("hello\n"))
				line, err := stream.ReadUntil([]byte("\n"), 100).Await()
				require.NoError(t, err)
				require.Equal(t, tt.want, string(line))
			})
		})
	}
}
