package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"time"

	"github.com/gotornado/tornado/bench/load"
	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/report"
	"github.com/gotornado/tornado/bench/servers"
)

// holderConns is the maximum number of connections of one holding process.
const holderConns = 15_000

// An idleTest holds the flags of the command idle.
type idleTest struct {
	cores       cores
	mode        string
	conns, size int
	processes   int // server processes on one port
	quiet       time.Duration
}

func idle(args []string) error {
	var t idleTest
	flags := flag.NewFlagSet("idle", flag.ExitOnError)
	flags.StringVar(&t.mode, "what", load.WebSocket, "ws, ws-deflate, wss, http or tls")
	only := flags.String("only", "", "comma-separated `names` of servers; all if empty")
	base := flags.String("base", "tornado", "`name` of the server that the ratios refer to")
	rounds := flags.Int("rounds", 3, "rounds, each over all servers")
	output := flags.String("json", "", "`file` for the result of every sample")
	flags.IntVar(&t.conns, "conns", 10_000, "connections")
	flags.IntVar(&t.processes, "processes", 1, "server `processes`, on one port")
	flags.IntVar(&t.size, "size", 128, "`bytes` of the WebSocket message that each connection sends")
	flags.DurationVar(&t.quiet, "quiet", 3*time.Second, "time between the last response and the reading")
	coreFlags(flags, &t.cores)
	flags.Parse(args)

	// The floor server keeps no state per connection, so its memory means nothing.
	var table []report.Idle
	for _, s := range servers.For(t.mode, names(*only)) {
		if s.Name != "floor" {
			table = append(table, report.Idle{Server: s.Name})
		}
	}
	if len(table) == 0 {
		return fmt.Errorf("no server takes part in %q", t.mode)
	}
	for range *rounds {
		for i := range table {
			if err := t.measure(&table[i]); err != nil {
				return fmt.Errorf("%s: %w", table[i].Server, err)
			}
		}
	}
	fmt.Println(report.Memory(fmt.Sprintf("%d idle %s connections, %d processes, %d rounds", t.conns, t.mode, t.processes, *rounds), *base, table))
	return writeJSON(*output, table)
}

// measure adds one round to row, with a new server process.
func (t idleTest) measure(row *report.Idle) error {
	s, err := servers.Find(row.Server, t.mode)
	if err != nil {
		return err
	}
	servers, port, err := startServers(t.cores, s, t.mode, t.processes)
	defer servers.kill()
	if err != nil {
		return err
	}
	time.Sleep(t.quiet)
	before, err := servers.resident()
	if err != nil {
		return err
	}
	var holders holders
	defer holders.kill()
	for left := t.conns; left > 0; left -= holderConns {
		err := holders.start(t.cores.load, "--mode", t.mode, "--port", port,
			"--size", strconv.Itoa(t.size), "--conns", strconv.Itoa(min(left, holderConns)))
		if err != nil {
			return err
		}
	}
	time.Sleep(t.quiet)
	after, err := servers.resident()
	if err != nil {
		return err
	}
	row.Baseline = append(row.Baseline, float64(before))
	row.PerConn = append(row.PerConn, float64(after-before)/float64(t.conns))
	return holders.release()
}

// serverProcesses holds the processes of one server.
type serverProcesses []*exec.Cmd

// startServers starts n processes of a server on one port. The kernel distributes the
// connections among them.
func startServers(c cores, s servers.Server, workload string, n int) (all serverProcesses, port string, err error) {
	for len(all) < n && err == nil {
		var cmd *exec.Cmd
		if cmd, port, err = startServer(c, s, workload, port); err == nil {
			all = append(all, cmd)
		}
	}
	return all, port, err
}

func (all serverProcesses) kill() {
	for _, cmd := range all {
		process.Kill(cmd)
	}
}

// resident returns the memory of all processes, in bytes.
func (all serverProcesses) resident() (sum int64, err error) {
	for _, cmd := range all {
		n, err := process.Resident(cmd.Process.Pid)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// holders is a list of processes that keep connections open.
type holders []holder

type holder struct {
	cmd   *exec.Cmd
	stdin io.Closer // closing it ends the process
}

func (h *holders) start(core int, args ...string) error {
	reader, writer := io.Pipe()
	cmd, err := startChild(core, holding, reader, append([]string{"hold"}, args...)...)
	if err != nil {
		return err
	}
	*h = append(*h, holder{cmd, writer})
	return nil
}

// release ends the holders. Each first uses every connection again, and returns an error if the
// server has dropped one.
func (h *holders) release() error {
	var errs []error
	for _, holder := range *h {
		holder.stdin.Close()
		errs = append(errs, holder.cmd.Wait())
	}
	*h = nil
	return errors.Join(errs...)
}

func (h *holders) kill() {
	for _, holder := range *h {
		holder.stdin.Close()
		process.Kill(holder.cmd)
	}
}
