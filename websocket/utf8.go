package websocket

import "unicode/utf8"

// utf8Prefix checks text of which only the beginning b is known. It returns how many
// bytes of b are whole characters; what follows them, at most three bytes, is the start
// of one more. ok is false as soon as nothing that follows can make the text UTF-8.
func utf8Prefix(b []byte) (n int, ok bool) {
	n = len(b)
	for i := n - 1; i >= 0 && i >= n-3; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) { // false also says: good so far
				n = i
			}
			break
		}
	}
	return n, utf8.Valid(b[:n])
}
