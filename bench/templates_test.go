package main

import (
	"bytes"
	"html"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotornado/tornado/bench/engines"
	"github.com/gotornado/tornado/bench/report"
	"github.com/gotornado/tornado/internal/peers"
)

// normal removes accepted differences between engines: white space, and quotes as entities.
func normal(page []byte) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(string(page)), ">", "> ")), "")
}

func TestEnginesRenderTheSamePages(t *testing.T) {
	for _, page := range engines.Pages() {
		pages := map[string][]byte{}
		for _, name := range engines.Names() {
			if name == engines.Python {
				continue
			}
			engine, err := engines.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			once, err := engine.New(page)
			if err != nil {
				t.Fatal(err)
			}
			if pages[name], err = once(); err != nil {
				t.Fatal(err)
			}
			if got, want := normal(pages[name]), normal(pages["tornado"]); got != want || len(got) < 2000 {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, page, got, want)
			}
		}
		peers.Python(t, "tornado.template")
		cmd, err := pythonCommand(page, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out, pages["tornado"]) {
			t.Errorf("%s: Python's page differs from ours:\n%s\n%s", page, out, pages["tornado"])
		}
	}
}

func TestRunComparesTemplateEngines(t *testing.T) {
	output := filepath.Join(t.TempDir(), "template.json")
	only := "tornado,html/template,quicktemplate"
	if exec.Command("/usr/bin/python3", "-c", "import tornado.template").Run() == nil {
		only += "," + engines.Python
	}
	if err := run([]string{"--what", "template", "--only", only, "--rounds", "2", "--warmup", "1ms", "--duration", "20ms", "--json", output}); err != nil {
		t.Fatal(err)
	}
	var findings []report.Pages
	read(t, output, &findings)
	if len(findings) != 2 {
		t.Fatalf("%d pages", len(findings))
	}
	for _, page := range findings {
		for _, e := range page.Engines {
			if len(e.CPU) != 2 || e.CPU[0] <= 0 {
				t.Errorf("%s, %s: %v", page.Page, e.Name, e.CPU)
			}
		}
	}
}
