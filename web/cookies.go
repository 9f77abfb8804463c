package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/web/internal/signedvalue"
)

// CookieOptions are the attributes of a cookie. The zero value is a cookie for the
// whole site that ends with the browser's session.
type CookieOptions struct {
	Domain      string    // "" is the host of the request alone
	Expires     time.Time // zero: see ExpiresDays
	ExpiresDays float64   // days from now, if Expires is zero; 0 ends with the session, for SetSignedCookie 30
	HTTPOnly    bool      // kept from scripts
	MaxAge      int       // seconds; 0 is none
	Partitioned bool      // kept apart for each site that embeds this one; needs Secure
	Path        string    // "" is "/"
	SameSite    string    // "Strict", "Lax" or "None"; "" leaves it to the browser
	Secure      bool      // sent back over HTTPS only

	Session bool // ends with the browser's session, whatever default there is for ExpiresDays
	Version int  // of the signature, for SetSignedCookie; 0 means DefaultSignedValueVersion
}

type outgoingCookie struct{ name, text string }

// GetCookie returns the value of a cookie of the request, fallback or "" if there is
// none. Cookies set on the answer are not seen. Tornado: get_cookie.
func (h *RequestHandler) GetCookie(name string, fallback ...string) string {
	if value, ok := h.peekRequest().Cookie(name); ok {
		return value
	}
	if len(fallback) > 0 {
		return fallback[0]
	}
	return ""
}

// SetCookie sets a cookie on the answer; one set before under that name goes. A name
// that is no token or that of an attribute ("path"), and control characters, spaces or
// semicolons where they would end a cookie, are misuse: the request fails with 500. It
// has no effect once the head was sent. Tornado: set_cookie.
func (h *RequestHandler) SetCookie(name, value string, options ...CookieOptions) {
	x := h.exchange
	if x == nil {
		return
	}
	o := cookieOptions(options)
	if o.Expires.IsZero() && o.ExpiresDays != 0 {
		o.Expires = h.Loop().Time().Add(time.Duration(o.ExpiresDays * float64(day)))
	}
	text, err := formatCookie(name, value, o)
	if err != nil {
		h.recordMisuse(err)
		return
	}
	x.setCookie(outgoingCookie{name, text})
}

// cookieOptions are the options of a call that may have none.
func cookieOptions(options []CookieOptions) (o CookieOptions) {
	if len(options) > 0 {
		o = options[0]
	}
	if o.Session {
		o.Expires, o.ExpiresDays = time.Time{}, 0
	}
	return o
}

// withDefaultDays gives the cookie days to live, unless o says how long it lives.
func (o CookieOptions) withDefaultDays(days float64) CookieOptions {
	if o.ExpiresDays == 0 && !o.Session {
		o.ExpiresDays = days
	}
	return o
}

// setCookie keeps c, as the last one.
func (x *exchange) setCookie(c outgoingCookie) {
	x.cookies = slices.DeleteFunc(x.cookies, func(old outgoingCookie) bool { return old.name == c.name })
	x.cookies = append(x.cookies, c)
}

// ClearCookie deletes a cookie at the client, by one of that name that has expired.
// Domain and Path must be those that it was set with; Expires and MaxAge are not looked
// at. Tornado: clear_cookie.
func (h *RequestHandler) ClearCookie(name string, options ...CookieOptions) {
	o := cookieOptions(options)
	o.MaxAge, o.ExpiresDays = 0, 0
	o.Expires = h.Loop().Time().AddDate(0, 0, -365)
	h.self.SetCookie(name, "", o)
}

// ClearAllCookies deletes all cookies of the request at the client, as ClearCookie does.
// Cookies that were set with another Domain or Path stay. So do cookies whose name
// SetCookie refuses, such as "path": another site of the same domain can set them.
// Tornado: clear_all_cookies.
func (h *RequestHandler) ClearAllCookies(options ...CookieOptions) {
	for _, name := range slices.Sorted(maps.Keys(h.peekRequest().Cookies())) {
		if validCookieName(name) {
			h.self.ClearCookie(name, options...)
		}
	}
}

// SetSignedCookie sets a cookie whose value, any bytes, is timestamped and signed with
// the setting CookieSecret, so that GetSignedCookie can tell a forged one. The client
// can read it. It lives for 30 days unless the options say otherwise. Without a secret
// in the settings, it panics; otherwise it fails as SetCookie does.
// Tornado: set_signed_cookie.
func (h *RequestHandler) SetSignedCookie(name, value string, options ...CookieOptions) {
	o := cookieOptions(options).withDefaultDays(30)
	if text := h.CreateSignedValue(name, value, SignedValueOptions{Version: o.Version}); text != "" {
		h.self.SetCookie(name, text, o)
	}
}

