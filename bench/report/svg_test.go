package report

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/gotornado/tornado/bench/load"
)

func TestPlotSortsBarsAndMarksTheBase(t *testing.T) {
	got := Plot("tornado", []Panel{
		SpeedPanel("CPU µs", []Series{{"gws", []load.Result{{ServerCPU: 9}, {ServerCPU: 7}, {ServerCPU: 8}}}, {"tornado", []load.Result{{ServerCPU: 4}}}}),
		MemoryPanel("bytes <idle>", []Idle{{Server: "tornado", PerConn: []float64{951}}, {Server: "gws", PerConn: []float64{10900}}}),
	})
	for _, want := range []string{`class="base" x="96" y="34" width="277.0"`, ">8.0<", ">951<", ">10,900<", "bytes &lt;idle&gt;"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	for decoder := xml.NewDecoder(strings.NewReader(got)); ; {
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{6.04: "6.0", 99.94: "99.9", 433.4: "433", 1000: "1,000", 10900.2: "10,900"} {
		if got := figure(v); got != want {
			t.Errorf("%v: got %s, want %s", v, got, want)
		}
	}
}
