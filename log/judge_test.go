package log

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// judge is a Python program that formats records with Tornado's LogFormatter, with and without
// colours.
const judge = `
import curses, json, logging, sys, time
import tornado.log
curses.setupterm("xterm", 1)
tornado.log._stderr_supports_color = lambda: True
midnight = time.mktime((1970, 1, 1, 0, 0, 0, 0, 0, -1))
levels = {-4: 10, 0: 20, 4: 30, 8: 40, 12: 50, 2: 25}
def lines(level, message):
    r = logging.LogRecord("x", levels[level], "?", 0, message, (), None)
    r.created = midnight
    return [tornado.log.LogFormatter(color=color).format(r) + "\n" for color in (False, True)]
json.dump([lines(*record) for record in json.load(sys.stdin)], sys.stdout)
`

// log-2, log-3, log-4, log-7: lines are those of Tornado, except for text that is escaped in Go.
func TestLinesJudgedByTornado(t *testing.T) {
	python := peers.Python(t, "tornado.log", "curses")
	records := []struct {
		level   slog.Level
		message string
		differs bool // log-3: control characters are escaped here
	}{
		{-4, "debug", false}, {0, "info", false}, {4, "warning", false}, {8, "error", false}, {12, "critical", false}, {2, "between", false},
		{0, "", false}, {0, "200 GET / (127.0.0.1) 0.51ms", false}, {4, "404 GET /é (::1) 12.00ms", false},
		{0, "two\nlines", false}, {0, "three\n\nlines", false}, {0, "ends\n", false}, {0, "blanks  ", false}, {0, "  blanks", false},
		{8, "a\n[E 700101 00:00:00 x:1] forged", false}, {0, "漢字 🎉", false}, {0, `back\slash "quoted"`, false}, {0, "100% %s %d", false},
		{0, "escape \x1b[31m", true}, {0, "return\rx", true}, {0, "tab\tx", true}, {0, "bidi \u202e", true}, {0, "nul \x00", true},
	}
	var input [][2]any
	for _, r := range records {
		input = append(input, [2]any{int(r.level), r.message})
	}
	text, err := json.Marshal(input)
	require.NoError(t, err)
	c := exec.Command(python, "-c", judge)
	c.Stdin, c.Stderr = bytes.NewReader(text), os.Stderr
	out, err := c.Output()
	require.NoError(t, err)
	var want [][2]string
	require.NoError(t, json.Unmarshal(out, &want))
	for i, r := range records {
		for j, color := range []bool{false, true} {
			got := format(t, FormatterOptions{Color: color, Levels: Levels{Default: slog.LevelDebug}}, record(r.level, r.message))
			if (got != want[i][j]) != r.differs {
				t.Errorf("%q: got %q, Tornado %q", r.message, got, want[i][j])
			}
		}
	}
}
