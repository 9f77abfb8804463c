package log

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// LevelCritical is Python's level CRITICAL, which slog has no name for.
const LevelCritical = slog.LevelError + 4

// DefaultTimeFormat is the layout of the time in a line: Tornado's DEFAULT_DATE_FORMAT.
const DefaultTimeFormat = "060102 15:04:05"

// FormatterOptions are the settings of a Formatter. The zero value writes Tornado's
// lines, without colours, of level info and above.
type FormatterOptions struct {
	// Format is "text" for Tornado's lines, "json" or "logfmt" for the formats of
	// slog's handlers. "" is "text".
	Format string

	// Color puts the bracket of a text line in the colour of its level.
	Color bool

	// Colors are the numbers of the terminal's colours, 0 to 7. nil is DefaultColors.
	Colors map[slog.Level]int

	// TimeFormat is the layout of the time in a text line. "" is DefaultTimeFormat.
	TimeFormat string

	// Levels are the lowest levels that are written. The zero value is info for all.
	Levels Levels

	// Batch delays the access log's lines below level error, by up to BatchDelay, so
	// that many of them leave in one write. They are lost if the process ends in
	// between without [Flush]. Every other record is written before Handle returns.
	Batch bool
}

// A Formatter is a [slog.Handler] that writes Tornado's log lines:
//
//	[I 261130 23:13:03 web:84] 200 GET / (127.0.0.1) 0.51ms
//
// The letter is the level's first one. For records of this module the name after the
// time is that of the package, which is Tornado's name of the module; for others it is
// the source file's, without its suffix. Attributes follow the message as key=value.
// The attribute "stack" is written on lines of its own. Every line after the first
// begins with four blanks, so no message can forge the beginning of a record; other
// control characters are escaped. Tornado: LogFormatter.
type Formatter struct {
	options FormatterOptions
	out     *output
	lowest  slog.Level   // of options.Levels
	inner   slog.Handler // the handler of the formats json and logfmt; nil for text
	name    string       // name of the logger, from an attribute that With has added
	attrs   []byte       // of With, formatted
	stack   string
	prefix  string // the open groups, such as "request."
}

// NewFormatter returns a Formatter that writes to w. It panics if options name a format
// that does not exist.
func NewFormatter(w io.Writer, options FormatterOptions) *Formatter {
	f := &Formatter{out: &output{w: w, batch: options.Batch}, options: options, lowest: options.Levels.lowest()}
	all := &slog.HandlerOptions{Level: slog.Level(-1 << 20), ReplaceAttr: escapeAttr}
	switch options.Format {
	case "", "text":
	case "json":
		f.inner = slog.NewJSONHandler(jsonLines{f.out}, all)
	case "logfmt":
		f.inner = slog.NewTextHandler(f.out, all)
	default:
		panic(fmt.Sprintf("log: unknown format %q; use text, json or logfmt", options.Format))
	}
	f.out.notice = f.lostNotice
	return f
}

// escapeAttr leaves an attribute as it is, except that it gives a level Python's name.
func escapeAttr(groups []string, a slog.Attr) slog.Attr {
	if level, ok := a.Value.Any().(slog.Level); ok && len(groups) == 0 && a.Key == slog.LevelKey && level == LevelCritical {
		return slog.String(slog.LevelKey, "CRITICAL")
	}
	return a
}

// Enabled reports whether records of level are written, for some logger at least.
func (f *Formatter) Enabled(_ context.Context, level slog.Level) bool {
	if f.name != "" {
		return f.enabled(f.name, level)
	}
	return level >= f.lowest
}

func (f *Formatter) enabled(logger string, level slog.Level) bool {
	return level >= f.options.Levels.Of(logger)
}

// Handle writes r. Its error is that of the write.
func (f *Formatter) Handle(ctx context.Context, r slog.Record) error {
	logger := f.name
	if logger == "" {
		logger = recordLogger(r)
	}
	if !f.enabled(logger, r.Level) {
		return nil
	}
	batchable := logger == AccessName && r.Level < slog.LevelError
	if !batchable {
		f.out.makeRoom()
	}
	if f.inner != nil {
		if err := f.inner.Handle(ctx, r); err != nil {
			return err
		}
	} else {
		buf := buffers.Get().(*[]byte)
		*buf = f.appendRecord((*buf)[:0], r)
		f.out.Write(*buf)
		buffers.Put(buf)
	}
	return f.out.written(batchable)
}

// recordLogger returns the value of the attribute that holds the logger's name.
func recordLogger(r slog.Record) (name string) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == NameKey {
			name = a.Value.String()
		}
		return name == ""
	})
	return name
}

// buffers are the buffers in which text lines are formatted.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

func (f *Formatter) appendRecord(b []byte, r slog.Record) []byte {
	b = f.appendHead(b, r.Time, r.Level, sourceOf(r.PC))
	b = appendIndented(b, r.Message)
	b = append(b, f.attrs...)
	stack := f.stack
	r.Attrs(func(a slog.Attr) bool {
		b = appendAttr(b, f.prefix, a, &stack)
		return true
	})
	if stack != "" {
		b = bytes.TrimRight(b, " \n")
		b = append(b, "\n    "...)
		b = appendStack(b, stack)
	}
	return append(b, '\n')
}

// WithAttrs returns a Formatter for the same output whose records have attrs.
func (f *Formatter) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *f
	for _, a := range attrs {
		if a.Key == NameKey && f.prefix == "" {
			with.name = a.Value.String()
		}
		with.attrs = appendAttr(with.attrs[:len(with.attrs):len(with.attrs)], f.prefix, a, &with.stack)
	}
	if f.inner != nil {
		with.inner = f.inner.WithAttrs(attrs)
	}
	return &with
}

// WithGroup returns a Formatter for the same output that puts name before the keys of
// the attributes that follow.
func (f *Formatter) WithGroup(name string) slog.Handler {
	if name == "" {
		return f
	}
	with := *f
	with.prefix += name + "."
	if f.inner != nil {
		with.inner = f.inner.WithGroup(name)
	}
	return &with
}

// Flush writes what is delayed.
func (f *Formatter) Flush() error { return f.out.flushPending() }

// Lost returns how many lines could not be written.
func (f *Formatter) Lost() int64 { return f.out.lost.Load() }

// lostNotice returns the record that says how many lines were lost, and why.
func (f *Formatter) lostNotice(n int64, err error) []byte {
	var notice bytes.Buffer
	r := slog.NewRecord(time.Now(), slog.LevelWarn, fmt.Sprintf("%d log lines were lost: %v", n, err), 0)
	r.AddAttrs(slog.String(NameKey, GenName))
	NewFormatter(&notice, f.options).Handle(context.Background(), r)
	return notice.Bytes()
}

var _ slog.Handler = (*Formatter)(nil)
