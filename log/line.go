package log

import (
	"bytes"
	"fmt"
	"log/slog"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultColors are Tornado's: blue, green, yellow, red and magenta. A level without a
// number has no colour.
var DefaultColors = map[slog.Level]int{
	slog.LevelDebug: 4,
	slog.LevelInfo:  2,
	slog.LevelWarn:  3,
	slog.LevelError: 1,
	LevelCritical:   5,
}

// appendHead appends the bracket and the blank after it, such as
// "[I 261130 23:13:03 web:84] ".
func (f *Formatter) appendHead(b []byte, t time.Time, level slog.Level, source string) []byte {
	color, colored := f.color(level)
	if colored {
		b = append(b, "\x1b[3"...)
		b = append(b, byte('0'+color), 'm')
	}
	b = append(b, '[', levelLetter(level), ' ')
	b = f.appendTime(b, t)
	b = append(b, ' ')
	b = append(b, source...)
	b = append(b, ']')
	if colored {
		b = append(b, "\x1b(B\x1b[m"...) // as in terminfo's entry for xterm
	}
	return append(b, ' ')
}

func (f *Formatter) color(level slog.Level) (int, bool) {
	if !f.options.Color {
		return 0, false
	}
	colors := f.options.Colors
	if colors == nil {
		colors = DefaultColors
	}
	n, ok := colors[level]
	return n & 7, ok
}

// levelLetter returns the first letter of Python's name for level. Python calls a level
// without a name "Level 15".
func levelLetter(level slog.Level) byte {
	switch level {
	case slog.LevelDebug:
		return 'D'
	case slog.LevelInfo:
		return 'I'
	case slog.LevelWarn:
		return 'W'
	case slog.LevelError:
		return 'E'
	case LevelCritical:
		return 'C'
	}
	return 'L'
}

// A timeText is the formatted text of one second.
type timeText struct {
	second       int64
	layout, text string
}

var lastTime atomic.Pointer[timeText]

// appendTime appends the local time t. It formats each second once.
func (f *Formatter) appendTime(b []byte, t time.Time) []byte {
	layout := f.options.TimeFormat
	if layout == "" {
		layout = DefaultTimeFormat
	} else if strings.Contains(layout, ".0") || strings.Contains(layout, ".9") || strings.Contains(layout, ",0") {
		return t.Local().AppendFormat(b, layout)
	}
	last := lastTime.Load()
	if second := t.Unix(); last == nil || last.second != second || last.layout != layout {
		last = &timeText{second, layout, t.Local().Format(layout)}
		lastTime.Store(last)
	}
	return append(b, last.text...)
}

var sources = struct {
	sync.RWMutex
	texts map[uintptr]string
}{texts: map[uintptr]string{}}

// sourceOf returns "module:line" of the call at pc, "?:0" for none.
func sourceOf(pc uintptr) string {
	sources.RLock()
	text, ok := sources.texts[pc]
	sources.RUnlock()
	if ok {
		return text
	}
	text = findSource(pc)
	sources.Lock()
	sources.texts[pc] = text
	sources.Unlock()
	return text
}

func findSource(pc uintptr) string {
	frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	if frame.File == "" {
		return "?:0"
	}
	return moduleOf(frame.Function, frame.File) + ":" + strconv.Itoa(frame.Line)
}

const modulePath = "github.com/gotornado/tornado/"

// moduleOf returns the package's name for a function of this module, because packages have the
// names of Tornado's modules. For any other function it returns the file's name without its
// suffix.
func moduleOf(function, file string) string {
	if rest, ok := strings.CutPrefix(function, modulePath); ok && !strings.HasPrefix(rest, "cmd/") {
		i := strings.LastIndexByte(rest, '/') + 1
		name, _, _ := strings.Cut(rest[i:], ".")
		return name
	}
	return strings.TrimSuffix(path.Base(file), ".go")
}

// appendIndented appends text, escaped. It adds four blanks after each newline.
func appendIndented(b []byte, text string) []byte {
	for i := 0; ; i++ {
		line, rest, more := strings.Cut(text, "\n")
		if i > 0 {
			b = append(b, "\n    "...)
		}
		b = append(b, Escape(line)...)
		if !more {
			return b
		}
		text = rest
	}
}

// appendStack appends the lines of a stack. It puts four blanks before each line but the first,
// and replaces tabs with four blanks.
func appendStack(b []byte, stack string) []byte {
	return appendIndented(b, strings.ReplaceAll(strings.TrimRight(stack, "\n\t "), "\t", "    "))
}

// appendAttr appends " key=value". A stack is stored in stack instead, and the logger's name is
// left out.
func appendAttr(b []byte, prefix string, a slog.Attr, stack *string) []byte {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}), prefix == "" && a.Key == NameKey:
		return b
	case prefix == "" && a.Key == "stack":
		*stack = valueText(v)
		return b
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, member := range v.Group() {
			b = appendAttr(b, prefix, member, stack)
		}
		return b
	}
	b = append(b, ' ')
	b = appendQuoted(b, prefix+a.Key)
	b = append(b, '=')
	return appendQuoted(b, valueText(v))
}

// valueText returns the text of a value. It recovers panics of a caller's Error and String
// methods.
func valueText(v slog.Value) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("!PANIC: %v", r)
		}
	}()
	if v.Kind() == slog.KindAny {
		switch x := v.Any().(type) {
		case []byte:
			return string(bytes.Clone(x))
		case error:
			return x.Error()
		default:
			return fmt.Sprintf("%+v", x)
		}
	}
	return v.String()
}

// appendQuoted appends text. It adds quotes if the text could be read as more than one value.
func appendQuoted(b []byte, text string) []byte {
	if text != "" && unsafeIndex(text) < 0 && !strings.ContainsAny(text, ` "=`) {
		return append(b, text...)
	}
	b = append(b, '"')
	for _, r := range Escape(text) {
		if r == '"' {
			b = append(b, '\\')
		}
		b = append(b, string(r)...)
	}
	return append(b, '"')
}
