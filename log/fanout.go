package log

import (
	"context"
	"errors"
	"log/slog"
)

// handlers are Formatters that get the same records.
type handlers []*Formatter

func (hs handlers) Enabled(ctx context.Context, level slog.Level) bool {
	return len(hs) > 0 && hs[0].Enabled(ctx, level)
}

func (hs handlers) enabled(logger string, level slog.Level) bool {
	return len(hs) > 0 && hs[0].enabled(logger, level)
}

func (hs handlers) Handle(ctx context.Context, r slog.Record) error {
	var failed error
	for _, h := range hs {
		failed = errors.Join(failed, h.Handle(ctx, r))
	}
	return failed
}

func (hs handlers) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := make(handlers, len(hs))
	for i, h := range hs {
		with[i] = h.WithAttrs(attrs).(*Formatter)
	}
	return with
}

func (hs handlers) WithGroup(name string) slog.Handler {
	with := make(handlers, len(hs))
	for i, h := range hs {
		with[i] = h.WithGroup(name).(*Formatter)
	}
	return with
}
