package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"time"

	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/servers"
)

// cores says on which core each process runs. The parent process only waits.
type cores struct{ server, load int }

// startChild starts a command of this program on a core. It returns when the child has printed
// the line ready.
func startChild(core int, ready string, stdin io.Reader, args ...string) (*exec.Cmd, error) {
	cmd, err := process.Command(args...)
	if err != nil {
		return nil, err
	}
	cmd.Stdin = stdin
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.StartOn(core, cmd); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if lines.Text() == ready {
			go io.Copy(io.Discard, stdout)
			return cmd, nil
		}
	}
	if c, ok := stdin.(io.Closer); ok {
		c.Close() // otherwise Wait waits for the goroutine that copies from it
	}
	process.Kill(cmd)
	return nil, fmt.Errorf("bench %s ended before it was %s", args[0], ready)
}

// startServer starts a server of a workload on a port, or on a free one if port is "".
func startServer(c cores, s servers.Server, workload, port string) (*exec.Cmd, string, error) {
	if port == "" {
		probe, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, "", err
		}
		port = strconv.Itoa(probe.Addr().(*net.TCPAddr).Port)
		probe.Close()
	}
	cmd, err := startChild(c.server, listening, nil, "serve", s.Name, "--what", workload, "--port", port)
	if err == nil {
		if err = awaitPort(port); err != nil {
			process.Kill(cmd)
		}
	}
	return cmd, port, err
}

// awaitPort waits until the port accepts connections. A server that executes another program
// reports that it is ready before that program listens.
func awaitPort(port string) error {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// decodeOutput starts cmd on a core, decodes its output, which is JSON, into result, and waits
// for its end.
func decodeOutput(core int, cmd *exec.Cmd, result any) error {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.StartOn(core, cmd); err != nil {
		return err
	}
	decoded := json.NewDecoder(stdout).Decode(result)
	return errors.Join(cmd.Wait(), decoded)
}
