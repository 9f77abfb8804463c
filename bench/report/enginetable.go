package report

import (
	"fmt"
	"slices"
	"strings"
)

// EngineTimes holds the CPU time of a template engine for a page in each round, in microseconds.
type EngineTimes struct {
	Name string    `json:"engine"`
	CPU  []float64 `json:"cpu"`
}

// Pages holds the engines that rendered one page.
type Pages struct {
	Page    string        `json:"page"`
	Engines []EngineTimes `json:"engines"`
}

// Table returns a Markdown table. The last column is the ratio of each engine to base.
func (p Pages) Table(title, base string) string {
	var baseCPU []float64
	for _, e := range p.Engines {
		if e.Name == base {
			baseCPU = e.CPU
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| engine | CPU µs/page | min–max | CPU / %s's |\n|---|---:|---:|---:|\n", title, base)
	for _, e := range p.Engines {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f–%.1f | %s |\n", e.Name, Median(e.CPU), slices.Min(e.CPU), slices.Max(e.CPU), ratio(PairedRatio(e.CPU, baseCPU)))
	}
	return b.String()
}
