package tcpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An asked resolver records the arguments of its call and returns nothing.
type asked struct{ question string }

func (r *asked) Resolve(_ context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	r.question = fmt.Sprintf("%s %s:%d", network, host, port)
	return nil, nil
}

func TestOverrideResolver(t *testing.T) { // tcp-13, netutil-7
	mapping := map[Target]HostPort{
		{"google.com", 80, ""}:                   {Host: "1.2.3.4", Port: 8080},
		{"google.com", 80, "tcp6"}:               {Host: "::1", Port: 8081},
		{"google.com", 0, ""}:                    {Host: "5.6.7.8", Port: 0},
		{"python.org", 0, ""}:                    {Host: "127.0.0.1", Port: 81},
		{"no-port.example", 443, "tcp4"}:         {Host: "9.9.9.9", Port: 0},
		{Host: "1.2.3.4", Port: 8080}:            {Host: "chained", Port: 1},
		{Host: "tornadoweb.org", Network: "tcp"}: {Host: "never: no port", Port: 1},
	}
	for _, tt := range []struct {
		network, host string
		port          int
		want          string
	}{
		{"tcp6", "google.com", 80, "tcp6 ::1:8081"},
		{"tcp4", "google.com", 80, "tcp4 1.2.3.4:8080"},
		{"tcp", "google.com", 80, "tcp 1.2.3.4:8080"},
		{"tcp6", "google.com", 443, "tcp6 5.6.7.8:443"},
		{"tcp", "python.org", 443, "tcp 127.0.0.1:81"},
		{"tcp4", "no-port.example", 443, "tcp4 9.9.9.9:443"},
		{"tcp6", "no-port.example", 443, "tcp6 no-port.example:443"},
		{"tcp", "example.com", 80, "tcp example.com:80"},
	} {
		r := &asked{}
		OverrideResolver{Resolver: r, Mapping: mapping}.Resolve(t.Context(), tt.network, tt.host, tt.port)
		if r.question != tt.want {
			t.Errorf("%s %s:%d: asked for %s, want %s", tt.network, tt.host, tt.port, r.question, tt.want)
		}
	}
}

func TestDefaultResolver(t *testing.T) { // netutil-5
	for _, tt := range []struct{ network, host, want string }{
		{"tcp", "127.0.0.1", "127.0.0.1:80"},
		{"tcp4", "127.0.0.1", "127.0.0.1:80"},
		{"tcp6", "127.0.0.1", "error"},
		{"tcp", "::1", "[::1]:80"},
		{"tcp", "::", "[::]:80"},
		{"tcp4", "::1", "error"},
		{"tcp4", "::ffff:127.0.0.1", "127.0.0.1:80"},
		{"tcp4", "localhost", "127.0.0.1:80"},
		{"tcp", "no such host", "error"},
		{"tcp", "", "error"},
	} {
		addresses, err := OverrideResolver{}.Resolve(t.Context(), tt.network, tt.host, 80) // the resolver of the zero value
		got := strings.Trim(fmt.Sprint(addresses), "[]")
		if strings.Contains(tt.want, "[") {
			got = "[" + got
		}
		if err != nil {
			got = "error"
		}
		if got != tt.want {
			t.Errorf("%s %q: got %s, want %s (%v)", tt.network, tt.host, got, tt.want, err)
		}
	}
}

// Lookups of the same name at the same time send one question to the name server.
func TestLookupsAreShared(t *testing.T) { // netutil-b3
	before := net.DefaultResolver
	defer func() { net.DefaultResolver = before }()
	questions := func(lookups int) int64 {
		var dials atomic.Int64
		began, release := make(chan bool, lookups), make(chan bool)
		net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
			dials.Add(1)
			<-release // the name server takes until then to respond
			return nil, errors.New("no server")
		}}
		var all sync.WaitGroup
		for range lookups {
			all.Go(func() {
				began <- true
				_, err := DefaultResolver{}.Resolve(t.Context(), "tcp", "name.example", 80)
				if err == nil {
					t.Error("no server was asked")
				}
			})
		}
		for range lookups {
			<-began
		}
		time.Sleep(50 * time.Millisecond) // by then most lookups have begun; the test needs only one that shares
		close(release)
		all.Wait()
		return dials.Load()
	}
	const lookups = 20
	alone := questions(1)
	require.Positive(t, alone)
	require.Less(t, questions(lookups), lookups*alone)
}
