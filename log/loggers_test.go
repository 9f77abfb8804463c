package log

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// capture makes a text handler the default one and returns what it writes.
func capture(t *testing.T, options *slog.HandlerOptions) *bytes.Buffer {
	t.Helper()
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	var out bytes.Buffer
	if options == nil {
		options = &slog.HandlerOptions{}
	}
	options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			return slog.Attr{}
		}
		return a
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, options)))
	return &out
}

// log-1: the three channels have Tornado's names, and follow slog.SetDefault.
func TestChannels(t *testing.T) {
	for _, tt := range []struct {
		log  func()
		want string
	}{
		{func() { Access().Info("a") }, "level=INFO msg=a logger=tornado.access\n"},
		{func() { App().Error("b", "n", 1) }, "level=ERROR msg=b logger=tornado.application n=1\n"},
		{func() { Gen().Warn("c") }, "level=WARN msg=c logger=tornado.general\n"},
		{func() { Gen().Debug("not enabled") }, ""},
		{func() { Gen().With("x", 1).Info("d\n") }, `level=INFO msg=d\n logger=tornado.general x=1` + "\n"},
		{func() { Gen().WithGroup("g").Info("e", "x", 1) }, "level=INFO msg=e logger=tornado.general g.x=1\n"},
		{func() { Gen().With("x", 1).WithGroup("g").With("y", 2).Debug("no") }, ""},
		{func() { App().Info("f", "1", 1, "2", 2, "3", 3, "4", 4, "5", 5, "6", 6) },
			"level=INFO msg=f logger=tornado.application 1=1 2=2 3=3 4=4 5=5 6=6\n"},
	} {
		out := capture(t, nil)
		if tt.log(); out.String() != tt.want {
			t.Errorf("got %q, want %q", out, tt.want)
		}
	}
}

func TestError(t *testing.T) {
	var recovered error
	func() {
		defer func() { recovered = NewPanicError(recover()) }()
		panic("boom")
	}()
	for _, tt := range []struct {
		err   error
		want  string
		stack bool
	}{
		{nil, "", false},
		{io.EOF, "error=EOF", false},
		{recovered, `error="panic: boom"`, true},
		{fmt.Errorf("load: %w", recovered), `error="load: panic: boom"`, true},
		{errors.Join(io.EOF, recovered), `error="EOF\npanic: boom"`, true},
		{&PanicError{Value: recovered}, `error="panic: panic: boom"`, true},
		{&PanicError{Value: "without a stack"}, `error="panic: without a stack"`, false},
	} {
		out := capture(t, &slog.HandlerOptions{AddSource: true})
		Error(App(), "failed", tt.err, slog.Int("n", 1))
		got := out.String()
		if !strings.Contains(got, "log/loggers_test.go:") || !strings.Contains(got, "msg=failed logger=tornado.application "+tt.want) ||
			!strings.HasSuffix(got, " n=1\n") {
			t.Errorf("%v: got %s, want %s", tt.err, got, tt.want)
		}
		if stack := strings.Contains(got, "stack=") && strings.Contains(got, "log.TestError"); stack != tt.stack {
			t.Errorf("%v: stack %v, want %v: %s", tt.err, stack, tt.stack, got)
		}
	}
	out := capture(t, &slog.HandlerOptions{Level: slog.LevelError + 1})
	Error(Gen(), "not enabled", io.EOF)
	require.Empty(t, out.String())
}

func TestPanicError(t *testing.T) {
	require.ErrorIs(t, NewPanicError(fmt.Errorf("x: %w", io.EOF)), io.EOF)
	require.NoError(t, errors.Unwrap(NewPanicError("text")))
	require.EqualError(t, NewPanicError(NewPanicError("once")), "panic: once")
	again := &PanicError{Value: &PanicError{Value: 1, Stack: []byte("first")}, Stack: []byte("second")}
	require.Equal(t, "first\npanicked again:\nsecond", Stack(again))
	require.Empty(t, Stack(io.EOF))
	require.Empty(t, Stack(nil))
}

func TestChannelsDoNotAllocate(t *testing.T) {
	capture(t, nil)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	ctx := context.Background()
	if got := testing.AllocsPerRun(100, func() {
		if Access().Enabled(ctx, slog.LevelInfo) {
			t.Error("enabled")
		}
	}); got != 0 {
		t.Errorf("%v allocations for a record that is not enabled", got)
	}
}
