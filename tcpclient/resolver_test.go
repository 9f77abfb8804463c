package tcpclient

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// An asked resolver records its arguments and returns nothing.
type asked struct{ question string }

func (r *asked) Resolve(_ context.Context, network, host string, port int) ([]netip.AddrPort, error) {
	r.question = fmt.Sprintf("%s %s:%d", network, host, port)
	return nil, nil
}

// tcp-13
func TestOverrideResolver(t *testing.T) {
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

func TestDefaultResolver(t *testing.T) {
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
