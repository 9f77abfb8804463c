package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/bench/clients"
	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/report"
)

// fetch is the workload that compares HTTP clients: the server is the same for all.
const fetch = "fetch"

// A fetching is the output of the command fetch.
type fetching struct {
	Fetches int     `json:"fetches"`
	CPU     float64 `json:"cpu"`             // microseconds of a fetch
	Bytes   float64 `json:"bytes,omitempty"` // resident memory of a fetch that waits
}

func (c comparison) runFetches(output string) error {
	clientTimes, err := c.compareFetches()
	if err != nil {
		return err
	}
	title := fmt.Sprintf("fetch: %d at once, %d bytes, %d rounds of %v", c.conns, c.size, c.rounds, c.duration)
	if c.size < 0 {
		title = fmt.Sprintf("%d fetches that wait, %d rounds", c.conns, c.rounds)
	}
	fmt.Println(report.ClientTable(title, c.base, clientTimes))
	return writeJSON(output, clientTimes)
}

// compareFetches runs the rounds over all clients.
func (c comparison) compareFetches() ([]report.ClientTimes, error) {
	list := clients.Names()
	if len(c.only) > 0 {
		list = c.only
	}
	series := make([]report.ClientTimes, len(list))
	for range c.rounds {
		for i, name := range list {
			result, err := c.measureFetch(name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			series[i].Name = name
			series[i].CPU = append(series[i].CPU, result.CPU)
			if c.size < 0 {
				series[i].Bytes = append(series[i].Bytes, result.Bytes)
			}
		}
	}
	return series, nil
}

// measureFetch measures one client in a new process, with a new server.
func (c comparison) measureFetch(name string) (result fetching, err error) {
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return result, err
	}
	port := strconv.Itoa(probe.Addr().(*net.TCPAddr).Port)
	probe.Close()
	server, err := startChild(c.cores.load, listening, nil, "respond", "--port", port, "--size", strconv.Itoa(c.size))
	if err != nil {
		return result, err
	}
	defer process.Kill(server)
	cmd, err := c.fetchCommand(name, "http://127.0.0.1:"+port+"/")
	if err != nil {
		return result, err
	}
	return result, decodeOutput(c.cores.server, cmd, &result)
}

func (c comparison) fetchCommand(name, url string) (*exec.Cmd, error) {
	if name == clients.Python {
		seconds := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
		cmd := exec.Command("/usr/bin/python3", "-c", clients.Script(), url, strconv.Itoa(c.conns), seconds(c.warmup), seconds(c.duration))
		cmd.Stderr = os.Stderr
		return cmd, nil
	}
	args := []string{"fetch", name, "--url", url, "--conns", strconv.Itoa(c.conns), "--warmup", c.warmup.String(), "--duration", c.duration.String()}
	if c.size < 0 {
		args = append(args, "--wait")
	}
	return process.Command(args...)
}

// fetchURL is the command that fetches in this process.
func fetchURL(args []string) error {
	flags := flag.NewFlagSet("fetch", flag.ExitOnError)
	url := flags.String("url", "", "`URL` to fetch")
	conns := flags.Int("conns", 64, "fetches at once")
	wait := flags.Bool("wait", false, "the server does not respond: measure the memory of the fetches")
	warmup := flags.Duration("warmup", time.Second, "time before the measured one")
	duration := flags.Duration("duration", 3*time.Second, "measured time")
	if len(args) == 0 {
		args = []string{""}
	}
	flags.Parse(args[1:])
	client, err := clients.Find(args[0])
	if err != nil {
		return err
	}
	empty, err := process.Resident(os.Getpid())
	if err != nil {
		return err
	}
	if *wait {
		client = client.Waiting()
	}
	var fetches atomic.Int64
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	failed := make(chan error, 1)
	go func() { failed <- client.Run(ctx, *url, *conns, &fetches) }()
	result, err := sampleFetches(&fetches, failed, *warmup, *duration)
	if err != nil {
		return err
	}
	if *wait {
		debug.FreeOSMemory() // the memory of fetches that have begun does not count
		full, err := process.Resident(os.Getpid())
		if err != nil {
			return err
		}
		result = fetching{Bytes: float64(full-empty) / float64(*conns)}
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// sampleFetches counts fetches and their CPU time during duration.
func sampleFetches(fetches *atomic.Int64, failed <-chan error, warmup, duration time.Duration) (result fetching, err error) {
	select {
	case err := <-failed:
		return result, err
	case <-time.After(warmup):
	}
	before := fetches.Load()
	began, err := process.CPUTime(os.Getpid())
	if err != nil {
		return result, err
	}
	select {
	case err := <-failed:
		return result, err
	case <-time.After(duration):
	}
	ended, err := process.CPUTime(os.Getpid())
	n := fetches.Load() - before
	return fetching{Fetches: int(n), CPU: float64((ended - began).Nanoseconds()) / 1e3 / float64(max(n, 1))}, err
}

// respond is the command that runs the server for the clients.
func respond(args []string) error {
	flags := flag.NewFlagSet("respond", flag.ExitOnError)
	port := flags.Int("port", 8888, "`port` to listen on, on the loopback address")
	size := flags.Int("size", 128, "`bytes` of a response; a negative value sends none")
	flags.Parse(args)
	return clients.Serve(*port, *size, func() { fmt.Println(listening) })
}
