package report

import (
	"fmt"
	"slices"
	"strings"
)

// ClientTimes holds the figures of an HTTP client in each round: the CPU time of a fetch in
// microseconds, or the memory in bytes of a fetch that waits.
type ClientTimes struct {
	Name  string    `json:"client"`
	CPU   []float64 `json:"cpu,omitempty"`
	Bytes []float64 `json:"bytes,omitempty"`
}

// figures returns the measured series and its unit.
func (c ClientTimes) figures() (values []float64, unit string) {
	if len(c.Bytes) > 0 {
		return c.Bytes, "bytes/fetch"
	}
	return c.CPU, "CPU µs/fetch"
}

// ClientTable returns a Markdown table. The last column is the ratio of each client to base.
func ClientTable(title, base string, clients []ClientTimes) string {
	var baseValues []float64
	unit := ""
	for _, c := range clients {
		if c.Name == base {
			baseValues, _ = c.figures()
		}
		_, unit = c.figures()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n| client | %s | min–max | ratio to %s |\n|---|---:|---:|---:|\n", title, unit, base)
	for _, c := range clients {
		values, _ := c.figures()
		fmt.Fprintf(&b, "| %s | %.1f | %.1f–%.1f | %s |\n", c.Name, Median(values), slices.Min(values), slices.Max(values), ratio(PairedRatio(values, baseValues)))
	}
	return b.String()
}
