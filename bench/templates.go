package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/gotornado/tornado/bench/engines"
	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/report"
)

// templates is the workload that compares template engines: one process renders a page again
// and again, without a server or generator.
const templates = "template"

// A rendering is the output of the command render: the number of pages and the CPU time of one.
type rendering struct {
	Pages int     `json:"pages"`
	CPU   float64 `json:"cpu"` // microseconds
}

func (c comparison) runTemplates(output string) error {
	findings, err := c.compareTemplates()
	if err != nil {
		return err
	}
	for _, page := range findings {
		fmt.Println(page.Table(fmt.Sprintf("template: %s, %d rounds of %v", page.Page, c.rounds, c.duration), c.base))
	}
	return writeJSON(output, findings)
}

// compareTemplates runs the rounds over all engines, one page after another.
func (c comparison) compareTemplates() ([]report.Pages, error) {
	list := engines.Names()
	if len(c.only) > 0 {
		list = c.only
	}
	var all []report.Pages
	for _, page := range engines.Pages() {
		series := make([]report.EngineTimes, len(list))
		for range c.rounds {
			for i, name := range list {
				result, err := c.render(name, page)
				if err != nil {
					return nil, fmt.Errorf("%s, %s: %w", name, page, err)
				}
				series[i].Name = name
				series[i].CPU = append(series[i].CPU, result.CPU)
			}
		}
		all = append(all, report.Pages{Page: page, Engines: series})
	}
	return all, nil
}

// render measures one engine in a new process.
func (c comparison) render(name, page string) (result rendering, err error) {
	var cmd *exec.Cmd
	if name == engines.Python {
		cmd, err = pythonCommand(page, c.warmup, c.duration)
	} else {
		cmd, err = process.Command("render", name, "--page", page, "--warmup", c.warmup.String(), "--duration", c.duration.String())
	}
	if err != nil {
		return result, err
	}
	return result, decodeOutput(c.cores.server, cmd, &result)
}

// pythonCommand returns a command that renders with the Tornado of the system's Python.
func pythonCommand(page string, warmup, duration time.Duration) (*exec.Cmd, error) {
	files, err := engines.Files()
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(files)
	if err != nil {
		return nil, err
	}
	seconds := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
	cmd := exec.Command("/usr/bin/python3", "-c", engines.Script(), page, seconds(warmup), seconds(duration))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	return cmd, nil
}

// render is the command that renders in this process. A duration of 0 prints the page.
func render(args []string) error {
	flags := flag.NewFlagSet("render", flag.ExitOnError)
	page := flags.String("page", engines.Table, "table or page")
	warmup := flags.Duration("warmup", time.Second, "time before the measured one")
	duration := flags.Duration("duration", 3*time.Second, "measured time; 0 prints the page")
	if len(args) == 0 {
		args = []string{""}
	}
	flags.Parse(args[1:])
	engine, err := engines.Find(args[0])
	if err != nil {
		return err
	}
	once, err := engine.New(*page)
	if err != nil {
		return err
	}
	if *duration == 0 {
		out, err := once()
		os.Stdout.Write(out)
		return err
	}
	if _, err := repeat(once, *warmup); err != nil {
		return err
	}
	before, err := process.CPUTime(os.Getpid())
	if err != nil {
		return err
	}
	count, err := repeat(once, *duration)
	if err != nil {
		return err
	}
	after, err := process.CPUTime(os.Getpid())
	if err != nil {
		return err
	}
	cpu := float64((after - before).Nanoseconds()) / 1000 / float64(count)
	return json.NewEncoder(os.Stdout).Encode(rendering{count, cpu})
}

// repeat calls once again and again for the given duration, at least once.
func repeat(once func() ([]byte, error), duration time.Duration) (count int, err error) {
	for end := time.Now().Add(duration); ; {
		if _, err := once(); err != nil {
			return count, err
		}
		if count++; time.Now().After(end) {
			return count, nil
		}
	}
}
