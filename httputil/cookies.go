package httputil

import "strings"

// ParseCookie splits a Cookie header into names and values, as leniently as browsers
// do: a piece without "=" is a value whose name is empty, a repeated name keeps its
// last value, quoted values are unquoted. It never fails. Tornado: parse_cookie.
func ParseCookie(header string) map[string]string {
	cookies := map[string]string{}
	parseCookie(header, func(string) bool { return true }, cookies)
	return cookies
}

// parseCookie adds the cookies in header whose name is acceptable to cookies.
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

// isCookieName allows tokens and, as Python's cookies do, colons in them.
func isCookieName(name string) bool {
	for i := range len(name) {
		if !tokenByte[name[i]] && name[i] != ':' {
			return false
		}
	}
	return name != ""
}

// unquoteCookie undoes the quoting of RFC 2109 cookies: quotes around the value, and in
// it \ooo for the byte with that octal number, \x for x.
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
		default: // a backslash at the end stands for itself
			b.WriteByte('\\')
			value = ""
		}
	}
	b.WriteString(value)
	return b.String()
}

func isOctal(c, last byte) bool { return '0' <= c && c <= last }
