package tcpclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A fakeServer accepts or rejects a connection after a delay.
type fakeServer struct {
	name     string
	address  netip.AddrPort
	after    time.Duration
	fails    bool
	stubborn bool // succeeds even after the attempt was cancelled
	conn     *fakeConn
}

type fakeConn struct {
	net.Conn
	closed bool
}

func (c *fakeConn) Close() error { c.closed = true; return nil }

// fakeServers parses a script such as "4+10 6-20 6*30". Here an IPv4 address succeeds after
// 10 ms and an IPv6 one fails after 20 ms. Another one succeeds after 30 ms even if the
// attempt was cancelled. The servers are named a, b, c.
func fakeServers(t *testing.T, script string) []*fakeServer {
	var servers []*fakeServer
	for i, word := range strings.Fields(script) {
		var milliseconds int
		if _, err := fmt.Sscan(word[2:], &milliseconds); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		address := netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})
		if word[0] == '6' {
			address = netip.AddrFrom16([16]byte{0: 0xfd, 15: byte(i)})
		}
		servers = append(servers, &fakeServer{
			name: string(rune('a' + i)), address: netip.AddrPortFrom(address, 80),
			after: time.Duration(milliseconds) * time.Millisecond,
			fails: word[1] == '-', stubborn: word[1] == '*',
		})
	}
	return servers
}

// replay connects to the servers of a script. It returns the attempts with their times in
// milliseconds, and the result: "a0 b300 = a" means that a won.
func replay(t *testing.T, script string, limit time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	servers := fakeServers(t, script)
	var mu sync.Mutex // two families are tried in parallel
	var tried []string
	var addresses []netip.AddrPort
	for _, s := range servers {
		addresses = append(addresses, s.address)
	}
	start := time.Now()
	conn, err := connectFirst(ctx, addresses, func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
		s := servers[slices.Index(addresses, a)]
		mu.Lock()
		tried = append(tried, fmt.Sprint(s.name, time.Since(start).Milliseconds()))
		mu.Unlock()
		if s.stubborn {
			time.Sleep(s.after)
		} else {
			select {
			case <-time.After(s.after):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if s.fails {
			return nil, errors.New(s.name)
		}
		s.conn = &fakeConn{}
		return s.conn, nil
	})
	took := time.Since(start).Milliseconds()
	if err == nil {
		time.Sleep(limit - time.Since(start) - 1) // losers end before the caller's context does
	} else {
		time.Sleep(time.Hour)
	}
	synctest.Wait()
	result := fmt.Sprint(err)
	for _, s := range servers {
		switch {
		case s.conn == nil:
		case s.conn != conn && !s.conn.closed:
			t.Errorf("%s: the connection to %s lost and is open", script, s.name)
		case s.conn == conn && s.conn.closed:
			t.Errorf("%s: the connection to %s won and is closed", script, s.name)
		case s.conn == conn:
			result = s.name
		}
	}
	return fmt.Sprintf("%s = %s%d", strings.Join(tried, " "), result, took)
}

// tcp-14, tcp-15: each row says which address is tried at which time, and the result.
func TestConnectFirst(t *testing.T) {
	for _, tt := range []struct{ script, want string }{
		// one family: its addresses are tried in order, one at a time
		{"4+10", "a0 = a10"},
		{"4+400", "a0 = a400"},
		{"4-10 4+10", "a0 b10 = b20"},
		{"4+400 4+10", "a0 = a400"},
		{"6-10 6-20", "a0 b10 = b30"},
		{"6-10 6-2000", "a0 b10 = context deadline exceeded1000"},
		// two families: the second starts after 300 ms
		{"4+10 6+10", "a0 = a10"},
		{"4+300 6+10", "a0 b300 = a300"},
		{"4+400 6+50", "a0 b300 = b350"},
		{"4+400 6+150", "a0 b300 = a400"},
		{"6+400 4+50", "a0 b300 = b350"},
		{"4+2000 6+2000", "a0 b300 = context deadline exceeded1000"},
		// or the second family starts after the first failure of the first; then both go on
		{"4-10 6+10", "a0 b10 = b20"},
		{"4-10 6+50 4+20", "a0 b10 c10 = c30"},
		{"4-10 6-10 4-10 6-50", "a0 b10 c10 d20 = d70"},
		{"4-400 6-10 6+10 4+10", "a0 b300 c310 = c320"},
		{"4-350 6-100 4+10", "a0 b300 c350 = c360"},
		// the last error is returned
		{"4-10 6-10", "a0 b10 = b20"},
		{"4-400 6-10", "a0 b300 = a400"},
		// a connection that comes too late is closed
		{"4*400 6+50", "a0 b300 = b350"},
		{"4*2000", "a0 = context deadline exceeded1000"},
		{"", " = no address0"},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := replay(t, tt.script, time.Second)
			// Attempts at the same time have no defined order.
			if sortTried(got) != sortTried(tt.want) {
				t.Errorf("%s: got %s, want %s", tt.script, got, tt.want)
			}
		})
	}
}

func sortTried(s string) string {
	tried, result, _ := strings.Cut(s, " = ")
	names := strings.Fields(tried)
	slices.Sort(names)
	return strings.Join(names, " ") + " = " + result
}
