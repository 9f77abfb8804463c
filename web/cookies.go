package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/httputil"
)

// CookieOptions are the attributes of a cookie. The zero value is a cookie for the
// whole site that ends with the browser's session.
type CookieOptions struct {
	Domain      string
	Expires     time.Time // zero: see ExpiresDays
	ExpiresDays float64   // days from now, if Expires is zero; 0 ends with the session
	HTTPOnly    bool
	MaxAge      int    // seconds; 0 is none
	Path        string // "" is "/"
	SameSite    string // "Strict", "Lax" or "None"
	Secure      bool
}

type outgoingCookie struct{ name, text string }

// GetCookie returns the value of a cookie of the request, fallback or "" if there is
// none. Cookies set on the answer are not seen.
func (h *RequestHandler) GetCookie(name string, fallback ...string) string {
	if value, ok := h.request.Cookie(name); ok {
		return value
	}
	if len(fallback) > 0 {
		return fallback[0]
	}
	return ""
}

// SetCookie sets a cookie on the answer; one set before under that name goes. A name
// that is no token, and control characters, spaces or semicolons where they would
// end a cookie, are misuse.
func (h *RequestHandler) SetCookie(name, value string, options ...CookieOptions) {
	x := h.exchange
	if x == nil {
		return
	}
	var o CookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	if o.Expires.IsZero() && o.ExpiresDays != 0 {
		o.Expires = h.Loop().Time().Add(time.Duration(o.ExpiresDays * 24 * float64(time.Hour)))
	}
	text, err := formatCookie(name, value, o)
	if err != nil {
		h.misused(err)
		return
	}
	x.setCookie(outgoingCookie{name, text})
}

// setCookie keeps c, as the last one.
func (x *exchange) setCookie(c outgoingCookie) {
	x.cookies = slices.DeleteFunc(x.cookies, func(old outgoingCookie) bool { return old.name == c.name })
	x.cookies = append(x.cookies, c)
}

// ClearCookie deletes a cookie at the client. Domain and Path must be those that it
// was set with; Expires and MaxAge are not looked at.
func (h *RequestHandler) ClearCookie(name string, options ...CookieOptions) {
	var o CookieOptions
	if len(options) > 0 {
		o = options[0]
	}
	o.MaxAge, o.ExpiresDays = 0, 0
	o.Expires = h.Loop().Time().AddDate(0, 0, -365)
	h.SetCookie(name, "", o)
}

// ClearAllCookies deletes at the client all cookies that the request came with.
func (h *RequestHandler) ClearAllCookies(options ...CookieOptions) {
	for name := range h.request.Cookies() {
		h.ClearCookie(name, options...)
	}
}

// formatCookie is the value of a Set-Cookie header (RFC 6265, section 4.1), with the
// attributes in alphabetical order.
func formatCookie(name, value string, o CookieOptions) (string, error) {
	if !validCookieName(name) {
		return "", fmt.Errorf("web: cookie name %q is invalid: use letters, digits, - and _", name)
	}
	if strings.IndexFunc(value, func(r rune) bool { return r <= ' ' }) >= 0 {
		return "", fmt.Errorf("web: cookie %s: value %q has spaces or control characters: encode it first", name, value)
	}
	for _, attribute := range []string{o.Domain, o.Path, o.SameSite} {
		if strings.IndexFunc(attribute, func(r rune) bool { return r <= ' ' || r == ';' || r == 0x7f }) >= 0 {
			return "", fmt.Errorf("web: cookie %s: attribute %q has spaces, semicolons or control characters", name, attribute)
		}
	}
	b := append([]byte(name), '=')
	b = appendCookieValue(b, value)
	b = appendAttribute(b, "Domain", o.Domain)
	if !o.Expires.IsZero() {
		b = appendAttribute(b, "expires", httputil.FormatTimestamp(o.Expires))
	}
	if o.HTTPOnly {
		b = append(b, "; HttpOnly"...)
	}
	if o.MaxAge != 0 {
		b = appendAttribute(b, "Max-Age", strconv.Itoa(o.MaxAge))
	}
	if o.Path == "" {
		o.Path = "/"
	}
	b = appendAttribute(b, "Path", o.Path)
	b = appendAttribute(b, "SameSite", o.SameSite)
	if o.Secure {
		b = append(b, "; Secure"...)
	}
	return string(b), nil
}

func appendAttribute(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return append(append(append(append(b, "; "...), name...), '='), value...)
}

// validCookieName accepts what Python's http.cookies does: tokens, colons, and none
// of the attributes' names.
func validCookieName(name string) bool {
	switch strings.ToLower(name) {
	case "", "expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite":
		return false
	}
	return plainCookieText(name)
}

// plainCookieText reports whether s needs no quotes.
func plainCookieText(s string) bool {
	for i := range len(s) {
		if !httputil.IsTokenByte(s[i]) && s[i] != ':' {
			return false
		}
	}
	return true
}

// appendCookieValue quotes what needs it: " and \ get a backslash, other bytes that
// could end a value in some parser become octal.
func appendCookieValue(b []byte, value string) []byte {
	if value != "" && plainCookieText(value) {
		return append(b, value...)
	}
	b = append(b, '"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case httputil.IsTokenByte(c) || strings.IndexByte(": ()/<=>?@[]{}", c) >= 0:
			b = append(b, c)
		default:
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		}
	}
	return append(b, '"')
}
