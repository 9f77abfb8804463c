package web

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// logUncaught logs an error that the client does not see.
func logUncaught(r *httputil.HTTPServerRequest, err error) {
	log.Error(log.App(), "Uncaught exception "+summary(r), err, slog.Group("request",
		slog.String("protocol", r.Protocol), slog.String("host", r.Host),
		slog.String("method", r.Method), slog.String("uri", r.URI),
		slog.String("version", r.Version), slog.String("remote_ip", r.RemoteIP)))
}

// LogRequest writes the line of a finished request to the access log, or calls
// Settings.LogFunction instead. The level is info for a status below 400, warning below
// 500, and error from 500 on. Tornado: log_request.
func (a *Application) LogRequest(h *RequestHandler) {
	if a.settings.LogFunction != nil {
		a.settings.LogFunction(h)
		return
	}
	level := slog.LevelError
	switch {
	case h.status < 400:
		level = slog.LevelInfo
	case h.status < 500:
		level = slog.LevelWarn
	}
	if log.Access().Enabled(context.Background(), level) {
		var line [256]byte
		now, r := h.Loop().Now(), h.peekRequest()
		log.AccessLine(now, level, appendAccessLine(line[:0], h.status, r, r.RequestTime(now)))
	}
}

// A RequestRecord describes a finished request for Settings.Observe.
type RequestRecord struct {
	Method   string        // the method as the client sent it; it may be any token
	Name     string        // the name of the URLSpec that matched; "" if it has none
	Pattern  string        // of that URLSpec; "" if nothing matched
	Status   int           // of the response
	Duration time.Duration // time from the request's head to the end of the response
	Bytes    int64         // size of the response's body on the wire, after compression
}

// callObserve calls Settings.Observe with a finished response.
func (h *RequestHandler) callObserve(spec *URLSpec, bytes int64) {
	r := RequestRecord{Method: h.peekRequest().Method, Status: h.status, Duration: h.peekRequest().RequestTime(h.Loop().Now()), Bytes: bytes}
	if spec != nil {
		r.Name, r.Pattern = spec.name, spec.pattern.text
	}
	h.application.settings.Observe(r)
}

// appendAccessLine appends a line such as `200 GET / (127.0.0.1) 0.52ms`.
func appendAccessLine(b []byte, status int, r *httputil.HTTPServerRequest, took time.Duration) []byte {
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = appendSummary(b, r)
	b = append(b, ' ')
	hundredths := (max(took, 0) + 5*time.Microsecond) / (10 * time.Microsecond)
	b = strconv.AppendInt(b, int64(hundredths/100), 10)
	b = append(b, '.', byte('0'+hundredths/10%10), byte('0'+hundredths%10))
	return append(b, "ms"...)
}

// summary returns a text such as `GET / (127.0.0.1)` for the log.
func summary(r *httputil.HTTPServerRequest) string { return string(appendSummary(nil, r)) }

func appendSummary(b []byte, r *httputil.HTTPServerRequest) []byte {
	b = append(append(b, r.Method...), ' ')
	b = append(append(b, r.URI...), " ("...)
	return append(append(b, r.RemoteIP...), ')')
}
