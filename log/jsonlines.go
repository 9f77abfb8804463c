package log

import (
	"fmt"
	"io"
	"unicode/utf8"
)

// jsonLines writes lines of JSON to w. Some characters are escaped by Escape, but not by
// encoding/json: jsonLines replaces them with JSON's escapes.
type jsonLines struct{ w io.Writer }

func (j jsonLines) Write(line []byte) (int, error) {
	for _, c := range line {
		if c >= 0x7f {
			_, err := j.w.Write(escapeJSON(line))
			return len(line), err
		}
	}
	return j.w.Write(line)
}

func escapeJSON(line []byte) []byte {
	escaped := make([]byte, 0, len(line)+16)
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRune(line[i:])
		if r >= 0x7f && isUnsafe(r, size) {
			escaped = fmt.Appendf(escaped, `\u%04x`, r)
		} else {
			escaped = append(escaped, line[i:i+size]...)
		}
		i += size
	}
	return escaped
}
