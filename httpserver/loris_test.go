package httpserver

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// lorisProgram runs the attackers of TestSlowLoris. args are the address, the number of
// attackers, and the seconds between two bytes. Each attacker sends the head of a request byte by
// byte. The program prints when all are connected, then how long the first and the last of them
// stayed connected.
func lorisProgram(args []string) error {
	var n int
	var seconds float64
	if _, err := fmt.Sscan(strings.Join(args[1:], " "), &n, &seconds); err != nil {
		return err
	}
	connections := make([]net.Conn, n)
	for i := range connections {
		c, err := net.Dial("tcp", args[0])
		if err != nil {
			return err
		}
		io.WriteString(c, "G")
		connections[i] = c
	}
	fmt.Println("connected")
	began := time.Now()
	lasted := make(chan time.Duration, n)
	for _, c := range connections {
		go func() { // the server's response, then its close
			response, _ := io.ReadAll(c)
			if string(response) != response408 {
				fmt.Fprintf(os.Stderr, "attacker: %q\n", response)
			}
			lasted <- time.Since(began)
		}()
	}
	go func() {
		for b := 0; ; b++ {
			time.Sleep(time.Duration(seconds * float64(time.Second)))
			for _, c := range connections {
				c.Write([]byte{"ET /"[min(b, 3)]})
			}
		}
	}()
	first := <-lasted
	last := first
	for range n - 1 {
		last = <-lasted
	}
	fmt.Println(first.Seconds(), last.Seconds())
	return nil
}

// A normal client is served beside attackers that send a head byte by byte, and the server
// closes the attackers at the header timeout. With TORNADO_STRESS=1 there are 5,000 attackers, a
// timeout of 20 s, and one byte per second; otherwise a tenth of each. Only then does the test
// judge how long the client waits.
func TestSlowLoris(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the attack takes 5 s, until the timeout for headers has passed twice")
	}
	attackers, limit, interval := 500, 2*time.Second, 0.1
	stress := os.Getenv("TORNADO_STRESS") != ""
	if stress {
		attackers, limit, interval = 5000, 20*time.Second, 1
	}
	l, err := ioloop.New(ioloop.Options{CoarseTick: 100 * time.Millisecond})
	require.NoError(t, err)
	s := New(&app{respond: sayHi}, Options{Loop: l, HeaderTimeout: limit})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, l)

	unloaded := latencies(t, bound.String(), func() bool { return false }, limit/2)
	cmd := program("loris", bound, attackers, interval)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	var word string
	_, err = fmt.Fscanln(stdout, &word)
	require.NoError(t, err)

	ended := make(chan struct{})
	var first, last float64
	go func() { fmt.Fscanln(stdout, &first, &last); close(ended) }()
	loaded := latencies(t, bound.String(), func() bool {
		select {
		case <-ended:
			return true
		default:
			return false
		}
	}, time.Minute)
	<-ended
	before, after := p99(unloaded), p99(loaded)
	t.Logf("%d attackers lasted %.1f to %.1f s; p99 of a normal client %v of %d requests, without them %v of %d",
		attackers, first, last, after, len(loaded), before, len(unloaded))
	if last == 0 {
		t.Error("the attackers have not ended")
	}
	if stress { // without TORNADO_STRESS the machine may be busy with other tests
		if last > limit.Seconds()*1.5+2 {
			t.Errorf("the last attacker was there for %.1f s, the limit is %v", last, limit)
		}
		if after > 10*before {
			t.Errorf("p99 went from %v to %v", before, after)
		}
	}
	require.Eventually(t, func() bool { return s.Connections() == 0 }, looptest.Patience, 10*time.Millisecond)
}

// latencies returns the latencies of a client that sends one request after another, until done
// returns true or the limit has passed.
func latencies(t *testing.T, address string, done func() bool, limit time.Duration) (all []time.Duration) {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(limit); time.Now().Before(end) && !done(); {
		began := time.Now()
		response, err := client.Get("http://" + address)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		response.Body.Close()
		all = append(all, time.Since(began))
		time.Sleep(time.Millisecond)
	}
	return all
}

func p99(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)*99/100]
}
