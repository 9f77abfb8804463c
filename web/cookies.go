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

// CookieOptions are the attributes of a cookie. The zero value is a cookie for the whole
// site that lasts for the browser's session.
type CookieOptions struct {
	Domain      string    // the domain of the cookie; "" means only the host of the request
	Expires     time.Time // zero: see ExpiresDays
	ExpiresDays float64   // lifetime in days, if Expires is zero; 0 lasts for the session, or 30 days for SetSignedCookie
	HTTPOnly    bool      // scripts cannot read the cookie
	MaxAge      int       // seconds; 0 leaves the attribute out
	Partitioned bool      // the cookie is stored separately for each site that embeds this one; needs Secure
	Path        string    // "" means "/"
	SameSite    string    // "Strict", "Lax" or "None"; "" leaves it to the browser
	Secure      bool      // clients send the cookie only over HTTPS

	Session bool // the cookie lasts for the browser's session, without any default of ExpiresDays
	Version int  // version of the signature, for SetSignedCookie; 0 means DefaultSignedValueVersion
}

type outgoingCookie struct{ name, text string }

// GetCookie returns the value of a cookie of the request. If there is none, it returns
// fallback or "". It ignores cookies that were set on the response. Tornado: get_cookie.
func (h *RequestHandler) GetCookie(name string, fallback ...string) string {
	if value, ok := h.LookupCookie(name); ok {
		return value
	}
	if len(fallback) > 0 {
		return fallback[0]
	}
	return ""
}

// SetCookie sets a cookie on the response and replaces a cookie with the same name. It is
// misuse if name is not a token or is the name of an attribute ("path"), or if control
// characters, spaces or semicolons would end the cookie: the request fails with 500. After
// the head was sent, SetCookie has no effect. Tornado: set_cookie.
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

// cookieOptions returns the options of a call, or the zero value without options.
func cookieOptions(options []CookieOptions) (o CookieOptions) {
	if len(options) > 0 {
		o = options[0]
	}
	if o.Session {
		o.Expires, o.ExpiresDays = time.Time{}, 0
	}
	return o
}

// withDefaultDays sets the lifetime of the cookie to a number of days, unless o sets a
// lifetime.
func (o CookieOptions) withDefaultDays(days float64) CookieOptions {
	if o.ExpiresDays == 0 && !o.Session {
		o.ExpiresDays = days
	}
	return o
}

// setCookie appends c and removes another cookie with the same name.
func (x *exchange) setCookie(c outgoingCookie) {
	x.cookies = slices.DeleteFunc(x.cookies, func(old outgoingCookie) bool { return old.name == c.name })
	x.cookies = append(x.cookies, c)
}

// ClearCookie deletes a cookie at the client: it sets an expired cookie with the same name.
// Domain and Path must be those with which the cookie was set. Expires and MaxAge have no
// effect. Tornado: clear_cookie.
func (h *RequestHandler) ClearCookie(name string, options ...CookieOptions) {
	o := cookieOptions(options)
	o.MaxAge, o.ExpiresDays = 0, 0
	o.Expires = h.Loop().Time().AddDate(0, 0, -365)
	h.self.SetCookie(name, "", o)
}

// ClearAllCookies deletes all cookies of the request at the client, as ClearCookie does.
// Cookies that were set with another Domain or Path stay. So do cookies with a name that
// SetCookie refuses, such as "path", which another site of the same domain can set.
// Tornado: clear_all_cookies.
func (h *RequestHandler) ClearAllCookies(options ...CookieOptions) {
	for _, name := range slices.Sorted(maps.Keys(h.peekRequest().Cookies())) {
		if validCookieName(name) {
			h.self.ClearCookie(name, options...)
		}
	}
}

