package log

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// log-b5: NO_COLOR and FORCE_COLOR decide about colours; without them, the kind of the stream
// decides.
func TestColorIsDecidedForTheStream(t *testing.T) {
	regular, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer regular.Close()
	reader, pipe, err := os.Pipe()
	require.NoError(t, err)
	defer reader.Close()
	defer pipe.Close()
	streams := map[string]*os.File{"file": regular, "pipe": pipe}
	if runtime.GOOS == "linux" {
		if terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err == nil {
			defer terminal.Close()
			streams["terminal"] = terminal
		}
	}
	for _, tt := range []struct {
		no, force, term string
		terminal, other bool
	}{
		{"", "", "xterm", true, false},
		{"", "", "dumb", false, false},
		{"", "", "", false, false},
		{"1", "", "xterm", false, false},
		{"1", "1", "xterm", false, false},
		{"", "1", "dumb", true, true},
		{"", "1", "", true, true},
		{"", "0", "xterm", true, false},
	} {
		t.Setenv("NO_COLOR", tt.no)
		t.Setenv("FORCE_COLOR", tt.force)
		t.Setenv("TERM", tt.term)
		for name, stream := range streams {
			want := tt.other
			if name == "terminal" {
				want = tt.terminal
			}
			if got := HasColor(stream); got != want {
				t.Errorf("NO_COLOR=%q FORCE_COLOR=%q TERM=%q, %s: got %v, want %v", tt.no, tt.force, tt.term, name, got, want)
			}
		}
	}
}

// log-b5, log-8: a log file has no colours, even if those of a terminal are demanded.
func TestALogFileHasNoColors(t *testing.T) {
	t.Setenv("FORCE_COLOR", "1")
	path := filepath.Join(t.TempDir(), "site.log")
	p, err := Options{LogFilePrefix: path}.withDefaults().build()
	require.NoError(t, err)
	require.NoError(t, p.Handler.Handle(t.Context(), record(0, "a line")))
	p.close()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "[I "), string(text))
	require.NotContains(t, string(text), "\x1b")
}
