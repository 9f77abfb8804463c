package httputil

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// These are byte classes of RFC 9110, section 5.6 and RFC 3986, section 2. They are read-only.
var (
	tokenByte = byteSet(alphanumeric + "!#$%&'*+-.^_`|~")
	// regNameByte has unreserved and sub-delims; the caller handles pct-encoded.
	regNameByte = byteSet(alphanumeric + "-._~!$&'()*+,;=")

	// nameCase[0] maps a byte of a field name to upper case, nameCase[1] to lower case.
	// Both map bytes that a token may not contain to 0.
	nameCase = [2][256]byte{caseTable('a', 'z'), caseTable('A', 'Z')}
)

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func byteSet(members string) (set [256]bool) {
	for i := range len(members) {
		set[members[i]] = true
	}
	return set
}

// caseTable returns a table that changes the case of the letters from first to last and maps
// other token bytes to themselves.
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

// IsTokenByte reports whether a token (RFC 9110, section 5.6.2) may contain c.
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

// EqualFold reports whether a and b are equal except for the case of ASCII letters: the
// comparison of names in HTTP. strings.EqualFold is wrong here, because it also accepts the
// Kelvin sign for a k, so that "chun\u212aed" would be "chunked".
func EqualFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerASCII(a[i]) != lowerASCII(b[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
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

// IsText reports whether s has no control characters except tabs, as a reason phrase and the
// text of a header must (RFC 9110, section 5.5).
func IsText(s string) bool {
	b := unsafe.Slice(unsafe.StringData(s), len(s)) // only read
	for {
		i := controlIndex(b)
		if i == len(b) {
			return true
		}
		if b[i] != '\t' {
			return false
		}
		b = b[i+1:]
	}
}

// IsFieldValue reports whether s can be the value of a header: it has no control character
// except tab, and no white space at its ends (RFC 9110, section 5.5).
func IsFieldValue(s string) bool { return IsText(s) && len(trimBlanks(s)) == len(s) }

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// trimBlanks returns s without the optional white space (RFC 9110, section 5.6.3) at its
// ends.
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

// controlIndex returns the index of the first control character (below 0x20, or DEL) in b, or
// len(b). It checks eight bytes a step, because most header values have none.
func controlIndex(b []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		del := w ^ 0x7f*ones
		// A borrow of the subtraction can mark a byte above a match by mistake, but never one
		// below it. So the lowest mark is correct.
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

// viewString returns b as a string without a copy. The caller must own b, and must not change or
// reuse it once other code can see the string.
func viewString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
