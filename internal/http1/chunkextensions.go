package http1

import (
	"bytes"

	"github.com/gotornado/tornado/httputil"
)

// validExtensions reports whether s is a chunk-ext (RFC 9112, section 7.1.1): any number of
// ";name" or ";name=value".
func validExtensions(s []byte) bool {
	for len(s) > 0 {
		s = skipBlanks(s)
		if len(s) == 0 || s[0] != ';' {
			return false
		}
		s = skipBlanks(s[1:])
		name := tokenLen(s)
		if name == 0 {
			return false
		}
		s = s[name:]
		if value := skipBlanks(s); len(value) > 0 && value[0] == '=' {
			s = skipBlanks(value[1:])
			n := max(tokenLen(s), quotedStringLen(s))
			if n == 0 {
				return false
			}
			s = s[n:]
		}
	}
	return true
}

func skipBlanks(s []byte) []byte { return bytes.TrimLeft(s, " \t") }

func tokenLen(s []byte) int {
	n := 0
	for n < len(s) && httputil.IsTokenByte(s[n]) {
		n++
	}
	return n
}

// quotedStringLen returns the length of the quoted-string (RFC 9110, section 5.6.4) at the
// start of s, or 0 if there is none.
func quotedStringLen(s []byte) int {
	if len(s) == 0 || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if c == '"' {
			return i + 1
		}
		if c == '\\' && i+1 < len(s) {
			i++
			c = s[i]
		}
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0
		}
	}
	return 0
}
