package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/gotornado/tornado/bench/load"
	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/report"
	"github.com/gotornado/tornado/bench/servers"
)

// pipelined is the number of requests that the http-pipelined workload sends at once.
const pipelined = 16

// A comparison holds the flags of the command run.
type comparison struct {
	cores            cores
	only             []string
	base             string
	rounds           int
	conns, size      int
	warmup, duration time.Duration
}

// A finding is the JSON output for one workload.
type finding struct {
	Workload string          `json:"workload"`
	Conns    int             `json:"conns"`
	Size     int             `json:"size,omitempty"`
	Series   []report.Series `json:"series"`
}

func run(args []string) error {
	var c comparison
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	what := flags.String("what", "all", "http, http-pipelined, ws, broadcast, tcp, tls, tls-handshake, static, gzip, json, template, fetch or all")
	only := flags.String("only", "", "comma-separated `names` of servers; all if empty")
	output := flags.String("json", "", "`file` for the result of every sample")
	flags.StringVar(&c.base, "base", "tornado", "`name` of the server that the ratios refer to")
	flags.IntVar(&c.rounds, "rounds", 5, "rounds, each over all servers")
	flags.IntVar(&c.conns, "conns", 64, "connections")
	flags.IntVar(&c.size, "size", 128, "`bytes` of a message (ws, tcp, tls) or of a response (fetch; -1 means none, for the memory of a waiting fetch)")
	flags.DurationVar(&c.warmup, "warmup", time.Second, "unmeasured time of a server in a round")
	flags.DurationVar(&c.duration, "duration", 3*time.Second, "measured time of a server in a round")
	coreFlags(flags, &c.cores)
	flags.Parse(args)
	c.only = names(*only)

	switch *what {
	case templates:
		return c.runTemplates(*output)
	case fetch:
		return c.runFetches(*output)
	}
	workloads := []string{servers.HTTP, servers.HTTPPipelined, servers.WebSocket, servers.Broadcast, servers.TCP, servers.TLS, servers.TLSHandshake, servers.Static, servers.GZip, servers.JSON}
	if *what != "all" {
		if !slices.Contains(workloads, *what) {
			return fmt.Errorf("no workload is called %q", *what)
		}
		workloads = []string{*what}
	}
	var findings []finding
	for _, workload := range workloads {
		series, err := c.compare(workload)
		if err != nil {
			return err
		}
		if len(series) == 0 {
			continue
		}
		f := finding{Workload: workload, Conns: c.conns, Series: series}
		if sized(workload) {
			f.Size = c.size
		}
		findings = append(findings, f)
		fmt.Println(report.Speed(c.title(workload), c.base, series))
	}
	return writeJSON(*output, findings)
}

func coreFlags(flags *flag.FlagSet, c *cores) {
	flags.IntVar(&c.server, "server-core", 0, "`core` of the server")
	flags.IntVar(&c.load, "load-core", 1, "`core` of the generator")
}

func (c comparison) title(workload string) string {
	title := fmt.Sprintf("%s, %d connections, %d rounds of %v", workload, c.conns, c.rounds, c.duration)
	switch {
	case workload == servers.HTTPPipelined:
		title += fmt.Sprintf(", %d requests at once", pipelined)
	case sized(workload):
		title += fmt.Sprintf(", %d bytes", c.size)
	}
	return title
}

// sized reports whether the workload has a message size.
func sized(workload string) bool {
	return workload == servers.WebSocket || workload == servers.Broadcast || workload == servers.TCP || workload == servers.TLS
}

// compare runs the rounds in the order A B C, A B C, ..., so that a slow minute of the machine
// affects all servers.
func (c comparison) compare(workload string) ([]report.Series, error) {
	var series []report.Series
	for _, s := range servers.For(workload, c.only) {
		series = append(series, report.Series{Server: s.Name})
	}
	for range c.rounds {
		for i, s := range servers.For(workload, c.only) {
			result, err := c.measure(workload, s)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", workload, s.Name, err)
			}
			series[i].Results = append(series[i].Results, result)
		}
	}
	return series, nil
}

// measure starts a new server process, runs one generator against it, and returns the result.
func (c comparison) measure(workload string, s servers.Server) (result load.Result, err error) {
	server, port, err := startServer(c.cores, s, workload, "")
	if err != nil {
		return result, err
	}
	defer process.Kill(server)
	mode, pipeline := workload, 1
	if workload == servers.HTTPPipelined {
		mode, pipeline = load.HTTP, pipelined
	}
	generator, err := process.Command("load", "--mode", mode, "--port", port, "--conns", strconv.Itoa(c.conns),
		"--size", strconv.Itoa(c.size), "--pipeline", strconv.Itoa(pipeline), "--warmup", c.warmup.String(),
		"--duration", c.duration.String(), "--pid", strconv.Itoa(server.Process.Pid))
	if err != nil {
		return result, err
	}
	return result, decodeOutput(c.cores.load, generator, &result)
}

// writeJSON writes findings to a file. If name is empty it does nothing.
func writeJSON(name string, findings any) error {
	if name == "" {
		return nil
	}
	text, err := json.MarshalIndent(findings, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o644)
}