// GetSignedCookie returns the value of a cookie of the request that SetSignedCookie
// set, or nil if it is absent, not signed by us, or older than the options allow, which
// is 31 days by default. Without a secret in the settings, it panics.
// Tornado: get_signed_cookie.
func (h *RequestHandler) GetSignedCookie(name string, options ...SignedValueOptions) []byte {
	value, _ := h.peekRequest().Cookie(name)
	return h.DecodeSignedValue(name, value, options...)
}

// GetSignedCookieKeyVersion returns which of the secrets a signed cookie of the request
// names; ok is false for a cookie that is absent, malformed or of version 1. The
// signature is not verified. Without a secret in the settings, it panics.
// Tornado: get_signed_cookie_key_version.
func (h *RequestHandler) GetSignedCookieKeyVersion(name string) (version int, ok bool) {
	h.signingKeys()
	value, _ := h.peekRequest().Cookie(name)
	return GetSignatureKeyVersion(value)
}

// CreateSignedValue returns value with a timestamp and a signature, made with the
// secrets of the settings, for signed values that are no cookies; see the function of
// that name. A version that does not exist or has no secret is misuse, the value "",
// and the request fails with 500; without any secrets, it panics.
// Tornado: create_signed_value.
func (h *RequestHandler) CreateSignedValue(name, value string, options ...SignedValueOptions) string {
	o := h.signedValueOptions(options)
	if h.signingKeys().Versions != nil && o.KeyVersion == 0 {
		o.KeyVersion = h.application.settings.KeyVersion
	}
	text, err := h.signingKeys().Create(name, value, o)
	if err != nil {
		h.recordMisuse(err)
	}
	return text
}

// DecodeSignedValue returns what CreateSignedValue was given, or nil if value was not
// signed under name with the secrets of the settings, or is older than the options
// allow, 31 days by default. Without secrets, it panics. Tornado: decode_signed_value.
func (h *RequestHandler) DecodeSignedValue(name, value string, options ...SignedValueOptions) []byte {
	return h.signingKeys().Decode(name, value, h.signedValueOptions(options))
}

// signedValueOptions returns the options of a call, with the loop's time.
func (h *RequestHandler) signedValueOptions(options []SignedValueOptions) signedvalue.Options {
	var o SignedValueOptions
	if len(options) > 0 {
		o = options[0]
	}
	if o.Now.IsZero() {
		o.Now = h.Loop().Time()
	}
	return o.withDefaults()
}

// signingKeys returns the secrets of the settings. Without any it panics.
func (h *RequestHandler) signingKeys() signedvalue.Keys {
	s := &h.application.settings
	switch {
	case s.CookieSecrets != nil:
		return signedvalue.Keys{Versions: s.CookieSecrets}
	case s.CookieSecret != "":
		return signedvalue.Keys{Secret: s.CookieSecret}
	}
	panic("web: signed cookies need a secret: define Settings.CookieSecret or Settings.CookieSecrets")
}

// SetSecureCookie sets a signed cookie, which lives for 30 days unless the options say
// otherwise: it is another name for SetSignedCookie. "Secure" means that it cannot be
// forged; CookieOptions.Secure is what keeps it to HTTPS. Tornado: set_secure_cookie,
// its name before 6.3.
func (h *RequestHandler) SetSecureCookie(name, value string, options ...CookieOptions) {
	h.SetSignedCookie(name, value, options...)
}

// GetSecureCookie returns the value of a signed cookie of the request, or nil if there
// is none that verifies: it is another name for GetSignedCookie.
// Tornado: get_secure_cookie, its name before 6.3.
func (h *RequestHandler) GetSecureCookie(name string, options ...SignedValueOptions) []byte {
	return h.GetSignedCookie(name, options...)
}

// GetSecureCookieKeyVersion returns which of the secrets a signed cookie of the request
// names: it is another name for GetSignedCookieKeyVersion.
// Tornado: get_secure_cookie_key_version, its name before 6.3.
func (h *RequestHandler) GetSecureCookieKeyVersion(name string) (version int, ok bool) {
	return h.GetSignedCookieKeyVersion(name)
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
	if o.Partitioned {
		b = append(b, "; Partitioned"...)
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
