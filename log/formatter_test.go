package log

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// at is the time of the records, in whichever zone the tests run.
var at = time.Date(1970, 1, 1, 0, 0, 0, 0, time.Local)

func record(level slog.Level, message string, args ...any) slog.Record {
	r := slog.NewRecord(at, level, message, 0)
	r.Add(args...)
	return r
}

// format returns what a Formatter with options writes for r.
func format(t *testing.T, options FormatterOptions, r slog.Record) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, NewFormatter(&out, options).Handle(context.Background(), r))
	return out.String()
}

var errBoom = errors.New("boom")

type panics struct{}

func (panics) Error() string { panic("no text") }

// log-2, log-3, log-5, log-6, log-b2: each row has a record and its line. No text of a record can
// look like another line.
func TestLines(t *testing.T) {
	const head = "[I 700101 00:00:00 ?:0] "
	for _, tt := range []struct {
		r    slog.Record
		want string
	}{
		{record(0, "foo"), head + "foo\n"},
		{record(0, "é 漢"), head + "é 漢\n"},
		{record(0, "\xe9"), head + `\xe9` + "\n"},
		{record(0, "a\nb\n[E 700101 00:00:00 x:1] c"), head + "a\n    b\n    [E 700101 00:00:00 x:1] c\n"},
		{record(0, "a\r\x1b[31m\u202e\u2028b"), head + `a\r\x1b[31m\u202e\u2028b` + "\n"},
		{record(0, "kept  "), head + "kept  \n"},
		{record(0, "cut \n", "stack", "x"), head + "cut\n    x\n"},
		{record(0, "m", "logger", GenName, "n", 1), head + "m n=1\n"},
		{record(0, "m", "a", "two words", "b", `"`, "c", "x=y", "d", ""), head + `m a="two words" b="\"" c="x=y" d=""` + "\n"},
		{record(0, "m", "a", "x\n[E forged]\x1b"), head + `m a="x\n[E forged]\x1b"` + "\n"},
		{record(0, "m", "a\nb", 1), head + `m "a\nb"=1` + "\n"},
		{record(0, "m", "error", fmt.Errorf("load: %w", errBoom)), head + `m error="load: boom"` + "\n"},
		{record(0, "m", slog.Group("g", "a", 1, slog.Group("h", "b", time.Second))), head + "m g.a=1 g.h.b=1s\n"},
		{record(0, "m", "stack", "goroutine 1:\n\tmain.go\n[E x]\x1b\n", "n", 1), head + "m n=1\n    goroutine 1:\n        main.go\n    [E x]\\x1b\n"},
		{record(0, "m", "bytes", []byte("a\n")), head + `m bytes="a\n"` + "\n"},
		{record(0, "m", "v", panics{}), head + `m v="!PANIC: no text"` + "\n"},
		{record(0, "m", slog.Attr{}), head + "m\n"},
	} {
		if got := format(t, FormatterOptions{}, tt.r); got != tt.want {
			t.Errorf("%s:\ngot  %q\nwant %q", tt.r.Message, got, tt.want)
		}
	}
}

// log-4: the first letter of Python's name.
func TestLevelLetters(t *testing.T) {
	for level, want := range map[slog.Level]string{-4: "D", 0: "I", 4: "W", 8: "E", 12: "C", 2: "L"} {
		options := FormatterOptions{Levels: Levels{Default: slog.LevelDebug}}
		if got := format(t, options, record(level, "x")); got[1:2] != want {
			t.Errorf("%v: %q, want %s", level, got, want)
		}
	}
}

