package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"

	"github.com/gotornado/tornado/bench/report"
)

// plot draws the results of run and idle, as --json wrote them, as one SVG picture.
func plot(args []string) error {
	flags := flag.NewFlagSet("plot", flag.ExitOnError)
	base := flags.String("base", "tornado", "`name` of the server to mark")
	output := flags.String("out", "plot.svg", "`file` for the picture")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: bench plot [flags] TITLE FILE [TITLE FILE ...]")
		flags.PrintDefaults()
	}
	flags.Parse(args)
	if flags.NArg() == 0 || flags.NArg()%2 != 0 {
		flags.Usage()
		return fmt.Errorf("each file needs a title before it")
	}
	var panels []report.Panel
	for i := 0; i < flags.NArg(); i += 2 {
		panel, err := readPanel(flags.Arg(i), flags.Arg(i+1))
		if err != nil {
			return err
		}
		panels = append(panels, panel)
	}
	return os.WriteFile(*output, []byte(report.Plot(*base, panels)), 0o644)
}

// readPanel reads a file of run with one workload, or a file of idle.
func readPanel(title, name string) (report.Panel, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return report.Panel{}, err
	}
	var findings []finding
	if err := json.Unmarshal(text, &findings); err == nil && len(findings) == 1 && findings[0].Series != nil {
		return report.SpeedPanel(title, findings[0].Series), nil
	}
	var table []report.Idle
	if err := json.Unmarshal(text, &table); err != nil || len(table) == 0 || table[0].PerConn == nil {
		return report.Panel{}, fmt.Errorf("%s does not hold the results of one workload of run, or of idle", name)
	}
	return report.MemoryPanel(title, table), nil
}
