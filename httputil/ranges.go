package httputil

import (
	"math"
	"strconv"
	"strings"
)

// ParseRequestRange parses a Range header with one range of bytes (RFC 9110, section
// 14.1.2). The range is from start up to, but not including, end; nil means the beginning or
// the end. A negative start counts from the end: "bytes=-5" is the last five bytes. For
// "bytes=-0" end is 0. ok is false if the header must be ignored: it is malformed, has
// another unit or has several ranges. Tornado: _parse_request_range.
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

// parsePosition parses a byte position. It returns nil if s is blank, and the largest int64
// if the number is larger, since no file is longer.
func parsePosition(s string) (position *int64, ok bool) {
	if s = trimBlanks(s); s == "" || !isDigits(s) {
		return nil, s == ""
	}
	n, _ := strconv.ParseInt(s, 10, 64) // ParseInt returns the largest number if s is out of range
	return &n, true
}

// ContentRange returns the Content-Range header for the bytes from start up to, but not
// including, end, of total bytes; nil means the beginning or the end.
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