// log-7: colours around the bracket.
func TestColors(t *testing.T) {
	for _, tt := range []struct {
		options FormatterOptions
		level   slog.Level
		want    string
	}{
		{FormatterOptions{Color: true}, slog.LevelDebug, "\x1b[34m[D 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{Color: true}, slog.LevelInfo, "\x1b[32m[I 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{Color: true}, slog.LevelWarn, "\x1b[33m[W 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{Color: true}, slog.LevelError, "\x1b[31m[E 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{Color: true}, LevelCritical, "\x1b[35m[C 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{Color: true}, 2, "[L 700101 00:00:00 ?:0] m\n"},
		{FormatterOptions{Color: true, Colors: map[slog.Level]int{0: 6}}, 0, "\x1b[36m[I 700101 00:00:00 ?:0]\x1b(B\x1b[m m\n"},
		{FormatterOptions{TimeFormat: time.RFC3339[:10]}, 0, "[I 1970-01-01 ?:0] m\n"},
		{FormatterOptions{TimeFormat: "15:04:05.000"}, 0, "[I 00:00:00.000 ?:0] m\n"},
	} {
		tt.options.Levels.Default = slog.LevelDebug
		if got := format(t, tt.options, record(tt.level, "m")); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// log-2, log-16: records of this module are named after the package, others after
// their file.
func TestSource(t *testing.T) {
	for _, tt := range []struct{ function, file, want string }{
		{"github.com/gotornado/tornado/web.(*Application).LogRequest", "/src/web/log.go", "web"},
		{"github.com/gotornado/tornado/web/prometheus.New.func1", "/src/x.go", "prometheus"},
		{"github.com/gotornado/tornado/cmd/demo-server.main", "/src/cmd/demo-server/run.go", "run"},
		{"main.main", "/src/hello.go", "hello"},
		{"example.org/shop/cart.(*Page).Get", "/src/cart/page.go", "page"},
	} {
		if got := moduleOf(tt.function, tt.file); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.function, got, tt.want)
		}
	}
	var out bytes.Buffer
	slog.New(NewFormatter(&out, FormatterOptions{})).Info("here")
	require.Regexp(t, `^\[I \d{6} \d\d:\d\d:\d\d log:\d+\] here\n$`, out.String())
}

func TestWith(t *testing.T) {
	for _, tt := range []struct {
		log  func(l *slog.Logger)
		want string
	}{
		{func(l *slog.Logger) { l.With("a", 1).With("b", 2).Info("m", "c", 3) }, "m a=1 b=2 c=3"},
		{func(l *slog.Logger) { l.WithGroup("g").With("a", 1).WithGroup("").Info("m", "c", 3) }, "m g.a=1 g.c=3"},
		{func(l *slog.Logger) { l.With("logger", AccessName).Info("quiet") }, ""},
		{func(l *slog.Logger) { l.With("logger", AccessName).Warn("loud") }, "loud"},
		{func(l *slog.Logger) { l.With("stack", "a\nb").Info("m", "c", 1) }, "m c=1\n    a\n    b"},
	} {
		var out bytes.Buffer
		levels, err := ParseLevels("info,tornado.access=warning")
		require.NoError(t, err)
		tt.log(slog.New(NewFormatter(&out, FormatterOptions{Levels: levels})))
		got := regexp.MustCompile(`(?m)^\[[A-Z] .*?\] `).ReplaceAllString(strings.TrimSuffix(out.String(), "\n"), "")
		if got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// log-b2: JSON and logfmt.
func TestFormats(t *testing.T) {
	r := record(slog.LevelWarn, "a\n\u202eb\u009bc", "logger", GenName, "n", 1, "text", "x\ny\u2066")
	var decoded map[string]any
	line := format(t, FormatterOptions{Format: "json"}, r)
	require.NoError(t, json.Unmarshal([]byte(line), &decoded))
	require.Equal(t, "a\n\u202eb\u009bc", decoded["msg"])
	require.Equal(t, map[string]any{"logger": GenName, "n": 1.0, "text": "x\ny\u2066"},
		map[string]any{"logger": decoded["logger"], "n": decoded["n"], "text": decoded["text"]})
	require.Equal(t, Escape(strings.TrimSuffix(line, "\n"))+"\n", line, "nothing in the line has to be escaped")
	require.Contains(t, format(t, FormatterOptions{Format: "json"}, record(0, "\x9b")), `\ufffd`)

	line = format(t, FormatterOptions{Format: "logfmt"}, r)
	require.Equal(t, `level=WARN msg="a\n\u202eb\u009bc" logger=tornado.general n=1 text="x\ny\u2066"`+"\n", line[strings.Index(line, "level="):])
	require.Contains(t, format(t, FormatterOptions{Format: "logfmt"}, record(LevelCritical, "x")), "level=CRITICAL")
	require.Panics(t, func() { NewFormatter(io.Discard, FormatterOptions{Format: "xml"}) })

	var out bytes.Buffer
	slog.New(NewFormatter(&out, FormatterOptions{Format: "logfmt"})).With("a", 1).WithGroup("g").Info("m", "b", 2)
	require.Contains(t, out.String(), "msg=m a=1 g.b=2")
}

// log-b4: each channel can have its own level. log-12: a wrong name is an error.
func TestParseLevels(t *testing.T) {
	for _, tt := range []struct{ text, logger, want string }{
		{"info", AccessName, "INFO"},
		{"DEBUG", AppName, "DEBUG"},
		{"warning", "", "WARN"},
		{"critical", "", "ERROR+4"},
		{"info,tornado.access=warning", AccessName, "WARN"},
		{"info, tornado.access=warning", GenName, "INFO"},
		{"info,tornado=error", GenName, "ERROR"},
		{"info,tornado=error", "tornadoes", "INFO"},
		{"info,tornado=error,tornado.access=debug", AccessName, "DEBUG"},
		{"tornado.access=error", GenName, "INFO"},
		{"verbose", "", `log: unknown level "verbose"; use debug, info, warning, error, critical or none`},
		{"info,debug", "", `log: "debug" names no logger; write it as tornado.access=debug`},
		{"", "", `log: unknown level ""; use debug, info, warning, error, critical or none`},
	} {
		levels, err := ParseLevels(tt.text)
		got := levels.Of(tt.logger).String()
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%q, %q: %s, want %s", tt.text, tt.logger, got, tt.want)
		}
	}
	levels, err := ParseLevels("info,tornado.access=none")
	require.NoError(t, err)
	require.Equal(t, slog.LevelInfo, levels.lowest())
	require.Greater(t, levels.Of(AccessName), LevelCritical)
}

// A channel checks its level before a record is made.
func TestChannelLevels(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	var out bytes.Buffer
	levels, err := ParseLevels("warning,tornado.access=debug")
	require.NoError(t, err)
	slog.SetDefault(slog.New(NewFormatter(&out, FormatterOptions{Levels: levels})))
	require.True(t, Access().Enabled(context.Background(), slog.LevelDebug))
	require.False(t, Gen().Enabled(context.Background(), slog.LevelInfo))
	Gen().Info("hidden")
	Access().Debug("shown")
	AccessLine(time.Now(), slog.LevelDebug, []byte("line\x1b"))
	require.NotContains(t, out.String(), "hidden")
	require.Regexp(t, `^\[D .*\] shown\n\[D .*\] line\\x1b\n$`, out.String())
}
