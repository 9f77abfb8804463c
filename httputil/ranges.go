package httputil

import (
	"math"
	"strconv"
	"strings"
)

// ParseRequestRange parses a Range header with one range of bytes (RFC 9110, section
// 14.1.2). The range goes from start up to, but without, end; nil stands for the
// beginning or the end. A negative start counts from the end: "bytes=-5" is the last
// five bytes; for "bytes=-0" end is 0. ok is false if the header is to be ignored: it
// has another unit, several ranges, or is malformed. Tornado: _parse_request_range.
func ParseRequestRange(header string) (start, end *int64, ok bool) {
	unit, value, _ := strings.Cut(header, "=")
	first, last, _ := strings.Cut(value, "-")
	start, ok1 := parsePosition(first)
	end, ok2 := parsePosition(last)
	if trimBlanks(unit) != "bytes" || !ok1 || !ok2 {
		return nil, nil, false
	}
	switch {
	case end == nil || start == nil && *end == 0:
	case start == nil:
		*end = -*end
		start, end = end, nil
	case *end < math.MaxInt64:
		*end++
	}
	return start, end, true
}

// parsePosition parses a byte position, nil if s is blank. No file is as long as the
// largest int64, so what is larger counts as that.
func parsePosition(s string) (position *int64, ok bool) {
	if s = trimBlanks(s); s == "" || !isDigits(s) {
		return nil, s == ""
	}
	n, _ := strconv.ParseInt(s, 10, 64) // the largest one if s is out of range
	return &n, true
}

// ContentRange returns the value of the header Content-Range for the part of total
// bytes from start up to, but without, end; nil stands for the beginning or the end.
// Tornado: _get_content_range.
func ContentRange(start, end *int64, total int64) string {
	first, last := int64(0), total-1
	if start != nil {
		first = *start
	}
	if end != nil && *end > 0 {
		last = *end - 1
	}
	return "bytes " + strconv.FormatInt(first, 10) + "-" + strconv.FormatInt(last, 10) + "/" + strconv.FormatInt(total, 10)
}
