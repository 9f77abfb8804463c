package tcpserver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/succession"
	"golang.org/x/sys/unix"
)

func bindSockets(t *testing.T, port int, address string, o SocketOptions) []net.Listener {
	t.Helper()
	sockets, err := BindSockets(port, address, o)
	require.NoError(t, err)
	for _, s := range sockets {
		t.Cleanup(func() { s.Close() })
	}
	return sockets
}

func portOf(s net.Listener) int { return s.Addr().(*net.TCPAddr).Port }

func option(t *testing.T, s net.Listener, level, name int) (value int) {
	t.Helper()
	require.NoError(t, withFD(s, func(fd int) (err error) {
		value, err = unix.GetsockoptInt(fd, level, name)
		return err
	}))
	return value
}

// tcp-6, tcp-7: an empty address means all interfaces of both families, on one port.
func TestBindSocketsFamilies(t *testing.T) { // netutil-1
	for _, tt := range []struct{ address, network, want string }{
		{"", "", "0.0.0.0 ::"},
		{"", "tcp", "0.0.0.0 ::"},
		{"", "tcp4", "0.0.0.0"},
		{"", "tcp6", "::"},
		{"127.0.0.1", "", "127.0.0.1"},
		{"::1", "", "::1"},
		{"::ffff:127.0.0.1", "", "127.0.0.1"},
		{"localhost", "tcp4", "127.0.0.1"},
		{"::1", "tcp4", "error"},
		{"127.0.0.1", "udp", "error"},
		{"no such host", "", "error"},
	} {
		sockets, err := BindSockets(0, tt.address, SocketOptions{Network: tt.network})
		var got []string
		for _, s := range sockets {
			got = append(got, s.Addr().(*net.TCPAddr).AddrPort().Addr().Unmap().String())
			if portOf(s) != portOf(sockets[0]) {
				t.Errorf("%q %s: ports %d and %d", tt.address, tt.network, portOf(sockets[0]), portOf(s))
			}
			s.Close()
		}
		if err != nil {
			got = []string{"error"}
		}
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%q %s: got %s, want %s (%v)", tt.address, tt.network, got, tt.want, err)
		}
	}
}

func TestPick(t *testing.T) {
	for _, tt := range []struct{ found, family, want string }{
		{"127.0.0.1 ::1", "ip", "127.0.0.1 ::1"},
		{"127.0.0.1 ::1", "ip4", "127.0.0.1"},
		{"127.0.0.1 ::1", "ip6", "::1"},
		{"::1 127.0.0.1 ::1 ::ffff:127.0.0.1", "ip", "::1 127.0.0.1"},
		{"::ffff:127.0.0.1", "ip6", ""},
	} {
		var found []netip.Addr
		for _, word := range strings.Fields(tt.found) {
			found = append(found, netip.MustParseAddr(word))
		}
		if got := strings.Trim(fmt.Sprint(ofFamily(found, tt.family)), "[]"); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.found, tt.family, got, tt.want)
		}
	}
}

// tcp-6: if a port that the system has chosen is in use in the second family, another port is
// tried; a port that was asked for is an error. tcp-7: IPv6 is left out if the machine does not
// have it.
func TestBindEachAddress(t *testing.T) { // netutil-2
	const taken, absent = unix.EADDRINUSE, unix.EAFNOSUPPORT
	v4, v6, loopback := netip.IPv4Unspecified(), netip.IPv6Unspecified(), netip.IPv6Loopback()
	for _, tt := range []struct {
		name      string
		addresses []netip.Addr
		errs      []error // of one call of listen after another
		want      error
		sockets   int
	}{
		{"both", []netip.Addr{v4, v6}, []error{nil, nil}, nil, 2},
		{"second taken", []netip.Addr{v4, v6}, []error{nil, taken}, taken, 0},
		{"no IPv6", []netip.Addr{v4, v6}, []error{nil, absent}, nil, 1},
		{"IPv6 alone, and none", []netip.Addr{v6}, []error{absent}, absent, 0},
		{"localhost without ::1", []netip.Addr{v4, loopback}, []error{nil, unix.EADDRNOTAVAIL}, nil, 1},
		{"address of another machine", []netip.Addr{v4, v6}, []error{nil, unix.EADDRNOTAVAIL}, unix.EADDRNOTAVAIL, 0},
	} {
		calls := 0
		var opened []*fakeListener
		sockets, err := bindEach(tt.addresses, 0, func(a netip.AddrPort) (net.Listener, error) {
			calls++
			if calls > 1 && opened != nil && a.Port() != 7 {
				t.Errorf("%s: second port %d, want the first one's", tt.name, a.Port())
			}
			if err := tt.errs[calls-1]; err != nil {
				return nil, err
			}
			opened = append(opened, &fakeListener{})
			return opened[len(opened)-1], nil
		})
		if !errors.Is(err, tt.want) || len(sockets) != tt.sockets {
			t.Errorf("%s: %d sockets, %v; want %d, %v", tt.name, len(sockets), err, tt.sockets, tt.want)
		}
		for _, ln := range opened {
			if ln.closed != (tt.sockets == 0) {
				t.Errorf("%s: a socket closed: %v", tt.name, ln.closed)
			}
		}
	}
}

// A fakeListener listens on port 7.
type fakeListener struct {
	net.Listener
	closed bool
}

