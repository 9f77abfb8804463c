package httpserver

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
)

func TestConnectionLimiter(t *testing.T) { // +a opens a connection from a, -a ends one; results: + admitted, x refused, P paused, R resumed
	for _, tt := range []struct {
		name            string
		max, perAddress int
		moves, want     string
	}{
		{"total", 2, 0, "+1.1.1.1 +2.2.2.2 -1.1.1.1 +1.1.1.1 -1.1.1.1 -2.2.2.2", "+ P+ R- P+ R- -"},
		{"beyond the total", 1, 0, "+1.1.1.1 +2.2.2.2 -1.1.1.1 -2.2.2.2", "P+ + - R-"},
		{"per address", 0, 2, "+1.1.1.1 +1.1.1.1 +1.1.1.1 +2.2.2.2 -1.1.1.1 +1.1.1.1 +1.1.1.1", "+ + x + - + x"},
		{"IPv6 by network", 0, 1, "+2001:db8::1 +2001:db8::2:1 +2001:db8:0:1::1", "+ x +"},
		{"IPv4 in IPv6", 0, 1, "+::ffff:1.1.1.1 +1.1.1.1 +1.1.1.2", "+ x +"},
		{"zones do not matter", 0, 1, "+fe80::1%2 +fe80::1%3", "+ x"},
		{"trusted downstream", 0, 1, "+10.0.0.1 +10.0.0.1 -10.0.0.1 +1.1.1.1 +1.1.1.1", "+ + - + x"},
		{"unix sockets", 0, 1, "+ + - +", "+ + - +"},
		{"both", 3, 1, "+1.1.1.1 +1.1.1.1 +2.2.2.2 +3.3.3.3 -2.2.2.2", "+ x + P+ R-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var did strings.Builder
			n := newConnectionLimiter(Options{MaxConnections: tt.max, MaxConnectionsPerAddress: tt.perAddress},
				parseDownstream([]string{"10.0.0.0/8"}), func() { did.WriteByte('P') }, func() { did.WriteByte('R') })
			var got []string
			for _, move := range strings.Fields(tt.moves) {
				a, _ := netip.ParseAddr(move[1:])
				did.Reset()
				switch {
				case move[0] == '-':
					n.removeConnection(a)
					did.WriteByte('-')
				case n.admitConnection(a, false):
					did.WriteByte('+')
				default:
					did.WriteByte('x')
				}
				got = append(got, did.String())
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestTheConnectionLimiterForgetsAddresses(t *testing.T) {
	n := newConnectionLimiter(Options{MaxConnectionsPerAddress: 1}, nil, nil, nil)
	for i := range 256 {
		a := netip.AddrFrom4([4]byte{1, 2, 3, byte(i)})
		n.admitConnection(a, false)
		n.admitConnection(a, false)
		n.removeConnection(a)
	}
	if len(n.addresses) != 0 || n.total != 0 {
		t.Errorf("%d addresses, %d connections", len(n.addresses), n.total)
	}
}

func TestTheConnectionLimiterLogsOnceAMinute(t *testing.T) {
	logged := captureLog(t)
	now := time.Now()
	n := newConnectionLimiter(Options{MaxConnectionsPerAddress: 1}, nil, nil, nil)
	n.clock = func() time.Time { return now }
	a := netip.MustParseAddr("1.1.1.1")
	for range 1000 {
		n.admitConnection(a, false)
	}
	now = now.Add(logPause)
	n.admitConnection(a, false)
	if got := strings.Count(logged(), "refused"); got != 2 || !strings.Contains(logged(), "refused 999 connections: one address may have 1 (Options.MaxConnectionsPerAddress); the last came from 1.1.1.1") {
		t.Errorf("%d lines: %s", got, logged())
	}
}

func TestConnectionsAboveTheLimitWait(t *testing.T) {
	logged := captureLog(t)
	s, address := serveOn(t, stoodStill(), &app{respond: sayHi}, Options{MaxConnections: 2})
	first, second := dial(t, address), dial(t, address)
	for _, c := range []net.Conn{first, second} {
		io.WriteString(c, get)
		io.ReadFull(c, make([]byte, len(okHi)))
	}
	third := dial(t, address)
	io.WriteString(third, get)
	third.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := third.Read(make([]byte, 1)); !isTimeout(err) {
		t.Fatalf("it was served: %v", err)
	}
	turns := func() (n int64) {
		onLoop(s, func(r *connectionTable) { n = int64(r.loop.Stats().Iterations) })
		return n
	}
	before := turns()
	time.Sleep(20 * time.Millisecond)
	if spun := turns() - before; spun > 100 {
		t.Errorf("the loop turned %d times", spun)
	}
	first.Close()
	third.SetReadDeadline(time.Now().Add(looptest.Patience))
	got := make([]byte, len(okHi))
	if io.ReadFull(third, got); string(got) != okHi {
		t.Errorf("got %q", got)
	}
	if n := strings.Count(logged(), "limit of 2 connections"); n != 1 {
		t.Errorf("%d lines: %s", n, logged())
	}
}

func TestConnectionsOfOneAddressAboveTheLimitAreTold503(t *testing.T) {
	s, address := serveTicking(t, &app{respond: sayHi}, Options{MaxConnectionsPerAddress: 1})
	first := dial(t, address)
	io.WriteString(first, get)
	io.ReadFull(first, make([]byte, len(okHi)))
	for _, send := range []string{"", get, strings.Repeat(get, 1000)} {
		c := dial(t, address)
		io.WriteString(c, send)
		if got, err := io.ReadAll(c); string(got) != response503 || err != nil { // no reset
			t.Errorf("got %q, %v", got, err)
		}
	}
	first.Close()
	require.Eventually(t, func() bool { return talk(t, address, len(okHi), get) == okHi }, looptest.Patience, 5*time.Millisecond)
	require.Eventually(t, func() bool { return s.Connections() <= 1 }, looptest.Patience, time.Millisecond)
}

// The server reads the input that a client sends after a refusal. Otherwise the kernel
// would reset the connection, and the client would lose bytes that it has not read yet (RFC
// 9112, section 9.6).
func TestARefusalIsNotLostInAReset(t *testing.T) {
	clock := looptest.NewManualClock()
	s, address := serveOn(t, ioloop.Options{Clock: clock}, &app{respond: sayHi}, Options{})
	c := dial(t, address)
	io.WriteString(c, "garbage\r\n\r\n")
	got := make([]byte, len(response400))
	io.ReadFull(c, got)
	for range 3 {
		if _, err := io.WriteString(c, get); err != nil {
			t.Errorf("after %q: %v", got, err)
		}
		onLoop(s, func(*connectionTable) {})
		onLoop(s, func(*connectionTable) {})
	}
	if rest, err := io.ReadAll(c); string(got) != response400 || len(rest) > 0 || err != nil {
		t.Errorf("got %q and %q, %v", got, rest, err)
	}
	require.Eventually(t, func() bool { // though the client does not close
		clock.Advance(lingerTime)
		return s.Connections() == 0
	}, looptest.Patience, 5*time.Millisecond)
}

func TestTLSConnectionsOfOneAddressAboveTheLimitAreClosed(t *testing.T) {
	authority := httptest.NewTLSServer(nil)
	defer authority.Close()
	o := Options{MaxConnectionsPerAddress: 1}
	o.Stream.TLS = &tls.Config{Certificates: authority.TLS.Certificates}
	_, address := serveTicking(t, &app{respond: sayHi}, o)
	first, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	require.NoError(t, err)
	defer first.Close()
	if c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil {
		c.Close()
		t.Error("a second one was let in")
	}
}

func TestRetainedConnectionsCount(t *testing.T) {
	s, address := serveUpgrader(t, ioloop.Options{}, true, func(close func()) { close() })
	var open []net.Conn
	for range 5 { // the limit
		c := dial(t, address)
		io.WriteString(c, get)
		io.ReadFull(c, make([]byte, len(switched)))
		open = append(open, c)
	}
	if n := s.Connections(); n != 0 {
		t.Errorf("%d of them speak HTTP", n)
	}
	sixth := dial(t, address)
	io.WriteString(sixth, get)
	sixth.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if _, err := sixth.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("a sixth was served: %v", err)
	}
	open[0].Close()
	sixth.SetReadDeadline(time.Now().Add(looptest.Patience))
	if _, err := io.ReadFull(sixth, make([]byte, len(switched))); err != nil {
		t.Error(err)
	}
}

// A connection that is closed in the same turn in which a handler detaches it is counted once.
func TestAConnectionThatIsLostAsItIsDetachedCountsOnce(t *testing.T) {
	detached, lists := make(chan *upgrader, 1), make(chan *upgrades.List[*upgrader], 1)
	s, address := serveTicking(t, &app{respond: func(r *request) {
		c := r.conn.(*connection)
		c.stream.Close()
		c.Detach()
		u := &upgrader{request: *r}
		lists <- upgrades.Add(c.table.upgraded, u, addressOf(c))
		detached <- u
	}}, Options{MaxConnections: 10})
	talk(t, address, 0, get)
	u, list := <-detached, <-lists
	c := u.conn.(*connection)
	done := make(chan [3]int)
	c.Loop().AddCallback(func() {
		c.Loop().CallSoon(func() {
			retained := s.limiter.total
			list.Remove(u)
			done <- [3]int{s.Connections(), retained, s.limiter.total}
		})
	})
	require.Equal(t, [3]int{0, 1, 0}, <-done)
}

func ExampleOptions() {
	o := Options{MaxConnections: 10000, MaxConnectionsPerAddress: 100, XHeaders: true, TrustedDownstream: []string{"10.0.0.0/8"}}
	fmt.Println(o.withDefaults().HeaderTimeout, o.withDefaults().IdleConnectionTimeout)
	// Output: 20s 1h0m0s
}
