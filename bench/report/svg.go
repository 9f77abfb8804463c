package report

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// A Panel is one bar chart of a plot: a bar for each server, where shorter is better.
type Panel struct {
	Title string // with the unit
	Bars  []Bar
}

// A Bar is the figure of one server.
type Bar struct {
	Name  string
	Value float64
}

// Sizes of a plot, in pixels.
const (
	plotWidth   = 720
	labelWidth  = 96
	figureWidth = 70
	barHeight   = 18
	barStep     = 24
	titleHeight = 34
	panelGap    = 18
)

// Plot returns the panels as an SVG picture. The bars of a panel are sorted, and those of
// the server called base are drawn in a colour of their own. The picture has colours for
// light and for dark pages.
func Plot(base string, panels []Panel) string {
	var body strings.Builder
	y := 0
	for _, p := range panels {
		y = drawPanel(&body, p, base, y)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.bar { fill: #a8b1bb }
.base { fill: #0a7ea4 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .bar { fill: #57606a } .base { fill: #39b3d7 } }
</style>
%s</svg>
`, plotWidth, y, plotWidth, y, body.String())
}

// drawPanel draws p with its top at y and returns where the next panel begins.
func drawPanel(b *strings.Builder, p Panel, base string, y int) int {
	bars := slices.Clone(p.Bars)
	slices.SortStableFunc(bars, func(a, b Bar) int { return cmp.Compare(a.Value, b.Value) })
	fmt.Fprintf(b, `<text class="title" x="0" y="%d">%s</text>`+"\n", y+20, html.EscapeString(p.Title))
	y += titleHeight
	for _, bar := range bars {
		class := "bar"
		if bar.Name == base {
			class = "base"
		}
		width := bar.Value / bars[len(bars)-1].Value * (plotWidth - labelWidth - figureWidth)
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, y+barHeight-5, html.EscapeString(bar.Name))
		fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>`, class, labelWidth, y, width, barHeight)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", labelWidth+width+6, y+barHeight-5, figure(bar.Value))
		y += barStep
	}
	return y + panelGap
}

// figure formats a value with three digits, or with all its digits and commas from 1,000 on.
func figure(v float64) string {
	switch {
	case v >= 1000:
		return fmt.Sprintf("%d,%03d", int(v+0.5)/1000, int(v+0.5)%1000)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	default:
		return fmt.Sprintf("%.1f", v)
	}
}

// SpeedPanel returns the median CPU time of each server, in microseconds.
func SpeedPanel(title string, series []Series) Panel {
	p := Panel{Title: title}
	for _, s := range series {
		var cpu []float64
		for _, r := range s.Results {
			cpu = append(cpu, r.ServerCPU)
		}
		p.Bars = append(p.Bars, Bar{s.Server, Median(cpu)})
	}
	return p
}

// MemoryPanel returns the median memory of an idle connection of each server, in bytes.
func MemoryPanel(title string, table []Idle) Panel {
	p := Panel{Title: title}
	for _, s := range table {
		p.Bars = append(p.Bars, Bar{s.Server, Median(s.PerConn)})
	}
	return p
}
