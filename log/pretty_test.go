package log

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A second call replaces the handler of the first: each record is written once.
func TestEnablePrettyLoggingTwice(t *testing.T) { // log-b1, log-15
	before := slog.Default()
	defer slog.SetDefault(before)
	dir := t.TempDir()
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(text)
	}
	var last *Pretty
	for _, name := range []string{"one", "two"} {
		p, err := EnablePrettyLogging(Options{LogFilePrefix: filepath.Join(dir, name)})
		require.NoError(t, err)
		require.Same(t, p.Handler, slog.Default().Handler(), "it returns the handler that it has installed")
		Gen().Error("in " + name)
		last = p
	}
	require.Regexp(t, `^\[E \d{6} \d\d:\d\d:\d\d log:\d+\] in one\n$`, read("one"))
	require.Regexp(t, `^\[E \d{6} \d\d:\d\d:\d\d log:\d+\] in two\n$`, read("two"))

	p, err := EnablePrettyLogging(Options{Logging: "none"})
	require.NoError(t, err)
	require.Nil(t, p)
	require.Same(t, last.Handler, slog.Default().Handler(), "none leaves the handler")
	_, err = EnablePrettyLogging(Options{Logging: "loud"})
	require.Error(t, err)
	require.Same(t, last.Handler, slog.Default().Handler(), "a mistake leaves the handler")
}
