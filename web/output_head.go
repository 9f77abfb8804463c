package web

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

var (
	errTransferEncoding = errors.New("web: a handler cannot set Transfer-Encoding: the connection uses chunks if needed; to send a body in parts, use Flush")
	errTwoLengths       = errors.New("web: a response has only one Content-Length: use SetHeader to replace it")
)

// Clear resets the status to 200 and the headers to the default ones, and drops everything
// that was written and not flushed. Cookies that were set stay. Tornado: clear.
func (h *RequestHandler) Clear() {
	h.clearOutput()
	h.self.SetDefaultHeaders()
}

// clearOutput is Clear without the hook SetDefaultHeaders.
func (h *RequestHandler) clearOutput() {
	h.status = 200
	if h.extras != nil {
		h.extras.reason, h.extras.misuse = "", nil
	}
	if x := h.exchange; x != nil {
		x.clearResponse(h.application.date(h.Loop().Time()))
	}
}

// SetStatus sets the status of the response, 100 to 999, and optionally its reason phrase.
// A reason becomes "Unknown" if it is empty, or contains <, control characters or
// characters above U+00FF. Another status is misuse, and the request fails with 500. After
// the head was sent, SetStatus has no effect and logs an error. Tornado: set_status.
func (h *RequestHandler) SetStatus(code int, reason ...string) {
	if !validStatus(code) {
		h.recordMisuse(fmt.Errorf("web: SetStatus: %d is not a status: use 100 to 999", code))
		return
	}
	h.warnAfterHead("SetStatus", strconv.Itoa(code))
	h.status = code
	switch {
	case len(reason) == 0:
		h.setReason("")
	case validReason(reason[0]):
		h.setReason(reason[0])
	default:
		h.setReason("Unknown")
	}
}

// setReason stores a reason that is not the usual phrase of the status.
func (h *RequestHandler) setReason(reason string) {
	if reason == reasonOf(h.status, "") {
		reason = ""
	}
	if reason != "" || h.extras != nil {
		h.extra().reason = reason
	}
}

// validReason reports whether Tornado accepts s as a reason phrase (RFC 9112, section 4):
// no markup, no characters above U+00FF.
func validReason(s string) bool {
	for i, r := range s {
		notUTF8 := r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError))
		if r > 0xff && !notUTF8 {
			return false
		}
	}
	return s != "" && httputil.IsText(s) && !strings.Contains(s, "<")
}

// GetStatus returns the status of the response. Tornado: get_status.
func (h *RequestHandler) GetStatus() int { return h.status }

// GetReason returns the reason phrase of the response: the one given to SetStatus, or the
// usual phrase of the status. Tornado: _reason.
func (h *RequestHandler) GetReason() string {
	if h.extras == nil {
		return reasonOf(h.status, "")
	}
	return reasonOf(h.status, h.extras.reason)
}

// SetHeader sets a header of the response and replaces all its lines. value is a string,
// []byte, int, int64, uint64 or [time.Time] (sent in the format of RFC 9110, section
// 5.6.7). Other types, control characters and the name Transfer-Encoding are misuse: the
// request fails with 500. The connection itself sets Transfer-Encoding. After the head was
// sent, SetHeader has no effect and logs an error. Tornado: set_header.
func (h *RequestHandler) SetHeader(name string, value any) {
	h.warnAfterHead("SetHeader", name)
	if x := h.exchange; x != nil {
		if text, ok := h.headerText(name, value); ok {
			x.headers.Set(name, text)
		}
	}
}

// AddHeader adds a line of a header to the response and keeps the lines of the same name.
// value and misuse are as for SetHeader. Tornado: add_header.
func (h *RequestHandler) AddHeader(name string, value any) {
	h.warnAfterHead("AddHeader", name)
	if x := h.exchange; x != nil {
		if text, ok := h.headerText(name, value); ok {
			if strings.EqualFold(name, "Content-Length") && x.headers.Has("Content-Length") {
				h.recordMisuse(errTwoLengths)
				return
			}
			if err := x.headers.Add(name, text); err != nil {
				h.recordMisuse(err)
			}
		}
	}
}

// ClearHeader removes all lines of a header. The case of name does not matter. After the
// head was sent, ClearHeader has no effect and logs an error. Tornado: clear_header.
func (h *RequestHandler) ClearHeader(name string) {
	h.warnAfterHead("ClearHeader", name)
	if x := h.exchange; x != nil {
		x.headers.Del(name)
	}
}

// warnAfterHead logs a call that has no effect because the head was sent already.
func (h *RequestHandler) warnAfterHead(call, what string) {
	if h.headersWritten {
		log.Error(log.App(), fmt.Sprintf("web: %s %s in %s: the head was sent already: call it before the first Flush and before Finish", call, what, summary(h.peekRequest())), nil)
	}
}

// headerText checks a header and returns its value as text.
func (h *RequestHandler) headerText(name string, value any) (text string, ok bool) {
	switch v := value.(type) {
	case string:
		text = v
	case []byte:
		text = string(v)
	case int:
		text = strconv.Itoa(v)
	case int64:
		text = strconv.FormatInt(v, 10)
	case uint64:
		text = strconv.FormatUint(v, 10)
	case time.Time:
		text = httputil.FormatTimestamp(v)
	default:
		h.recordMisuse(fmt.Errorf("web: header %q: unsupported value of type %s: use a string, []byte, int, int64, uint64 or time.Time", name, reflect.TypeOf(value)))
		return "", false
	}
	if strings.EqualFold(name, "Transfer-Encoding") {
		h.recordMisuse(errTransferEncoding)
		return "", false
	}
	if !httputil.IsToken(name) || !httputil.IsText(text) {
		h.recordMisuse(fmt.Errorf("web: unsafe header %q: %q: a name must be a token, a value must have no control characters", name, text))
		return "", false
	}
	return text, true
}
