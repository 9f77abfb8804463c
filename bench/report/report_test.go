package report

import (
	"math"
	"strings"
	"testing"

	"github.com/gotornado/tornado/bench/load"
)

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{nil, math.NaN()},
		{[]float64{3}, 3},
		{[]float64{9, 1, 2}, 2},
		{[]float64{4, 1, 3, 100}, 3.5},
	} {
		if got := Median(tt.values); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%v: got %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestMedianLeavesItsArgumentAlone(t *testing.T) {
	values := []float64{3, 1, 2}
	Median(values)
	if values[0] != 3 || values[1] != 1 {
		t.Errorf("now %v", values)
	}
}

func TestPairedRatio(t *testing.T) {
	for _, tt := range []struct {
		value, base []float64
		want        float64
	}{
		{[]float64{20, 40, 10}, []float64{10, 20, 5}, 2}, // the medians alone would not show it
		{[]float64{10, 20, 90}, []float64{5, 20, 30}, 2},
		{[]float64{10}, nil, math.NaN()},
	} {
		if got := PairedRatio(tt.value, tt.base); got != tt.want && !(math.IsNaN(got) && math.IsNaN(tt.want)) {
			t.Errorf("%v / %v: got %v, want %v", tt.value, tt.base, got, tt.want)
		}
	}
}

func TestSpeedTable(t *testing.T) {
	got := Speed("http", "tornado", []Series{
		{"gnet", []load.Result{{PerSecond: 100, ServerCPU: 6}, {PerSecond: 120, ServerCPU: 12}, {PerSecond: 90, ServerCPU: 5}}},
		{"tornado", []load.Result{{PerSecond: 80, ServerCPU: 8, P50: 400, P99: 900, ServerBusy: 0.98, GeneratorBusy: 0.5}}},
	})
	for _, line := range []string{
		"### http",
		"CPU / tornado's",
		"| gnet | 100 | 6.00 | 5.00–12.00 | 0 | 0 | 0 % | 0 % | 0.75 |",
		"| tornado | 80 | 8.00 | 8.00–8.00 | 400 | 900 | 98 % | 50 % | 1.00 |",
	} {
		if !strings.Contains(got, line+"\n") && !strings.Contains(got, line+" |\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}

func TestSpeedTableWithoutTheBase(t *testing.T) {
	got := Speed("http", "tornado", []Series{{"gnet", []load.Result{{ServerCPU: 6}}}})
	if !strings.Contains(got, "| 6.00–6.00 | 0 | 0 | 0 % | 0 % | – |") {
		t.Error(got)
	}
}

func TestMemoryTable(t *testing.T) {
	got := Memory("idle", "tornado", []Idle{
		{"tornado", []float64{700, 650, 500}, []float64{8 << 20}},
		{"nbio", []float64{1400, 1300, 1500}, []float64{9 << 20, 9 << 20, 9 << 20}},
	})
	for _, line := range []string{"| nbio | 1400 | 1300–1500 | 9.0 | 2.00 |\n", "| tornado | 650 | 500–700 | 8.0 | 1.00 |\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
}
