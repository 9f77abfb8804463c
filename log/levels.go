package log

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// Levels are the lowest levels that are written: one for all loggers, and others for
// some of them. The zero value is info for all.
type Levels struct {
	Default slog.Level
	Loggers map[string]slog.Level // by the logger's name, such as AccessName
}

var levelNames = map[string]slog.Level{
	"debug": slog.LevelDebug, "info": slog.LevelInfo, "warning": slog.LevelWarn, "warn": slog.LevelWarn,
	"error": slog.LevelError, "critical": LevelCritical, "fatal": LevelCritical, "notset": slog.Level(-1 << 20),
}

// levelNone is above every level.
const levelNone = slog.Level(1 << 20)

// ParseLevels returns the levels that text names: debug, info, warning, error or
// critical, in any case, then levels of single loggers, such as
// "info,tornado.access=warning". "none" for a logger silences it.
func ParseLevels(text string) (Levels, error) {
	levels := Levels{}
	for i, part := range strings.Split(text, ",") {
		logger, name, named := strings.Cut(strings.TrimSpace(part), "=")
		if !named {
			logger, name = "", logger
		}
		level, ok := levelNames[strings.ToLower(name)]
		if named && strings.EqualFold(name, "none") {
			level, ok = levelNone, true
		}
		switch {
		case !ok:
			return Levels{}, fmt.Errorf("log: unknown level %q; use debug, info, warning, error, critical or none", name)
		case !named && i > 0:
			return Levels{}, fmt.Errorf("log: %q names no logger; write it as tornado.access=%s", part, name)
		case !named:
			levels.Default = level
		default:
			if levels.Loggers == nil {
				levels.Loggers = map[string]slog.Level{}
			}
			levels.Loggers[logger] = level
		}
	}
	return levels, nil
}

// Of returns the level of a logger: its own, that of the nearest name above it ("tornado"
// is above "tornado.access"), or the default.
func (l Levels) Of(logger string) slog.Level {
	if len(l.Loggers) == 0 {
		return l.Default
	}
	for name := logger; name != ""; {
		if level, ok := l.Loggers[name]; ok {
			return level
		}
		i := strings.LastIndexByte(name, '.')
		name = name[:max(i, 0)]
	}
	return l.Default
}

// lowest returns the lowest of all levels.
func (l Levels) lowest() slog.Level {
	if len(l.Loggers) == 0 {
		return l.Default
	}
	return min(l.Default, slices.Min(slices.Collect(maps.Values(l.Loggers))))
}
