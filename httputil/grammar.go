package httputil

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Byte classes of RFC 9110, section 5.6 and RFC 3986, section 2. Never written to.
var (
	tokenByte = byteSet(alphanumeric + "!#$%&'*+-.^_`|~")
	// regNameByte has unreserved and sub-delims; pct-encoded is for the caller.
	regNameByte = byteSet(alphanumeric + "-._~!$&'()*+,;=")

	// nameCase[0] maps a byte of a field name to upper case, nameCase[1] to lower
	// case, and both map what no token may hold to 0.
	nameCase = [2][256]byte{caseTable('a', 'z'), caseTable('A', 'Z')}
)

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func byteSet(members string) (set [256]bool) {
	for i := range len(members) {
		set[members[i]] = true
	}
	return set
}

// caseTable maps token bytes to themselves, but the letters from first to last to
// the other case.
func caseTable(first, last byte) (table [256]byte) {
	for c := range table {
		switch b := byte(c); {
		case !tokenByte[b]:
		case first <= b && b <= last:
			table[b] = b ^ 0x20
		default:
			table[b] = b
		}
	}
	return table
}

// IsTokenByte reports whether a token (RFC 9110, section 5.6.2) may hold c.
func IsTokenByte(c byte) bool { return tokenByte[c] }

// IsToken reports whether s is a token (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	for i := range len(s) {
		if !tokenByte[s[i]] {
			return false
		}
	}
	return s != ""
}

// EqualFold reports whether a and b are equal but for the case of ASCII letters, as
// the names in HTTP are compared. strings.EqualFold takes more for equal: the Kelvin
// sign for a k, and so a coding for "chunked" that no other server knows.
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || '9' < s[i] {
			return false
		}
	}
	return true
}

// isText reports whether s has no control character but tab.
func isText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\t' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func isFieldValue(s string) bool { return isText(s) && len(trimBlanks(s)) == len(s) }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// trimBlanks removes optional white space (RFC 9110, section 5.6.3).
func trimBlanks(s string) string {
	for s != "" && isBlank(s[0]) {
		s = s[1:]
	}
	for s != "" && isBlank(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

func unhex(c byte) (digit byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// controlIndex returns where the first control character (below 0x20, or DEL) in b
// is, or len(b). It looks at eight bytes a step: header values are mostly free of them.
func controlIndex(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		del := w ^ 0x7f*ones
		// A borrow can mark bytes above a hit by mistake, never below it: the
		// lowest mark is true.
		if hits := ((w-0x20*ones)&^w | (del-ones)&^del) & highs; hits != 0 {
			return i + bits.TrailingZeros64(hits)/8
		}
	}
	for ; i < len(b); i++ {
		if b[i] < 0x20 || b[i] == 0x7f {
			return i
		}
	}
	return i
}

// view returns b as a string without a copy. The caller owns b and neither changes
// nor reuses it from the moment anybody else can see the string.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