func (l *fakeListener) Addr() net.Addr { return &net.TCPAddr{Port: 7} }
func (l *fakeListener) Close() error   { l.closed = true; return nil }

// tcp-6: with port 0 another port is tried; with a port number there is one try.
func TestSearchForAFreePort(t *testing.T) {
	for _, tt := range []struct{ port, taken, want int }{{0, 0, 1}, {0, 3, 4}, {0, 100, bindTries}, {80, 100, 1}} {
		tries := 0
		bindAll([]netip.Addr{netip.IPv4Unspecified()}, uint16(tt.port), func(netip.AddrPort) (net.Listener, error) {
			if tries++; tries <= tt.taken {
				return nil, unix.EADDRINUSE
			}
			return &fakeListener{}, nil
		})
		if tries != tt.want {
			t.Errorf("port %d, taken %d times: %d tries, want %d", tt.port, tt.taken, tries, tt.want)
		}
	}
}

// tcp-7: 0.0.0.0 and :: can both be bound, because IPv6 sockets accept IPv6 only.
func TestSocketsOptions(t *testing.T) {
	v4 := bindSockets(t, 0, "0.0.0.0", SocketOptions{})[0]
	v6 := bindSockets(t, portOf(v4), "::", SocketOptions{})[0]
	if option(t, v6, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY) == 0 {
		t.Error("IPV6_V6ONLY is not set")
	}
	for _, s := range []net.Listener{v4, v6} {
		if option(t, s, unix.SOL_SOCKET, unix.SO_REUSEADDR) == 0 {
			t.Error("SO_REUSEADDR is not set")
		}
		if option(t, s, unix.SOL_SOCKET, unix.SO_REUSEPORT) != 0 {
			t.Error("SO_REUSEPORT is set")
		}
	}
}

func TestBindSocketsRefusesPorts(t *testing.T) {
	for _, port := range []int{-1, 1 << 16, 1<<16 + 80} {
		_, err := BindSockets(port, "127.0.0.1", SocketOptions{})
		require.ErrorContains(t, err, "port")
	}
}

// tcp-8: sockets that all set ReusePort can share a port.
func TestReusePort(t *testing.T) { // netutil-1
	share, own := SocketOptions{ReusePort: true}, SocketOptions{}
	for _, tt := range []struct {
		first, second SocketOptions
		want          error
	}{
		{share, share, nil},
		{own, share, unix.EADDRINUSE},
		{share, own, unix.EADDRINUSE},
		{own, own, unix.EADDRINUSE},
	} {
		port := portOf(bindSockets(t, 0, "127.0.0.1", tt.first)[0])
		sockets, err := BindSockets(port, "127.0.0.1", tt.second)
		if !errors.Is(err, tt.want) {
			t.Errorf("%+v, %+v: %v, want %v", tt.first, tt.second, err, tt.want)
		}
		for _, s := range sockets {
			s.Close()
		}
	}
}

// tcp-10
func TestIsValidIP(t *testing.T) { // netutil-3
	for ip, want := range map[string]bool{
		"127.0.0.1": true, "4.4.4.4": true, "::1": true, "2620:0:1cfe:face:b00c::3": true,
		"::ffff:10.0.0.1": true, "255.255.255.255": true,
		"": false, " ": false, "\n": false, "\x00": false, "127.0.0.1\x00": false,
		"www.google.com": false, "localhost": false, "4.4.4.4<": false, " 127.0.0.1": false,
		"127.0.0.1:80": false, "[::1]": false, "127.1": false, "256.0.0.1": false,
		"fe80::1%eth0": false, "::1%<script>": false, strings.Repeat("a", 100): false,
	} {
		if got := IsValidIP(ip); got != want {
			t.Errorf("%q: %v, want %v", ip, got, want)
		}
	}
}

// FuzzIsValidIP checks that a text is a valid IP if the standard library parses it and all its
// characters occur in addresses.
func FuzzIsValidIP(f *testing.F) {
	for _, ip := range []string{"127.0.0.1", "::1", "fe80::1%eth0", "127.1", "\x00", "1.2.3.4.5", ""} {
		f.Add(ip)
	}
	f.Fuzz(func(t *testing.T, ip string) {
		valid := IsValidIP(ip)
		if valid != (net.ParseIP(ip) != nil) {
			t.Errorf("%q: %v, and net.ParseIP differs", ip, valid)
		}
		if valid && strings.Trim(ip, "0123456789abcdefABCDEF:.") != "" {
			t.Errorf("%q is valid", ip)
		}
	})
}

// The next version of a program gets the sockets of the previous one for the same request.
func TestBindTakesInheritedSockets(t *testing.T) { // autoreload-b2
	before, err := BindSockets(0, "127.0.0.1", SocketOptions{})
	require.NoError(t, err)
	f, err := before[0].(*net.TCPListener).File()
	require.NoError(t, err)
	defer before[0].Close()
	succession.Inherit([]succession.Socket{{Name: succession.Name("", 0, "127.0.0.1"), File: f}})
	defer succession.CloseUnused()

	after, err := BindSockets(0, "127.0.0.1", SocketOptions{})
	require.NoError(t, err)
	defer after[0].Close()
	require.Equal(t, before[0].Addr(), after[0].Addr())
	other, err := BindSockets(0, "127.0.0.1", SocketOptions{})
	require.NoError(t, err)
	defer other[0].Close()
	require.NotEqual(t, before[0].Addr(), other[0].Addr(), "once")
}
