package httputil

import "strings"

// ParseCookie parses a Cookie header into values by name, as leniently as browsers do. A
// piece without "=" is a value with an empty name. A repeated name has its last value. Quoted
// values are unquoted. It never fails. Tornado: parse_cookie.
func ParseCookie(header string) map[string]string {
	cookies := map[string]string{}
	parseCookie(header, func(string) bool { return true }, cookies)
	return cookies
}

// parseCookie adds the cookies of header whose names are acceptable to cookies.
func parseCookie(header string, acceptable func(name string) bool, cookies map[string]string) {
	for piece := range strings.SplitSeq(header, ";") {
		name, value, found := strings.Cut(piece, "=")
		if !found {
			name, value = "", piece
		}
		name, value = trimBlanks(name), trimBlanks(value)
		if (name != "" || value != "") && acceptable(name) {
			cookies[name] = unquoteCookie(value)
		}
	}
}

// isCookieName reports whether name is a token, in which colons are allowed as in Python.
func isCookieName(name string) bool {
	for i := range len(name) {
		if !tokenByte[name[i]] && name[i] != ':' {
			return false
		}
	}
	return name != ""
}

// unquoteCookie removes the quoting of RFC 2109: quotes around the value, \ooo for the byte
// with that octal number, and \x for x.
func unquoteCookie(value string) string {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return value
	}
	value = value[1 : len(value)-1]
	escape := strings.IndexByte(value, '\\')
	if escape < 0 {
		return value
	}
	var b strings.Builder
	for ; escape >= 0; escape = strings.IndexByte(value, '\\') {
		b.WriteString(value[:escape])
		value = value[escape:]
		switch {
		case len(value) >= 4 && isOctal(value[1], '3') && isOctal(value[2], '7') && isOctal(value[3], '7'):
			b.WriteByte((value[1]-'0')<<6 | (value[2]-'0')<<3 | (value[3] - '0'))
			value = value[4:]
		case len(value) >= 2:
			b.WriteByte(value[1])
			value = value[2:]
		default: // a backslash at the end is kept
			b.WriteByte('\\')
			value = ""
		}
	}
	b.WriteString(value)
	return b.String()
}

func isOctal(c, last byte) bool { return '0' <= c && c <= last }
