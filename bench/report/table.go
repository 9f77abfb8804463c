package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gotornado/tornado/bench/load"
)

// A Series holds the results of one server in each round.
type Series struct {
	Server  string        `json:"server"`
	Results []load.Result `json:"results"`
}

func (s Series) column(of func(load.Result) float64) []float64 {
	values := make([]float64, len(s.Results))
	for i, r := range s.Results {
		values[i] = of(r)
	}
	return values
}

// Speed returns a Markdown table of the series. The last column is the ratio of the CPU time to
// that of the server called base, if base is among them.
func Speed(title, base string, series []Series) string {
	cpu := func(r load.Result) float64 { return r.ServerCPU }
	var baseCPU []float64
	for _, s := range series {
		if s.Server == base {
			baseCPU = s.column(cpu)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", title)
	fmt.Fprintf(&b, "| server | responses/s | CPU µs/response | min–max | p50 µs | p99 µs | server busy | generator busy | CPU / %s's |\n", base)
	b.WriteString("|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, s := range series {
		median := func(of func(load.Result) float64) float64 { return Median(s.column(of)) }
		costs := s.column(cpu)
		fmt.Fprintf(&b, "| %s | %.0f | %.2f | %.2f–%.2f | %.0f | %.0f | %.0f %% | %.0f %% | %s |\n", s.Server,
			median(func(r load.Result) float64 { return r.PerSecond }),
			Median(costs), slices.Min(costs), slices.Max(costs),
			median(func(r load.Result) float64 { return r.P50 }),
			median(func(r load.Result) float64 { return r.P99 }),
			100*median(func(r load.Result) float64 { return r.ServerBusy }),
			100*median(func(r load.Result) float64 { return r.GeneratorBusy }),
			ratio(PairedRatio(costs, baseCPU)))
	}
	return b.String()
}

// An Idle holds the memory per idle connection of a server, in bytes, in each round.
type Idle struct {
	Server   string    `json:"server"`
	PerConn  []float64 `json:"bytes_per_connection"`
	Baseline []float64 `json:"baseline_bytes"`
}

// Memory returns a Markdown table of idle memory.
func Memory(title, base string, idle []Idle) string {
	var basePerConn []float64
	for _, s := range idle {
		if s.Server == base {
			basePerConn = s.PerConn
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| server | bytes/connection | min–max | MiB without | bytes / %s's |\n|---|---:|---:|---:|---:|\n", title, base)
	for _, s := range idle {
		fmt.Fprintf(&b, "| %s | %.0f | %.0f–%.0f | %.1f | %s |\n", s.Server, Median(s.PerConn),
			slices.Min(s.PerConn), slices.Max(s.PerConn), Median(s.Baseline)/(1<<20), ratio(PairedRatio(s.PerConn, basePerConn)))
	}
	return b.String()
}

func ratio(r float64) string {
	if math.IsNaN(r) {
		return "–"
	}
	return fmt.Sprintf("%.2f", r)
}
