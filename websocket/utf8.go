package websocket

import "unicode/utf8"

// utf8Prefix checks b, which is the beginning of a text. It returns the number of bytes that
// are complete characters; the rest, at most three bytes, begins another character. ok is false
// if no continuation can make the text valid UTF-8.
func utf8Prefix(b []byte) (n int, ok bool) {
	n = len(b)
	for i := n - 1; i >= 0 && i >= n-3; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) { // false also means that the bytes may be the beginning of a character
				n = i
			}
			break
		}
	}
	return n, utf8.Valid(b[:n])
}
