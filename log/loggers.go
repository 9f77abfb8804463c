// Package log holds Tornado's three loggers, which every package of this module
// writes its records to, and the one way to log an error with its stack.
//
// The loggers are [Access], [App] and [Gen]. Their records go to [slog.Default] with
// the attribute "logger", which holds Tornado's name of the logger.
package log

import (
	"context"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"
)

// NameKey is the key of the attribute that holds a logger's name.
const NameKey = "logger"

// Names of Tornado's loggers.
const (
	AccessName = "tornado.access"
	AppName    = "tornado.application"
	GenName    = "tornado.general"
)

var (
	accessLog = slog.New(channel(AccessName))
	appLog    = slog.New(channel(AppName))
	genLog    = slog.New(channel(GenName))
)

// Access returns the logger of the access log: one record for each request that a
// server has finished. Tornado: log.access_log.
func Access() *slog.Logger { return accessLog }

// App returns the logger of uncaught errors of the application's code.
// Tornado: log.app_log.
func App() *slog.Logger { return appLog }

// Gen returns the logger of everything else that this module reports.
// Tornado: log.gen_log.
func Gen() *slog.Logger { return genLog }

// Error logs message and err to l at level error. The record has err as its attribute
// "error" and the stack of the panic that err stands for, if any, as "stack"; attrs
// follow. The record's source is the caller of Error. err may be nil.
// Tornado: app_log.error(message, exc_info=True).
func Error(l *slog.Logger, message string, err error, attrs ...slog.Attr) {
	ctx := context.Background()
	if !l.Enabled(ctx, slog.LevelError) {
		return
	}
	var pc [1]uintptr
	runtime.Callers(2, pc[:]) // skips Callers and Error
	r := slog.NewRecord(time.Now(), slog.LevelError, message, pc[0])
	if err != nil {
		r.AddAttrs(slog.Any("error", err))
		if stack := Stack(err); stack != "" {
			r.AddAttrs(slog.String("stack", stack))
		}
	}
	r.AddAttrs(attrs...)
	_ = l.Handler().Handle(ctx, r)
}

// channel is the handler of one of Tornado's loggers. For each record it asks slog for the
// default handler. So [slog.SetDefault] affects all later records.
type channel string

func (c channel) Enabled(ctx context.Context, level slog.Level) bool {
	h := slog.Default().Handler()
	if own, ok := h.(leveled); ok {
		return own.enabled(string(c), level)
	}
	return h.Enabled(ctx, level)
}

// leveled is a handler that has a level for each logger.
type leveled interface {
	enabled(logger string, level slog.Level) bool
}

func (c channel) Handle(ctx context.Context, r slog.Record) error {
	h := slog.Default().Handler()
	_, own := h.(leveled) // such a handler escapes text and counts lost lines by itself
	message := r.Message
	if !own {
		message = Escape(message)
	}
	named := slog.NewRecord(r.Time, r.Level, message, r.PC)
	named.AddAttrs(slog.String(NameKey, string(c)))
	r.Attrs(func(a slog.Attr) bool {
		named.AddAttrs(a)
		return true
	})
	err := h.Handle(ctx, named)
	if !own {
		countLost(err)
	}
	return err
}

var lost atomic.Int64 // number of records of this module's loggers that other handlers failed to write

func countLost(err error) {
	if err != nil {
		lost.Add(1)
	}
}

// Lost returns how many log lines of this process could not be written: all lines of
// Formatters, and of other handlers those that this module wrote.
func Lost() int64 { return lost.Load() }

// WithAttrs returns the current default handler with the logger's name and attrs.
func (c channel) WithAttrs(attrs []slog.Attr) slog.Handler { return c.current().WithAttrs(attrs) }

// WithGroup returns the current default handler with the logger's name and the group.
func (c channel) WithGroup(name string) slog.Handler { return c.current().WithGroup(name) }

func (c channel) current() slog.Handler {
	return escaper{slog.Default().Handler().WithAttrs([]slog.Attr{slog.String(NameKey, string(c))})}
}

// escaper escapes the messages of its handler's records.
type escaper struct{ handler slog.Handler }

func (e escaper) Enabled(ctx context.Context, level slog.Level) bool {
	return e.handler.Enabled(ctx, level)
}

func (e escaper) Handle(ctx context.Context, r slog.Record) error {
	r.Message = Escape(r.Message)
	return e.handler.Handle(ctx, r)
}

func (e escaper) WithAttrs(attrs []slog.Attr) slog.Handler {
	return escaper{e.handler.WithAttrs(attrs)}
}
func (e escaper) WithGroup(name string) slog.Handler { return escaper{e.handler.WithGroup(name)} }
