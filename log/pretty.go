package log

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// Options are the options of EnablePrettyLogging, named like Tornado's. The zero value
// of each is Tornado's default.
type Options struct {
	// Logging is the lowest level that is logged, in any case: "debug", "info",
	// "warning", "error", "critical", or "none" to leave logging as it is. Levels of
	// single loggers may follow: "info,tornado.access=warning". "" is "info".
	Logging string

	// LogToStderr enables the log on stderr. nil means that it is enabled if there is no log
	// file.
	LogToStderr *bool

	LogFilePrefix     string // path of the log file; "" for none
	LogFileMaxSize    int64  // size in bytes at which the file is rotated; 0 is 100,000,000, and a negative value means no limit
	LogFileNumBackups int    // rotated files to keep; 0 is 10
	LogRotateMode     string // "size", "time", or "watch" for a file that other programs rotate; "" is "size"
	LogRotateWhen     string // unit of the intervals for "time": S, M, H, D, midnight or W0 to W6; "" is "midnight"
	LogRotateInterval int    // length of an interval for "time", in units; 0 is 1

	// Format is "text", "json" or "logfmt"; "" is "text". Tornado has only text.
	Format string
}

func (s Options) withDefaults() Options {
	s.Logging = orDefault(s.Logging, "info")
	s.LogFileMaxSize = orDefault(s.LogFileMaxSize, 100_000_000)
	s.LogFileNumBackups = orDefault(s.LogFileNumBackups, 10)
	s.LogRotateMode = orDefault(s.LogRotateMode, "size")
	s.LogRotateWhen = orDefault(s.LogRotateWhen, "midnight")
	s.LogRotateInterval = orDefault(s.LogRotateInterval, 1)
	s.Format = orDefault(s.Format, "text")
	return s
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// Pretty holds the handler that EnablePrettyLogging has installed, and its outputs.
type Pretty struct {
	Handler    slog.Handler // the default handler
	Formatters []*Formatter // one for each output
	Files      []*LogFile
}

var installed struct {
	sync.Mutex
	*Pretty
}

// EnablePrettyLogging makes a handler that writes Tornado's lines, to stderr or a file,
// slog's default, and returns it. It replaces the handler of an earlier
// call and closes its file. If settings say "none", it does nothing and returns nil.
//
// Lines of the access log below level error are written in batches: call [Flush] before
// os.Exit. IOLoop.Start does when it returns. The environment variables NO_COLOR and
// FORCE_COLOR decide about colours; else a terminal has them.
// Tornado: enable_pretty_logging.
func EnablePrettyLogging(settings Options) (*Pretty, error) {
	s := settings.withDefaults()
	if strings.EqualFold(s.Logging, "none") {
		return nil, nil
	}
	p, err := s.build()
	if err != nil {
		return nil, err
	}
	IgnoreSIGPIPE()
	installed.Lock()
	defer installed.Unlock()
	before := installed.Pretty
	installed.Pretty = p
	slog.SetDefault(slog.New(p.Handler))
	if before != nil {
		before.close()
	}
	return p, nil
}

func (s Options) build() (*Pretty, error) {
	levels, err := ParseLevels(s.Logging)
	if err != nil {
		return nil, err
	}
	if s.Format != "text" && s.Format != "json" && s.Format != "logfmt" {
		return nil, fmt.Errorf("log: unknown format %q; use text, json or logfmt", s.Format)
	}
	p := &Pretty{}
	options := FormatterOptions{Format: s.Format, Levels: levels, Batch: true}
	if s.LogFilePrefix != "" {
		file, err := s.openFile()
		if err != nil {
			return nil, err
		}
		p.Files = []*LogFile{file}
		p.Formatters = append(p.Formatters, NewFormatter(file, options))
	}
	if s.LogToStderr != nil && *s.LogToStderr || s.LogToStderr == nil && s.LogFilePrefix == "" {
		options.Color = HasColor(os.Stderr)
		p.Formatters = append(p.Formatters, NewFormatter(os.Stderr, options))
	}
	p.Handler = handlers(p.Formatters)
	if len(p.Formatters) == 1 {
		p.Handler = p.Formatters[0]
	}
	return p, nil
}

func (s Options) openFile() (*LogFile, error) {
	switch s.LogRotateMode {
	case "size":
		return NewRotatingFile(s.LogFilePrefix, s.LogFileMaxSize, s.LogFileNumBackups)
	case "time":
		return NewTimedRotatingFile(s.LogFilePrefix, s.LogRotateWhen, s.LogRotateInterval, s.LogFileNumBackups)
	case "watch":
		return NewFile(s.LogFilePrefix)
	}
	return nil, fmt.Errorf(`log: the value of log_rotate_mode should be "size", "time" or "watch", not %q`, s.LogRotateMode)
}

// Flush writes the lines that are delayed.
func (p *Pretty) Flush() error {
	var failed error
	for _, f := range p.Formatters {
		failed = errors.Join(failed, f.Flush())
	}
	return failed
}

func (p *Pretty) close() {
	_ = p.Flush() // lost lines are counted
	for _, f := range p.Files {
		_ = f.Close()
	}
}

// Flush writes the lines of the access log that wait for others, if EnablePrettyLogging
// was called. Call it before os.Exit.
func Flush() {
	if p := Installed(); p != nil {
		_ = p.Flush() // lost lines are counted
	}
}

// HasColor reports whether lines written to file should be coloured: if it is a
// terminal that has colours. The environment variable NO_COLOR forbids them,
// FORCE_COLOR demands them.
func HasColor(file *os.File) bool {
	switch {
	case os.Getenv("NO_COLOR") != "":
		return false
	case os.Getenv("FORCE_COLOR") != "" && os.Getenv("FORCE_COLOR") != "0":
		return true
	}
	terminal := os.Getenv("TERM")
	return terminal != "" && terminal != "dumb" && term.IsTerminal(int(file.Fd()))
}

// Installed returns the result of the last EnablePrettyLogging that installed a handler, or
// nil.
func Installed() *Pretty {
	installed.Lock()
	defer installed.Unlock()
	return installed.Pretty
}