// SetSignedCookie sets a cookie with a timestamp and a signature, so that GetSignedCookie
// can detect a forged one. value may be any bytes; the client can read them. The cookie
// lasts for 30 days unless the options set a lifetime. Without a secret in the settings,
// SetSignedCookie panics. Other misuse is as for SetCookie. Tornado: set_signed_cookie.
func (h *RequestHandler) SetSignedCookie(name, value string, options ...CookieOptions) {
	o := cookieOptions(options).withDefaultDays(30)
	if text := h.CreateSignedValue(name, value, SignedValueOptions{Version: o.Version}); text != "" {
		h.self.SetCookie(name, text, o)
	}
}

// GetSignedCookie returns the value of a cookie of the request that SetSignedCookie set. It
// returns nil if the cookie is absent, has no valid signature, or is older than the options
// allow (31 days by default). Without a secret in the settings, it panics. Tornado:
// get_signed_cookie.
func (h *RequestHandler) GetSignedCookie(name string, options ...SignedValueOptions) []byte {
	value, _ := h.peekRequest().Cookie(name)
	return h.DecodeSignedValue(name, value, options...)
}

// GetSignedCookieKeyVersion returns the key version that a signed cookie of the request
// names, without verifying the signature. ok is false for a cookie that is absent,
// malformed or of version 1. Without a secret in the settings, it panics. Tornado:
// get_signed_cookie_key_version.
func (h *RequestHandler) GetSignedCookieKeyVersion(name string) (version int, ok bool) {
	h.signingKeys()
	value, _ := h.peekRequest().Cookie(name)
	return GetSignatureKeyVersion(value)
}

// CreateSignedValue returns value with a timestamp and a signature that is made with the
// secrets of the settings. It is for signed values that are not cookies; see the function
// CreateSignedValue. A version that does not exist or has no secret is misuse: it returns
// "", and the request fails with 500. Without any secret, it panics. Tornado:
// create_signed_value.
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

// DecodeSignedValue returns the value that CreateSignedValue signed. It returns nil if
// value was not signed under name with the secrets of the settings, or is older than the
// options allow (31 days by default). Without any secret, it panics. Tornado:
// decode_signed_value.
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

// signingKeys returns the secrets of the settings and panics if there are none.
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

// SetSecureCookie is another name for SetSignedCookie. "Secure" means that the cookie
// cannot be forged. To send it only over HTTPS, set CookieOptions.Secure. Tornado:
// set_secure_cookie, the name before 6.3.
func (h *RequestHandler) SetSecureCookie(name, value string, options ...CookieOptions) {
	h.SetSignedCookie(name, value, options...)
}

// GetSecureCookie is another name for GetSignedCookie. Tornado: get_secure_cookie, the name
// before 6.3.
func (h *RequestHandler) GetSecureCookie(name string, options ...SignedValueOptions) []byte {
	return h.GetSignedCookie(name, options...)
}

// GetSecureCookieKeyVersion is another name for GetSignedCookieKeyVersion. Tornado:
// get_secure_cookie_key_version, the name before 6.3.
func (h *RequestHandler) GetSecureCookieKeyVersion(name string) (version int, ok bool) {
	return h.GetSignedCookieKeyVersion(name)
}

// formatCookie returns the value of a Set-Cookie header (RFC 6265, section 4.1), with the
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

// validCookieName reports whether Python's http.cookies accepts name: tokens and colons,
// except the names of attributes.
func validCookieName(name string) bool {
	switch strings.ToLower(name) {
	case "", "expires", "path", "comment", "domain", "max-age", "secure", "httponly", "version", "samesite":
		return false
	}
	return plainCookieText(name)
}

// plainCookieText reports whether s needs no quotes in a cookie.
func plainCookieText(s string) bool {
	for i := range len(s) {
		if !httputil.IsTokenByte(s[i]) && s[i] != ':' {
			return false
		}
	}
	return true
}

// appendCookieValue appends value, in quotes if needed. In quotes, " and \ get a backslash.
// Other bytes that could end a value in some parser become octal.
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
