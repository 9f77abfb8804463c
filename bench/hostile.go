package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/bench/hostile"
	"github.com/gotornado/tornado/bench/process"
)

// runHostile attacks a new server for each attack and prints what that cost.
func runHostile(args []string) error {
	var c cores
	flags := flag.NewFlagSet("hostile", flag.ExitOnError)
	only := flags.String("only", "", "`text` in the names of the attacks to run; all if empty")
	conns := flags.Int("conns", 100, "hostile connections at once")
	duration := flags.Duration("duration", time.Second, "time of each attack")
	output := flags.String("json", "", "`file` for every single result")
	coreFlags(flags, &c)
	flags.Parse(args)
	var results []hostile.Cost
	var failed []error
	for _, a := range hostile.Attacks() {
		if !strings.Contains(a.Name, *only) {
			continue
		}
		r, err := attackOnce(c, a, *conns, *duration)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", a.Name, err))
			continue
		}
		results = append(results, r)
	}
	fmt.Print(hostile.Table(results))
	return errors.Join(append(failed, writeJSON(*output, results))...)
}

// attackOnce starts a server, attacks it and ends it.
func attackOnce(c cores, a hostile.Attack, conns int, duration time.Duration) (hostile.Cost, error) {
	server, port, err := startVictim(c.server)
	if err != nil {
		return hostile.Cost{}, err
	}
	defer process.Kill(server)
	return hostile.Run(a, hostile.Options{Port: port, PID: server.Process.Pid, Conns: conns, Duration: duration})
}

// startVictim starts the server that is attacked on three ports in a row, from a range that
// the kernel does not give to clients.
func startVictim(core int) (*exec.Cmd, int, error) {
	for try := 0; ; try++ {
		port := 10_000 + 3*rand.IntN(5000)
		server, err := startChild(core, listening, nil, "victim", "--port", strconv.Itoa(port))
		if err == nil || try == 5 { // one of the ports was taken
			return server, port, err
		}
	}
}

// victim runs the server that is attacked.
func victim(args []string) error {
	flags := flag.NewFlagSet("victim", flag.ExitOnError)
	port := flags.Int("port", 8888, "the first of three `ports` in a row, on the loopback address")
	flags.Parse(args)
	dir, err := os.MkdirTemp("", "hostile")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return hostile.Serve(*port, dir, func() { fmt.Println(listening) })
}
