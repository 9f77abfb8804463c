package httputil

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSplitHostAndPort(t *testing.T) {
	for _, tt := range []struct{ netloc, want string }{
		{"localhost:8888", "localhost 8888"},
		{"localhost", "localhost -1"},
		{"localhost:", "localhost: -1"},
		{"localhost:http", "localhost:http -1"},
		{"localhost:123456789012", "localhost:123456789012 -1"},
		{"[::1]:80", "[::1] 80"},
		{"::1", ": 1"},
		{":80", ":80 -1"},
		{"", " -1"},
	} {
		host, port := SplitHostAndPort(tt.netloc)
		if got := fmt.Sprint(host, " ", port); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.netloc, got, tt.want)
		}
	}
}

// FuzzHost checks that net/url parses every accepted Host header to the same name and port.
func FuzzHost(f *testing.F) {
	for _, host := range []string{"example.com:80", "[::1]:8888", "[v1.x]", "a%2fb", "::1", "127.0.0.1", "[::1%25lo]", "a:b"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		name, ok := splitHost(host)
		if !ok {
			return
		}
		require.True(t, strings.HasPrefix(host, name) && !strings.ContainsAny(host, "/?#@ ,\\\x00"), "%q", host)
		if strings.HasPrefix(name, "[v") || strings.HasPrefix(name, "[V") {
			return // net/url does not support IPvFuture
		}
		if strings.Contains(name, "%") {
			return // net/url rejects escapes that decode to another character of the grammar
		}
		judge, err := url.Parse("http://" + host + "/")
		require.NoError(t, err, "%q", host)
		require.Equal(t, strings.Trim(name, "[]"), judge.Hostname())
		if literal, ok := strings.CutPrefix(name, "["); ok {
			require.True(t, netip.MustParseAddr(strings.TrimSuffix(literal, "]")).Is6())
		}
	})
}
