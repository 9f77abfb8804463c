package log

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"
)

// accessSource is the text "module:line" of the first caller of AccessLine.
var accessSource atomic.Pointer[string]

// AccessLine logs line, which was made at now, to the access log. It is Access().Log
// without allocations when a Formatter is the default handler; line is copied.
func AccessLine(now time.Time, level slog.Level, line []byte) {
	source := accessSource.Load()
	if source == nil {
		var pc [1]uintptr
		runtime.Callers(2, pc[:])
		text := sourceOf(pc[0])
		source = &text
		accessSource.Store(source)
	}
	switch h := slog.Default().Handler().(type) {
	case *Formatter:
		if h.access(now, level, *source, line) {
			return
		}
	case handlers:
		if h.access(now, level, *source, line) {
			return
		}
	}
	logAccess(now, level, line)
}

// logAccess logs line as a record.
func logAccess(now time.Time, level slog.Level, line []byte) {
	ctx := context.Background()
	if !accessLog.Enabled(ctx, level) {
		return
	}
	var pc [1]uintptr
	runtime.Callers(3, pc[:])                                                            // skips Callers, logAccess and AccessLine
	_ = accessLog.Handler().Handle(ctx, slog.NewRecord(now, level, string(line), pc[0])) // it counts lost lines
}

func (hs handlers) access(now time.Time, level slog.Level, source string, line []byte) bool {
	for _, h := range hs {
		if !h.plain() {
			return false
		}
	}
	for _, h := range hs {
		h.access(now, level, source, line)
	}
	return true
}

// plain reports whether a line of f holds nothing but the record.
func (f *Formatter) plain() bool {
	return f.inner == nil && f.name == "" && len(f.attrs) == 0 && f.prefix == "" && f.stack == ""
}

// access writes line, unless f needs a record for it. It reports whether it has written line.
func (f *Formatter) access(now time.Time, level slog.Level, source string, line []byte) bool {
	if !f.plain() {
		return false
	}
	if level < f.options.Levels.Of(AccessName) {
		return true
	}
	if waits := f.addAccess(now, level, source, line); !waits {
		_ = f.out.flushPending() // the output counts lost lines
	}
	return true
}

// addAccess adds the line to the output's pending lines, and reports whether the line waits for a
// batch. Only text that must be escaped needs an allocation.
func (f *Formatter) addAccess(now time.Time, level slog.Level, source string, line []byte) (waits bool) {
	if unsafeIndex(line) >= 0 {
		line = []byte(Escape(string(line)))
	}
	o := f.out
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending)+len(line) > maxPending {
		o.lose(1)
		return true
	}
	b := f.appendHead(o.pending, now, level, source)
	o.pending = append(append(b, line...), '\n')
	if !o.batch || level >= slog.LevelError {
		return false
	}
	o.schedule()
	return true
}
