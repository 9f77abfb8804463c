// Package hostile attacks a server of this project in many ways, and measures what each
// connection costs it and how long another client waits meanwhile.
package hostile

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gotornado/tornado/bench/process"
)

// Options tune a run of one attack.
type Options struct {
	Port     int // of the server, see Serve
	PID      int // of the server's process
	Conns    int // hostile connections at once
	Duration time.Duration
}

// A Cost holds what one attack took from the server.
type Cost struct {
	Attack   string        `json:"attack"`
	Budget   int           `json:"budget"`            // bytes for each connection
	PerConn  int64         `json:"bytes_per_conn"`    // by which the process grew
	Wait     time.Duration `json:"longest_wait"`      // of another client, for one small response
	Requests int           `json:"requests"`          // of that client
	Left     int           `json:"connections_after"` // open 5 s after the attack, the other client's included
}

// Run attacks a server that has just started, while an honest client sends one small request
// after another.
func Run(a Attack, o Options) (Cost, error) {
	result := Cost{Attack: a.Name, Budget: a.Budget}
	client, err := newCanary(o.Port)
	if err != nil {
		return result, err
	}
	defer client.conn.Close()
	for range 100 {
		if _, err := client.ask(); err != nil {
			return result, err
		}
	}
	before, err := process.Resident(o.PID)
	if err != nil {
		return result, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.Duration)
	defer cancel()
	end := attack(ctx, a, o)
	peak := before
	for ctx.Err() == nil {
		wait, err := client.ask()
		if err != nil {
			end()
			return result, fmt.Errorf("the other client: %w", err)
		}
		now, err := process.Resident(o.PID)
		if err != nil {
			end()
			return result, err
		}
		result.Requests++
		result.Wait, peak = max(result.Wait, wait), max(peak, now)
		time.Sleep(time.Millisecond)
	}
	end()
	result.PerConn = (peak - before) / int64(o.Conns)
	result.Left, err = settle(o.Port)
	return result, err
}

// attack starts the hostile peers. The function that it returns waits for them and closes
// their connections.
func attack(ctx context.Context, a Attack, o Options) (end func()) {
	var group sync.WaitGroup
	for range o.Conns {
		group.Go(func() {
			p := &peer{ctx: ctx, port: o.Port}
			a.run(p)
			<-ctx.Done()
			if p.conn != nil {
				p.conn.Close()
			}
		})
	}
	return group.Wait
}

// settle waits until the server holds no connection but the two of honest clients, for at
// most 5 s, and returns how many it holds.
func settle(port int) (left int, err error) {
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/connections", port))
		if err != nil {
			return 0, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil {
			return 0, err
		}
		if left, err = strconv.Atoi(string(body)); err != nil || left <= 2 || time.Now().After(deadline) {
			return left, err
		}
	}
}

// A canaryClient is the honest client, on one connection.
type canaryClient struct {
	conn   net.Conn
	reader *bufio.Reader
}

func newCanary(port int) (*canaryClient, error) {
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	return &canaryClient{conn, bufio.NewReader(conn)}, nil
}

// ask sends a request and returns how long its response took; more than 30 s is an error.
func (c *canaryClient) ask() (time.Duration, error) {
	start := time.Now()
	c.conn.SetDeadline(start.Add(30 * time.Second))
	if _, err := c.conn.Write(canaryRequest); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err == nil && (response.StatusCode != 200 || string(body) != "alive") {
		err = fmt.Errorf("%s: %q", response.Status, body)
	}
	return time.Since(start), err
}

// Table returns the results as a Markdown table.
func Table(results []Cost) string {
	var b strings.Builder
	b.WriteString("| attack | KiB/connection | budget | longest wait of another client |\n|---|---:|---:|---:|\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %d | %d | %.0f ms |\n", r.Attack, r.PerConn>>10, r.Budget>>10, r.Wait.Seconds()*1000)
	}
	return b.String()
}
