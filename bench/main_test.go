package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gotornado/tornado/bench/report"
)

// TestMain lets the commands start the test binary as they start bench itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-") {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestRunComparesEveryServerOfAWorkload(t *testing.T) {
	output := filepath.Join(t.TempDir(), "all.json")
	err := run([]string{"--what", "all", "--only", "gnet,gws,c", "--rounds", "2", "--warmup", "10ms", "--duration", "100ms",
		"--conns", "4", "--load-core", "0", "--json", output})
	if err != nil {
		t.Fatal(err)
	}
	var findings []finding
	read(t, output, &findings)
	var got []string
	for _, f := range findings {
		for _, s := range f.Series {
			got = append(got, fmt.Sprintf("%s %s %d %d", f.Workload, s.Server, f.Conns, f.Size))
			if len(s.Results) != 2 || s.Results[0].Responses == 0 || s.Results[1].ServerCPU <= 0 {
				t.Errorf("%s, %s: %+v", f.Workload, s.Server, s.Results)
			}
		}
	}
	want := "http gnet 4 0, http-pipelined gnet 4 0, ws gws 4 128, broadcast gws 4 128, tcp gnet 4 128"
	if _, err := exec.LookPath("gcc"); err == nil {
		want += ", tcp c 4 128"
	}
	if strings.Join(got, ", ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestIdleMeasuresEveryServer(t *testing.T) {
	for _, tt := range []struct{ what, server string }{{"http", "gnet"}, {"ws", "gws"}, {"tls", "net"}, {"ws-deflate", "gws"}, {"wss", "gws"}} {
		output := filepath.Join(t.TempDir(), "idle.json")
		err := idle([]string{"--what", tt.what, "--only", tt.server, "--rounds", "2", "--conns", "500", "--quiet", "0",
			"--load-core", "0", "--json", output})
		if err != nil {
			t.Fatal(err)
		}
		var table []report.Idle
		read(t, output, &table)
		if len(table) != 1 || table[0].Server != tt.server || len(table[0].PerConn) != 2 || table[0].Baseline[0] <= 0 {
			t.Errorf("%s: %+v", tt.what, table)
		}
	}
}

func TestReleaseReportsADroppedConnection(t *testing.T) {
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	var h holders
	defer h.kill()
	if err := h.start(0, "--mode", "http", "--conns", "1", "--port", port); err != nil {
		t.Fatal(err)
	}
	if err := h.release(); err == nil {
		t.Error("no error")
	}
}

func TestCommandsRefuse(t *testing.T) {
	for _, tt := range []struct {
		command func([]string) error
		args    string
	}{
		{run, "--what ftp"},
		{idle, "--what ftp"},
		{idle, "--only unknown"},
		{serve, ""},
		{serve, "unknown"},
		{runLoad, "--mode ftp"},
		{hold, "--mode ftp"},
	} {
		if err := tt.command(strings.Fields(tt.args)); err == nil {
			t.Errorf("%s: no error", tt.args)
		}
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
