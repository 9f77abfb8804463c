package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/web/internal/signedvalue"
)

// xsrf is the token of a request's client. Pages and the cookie show it as text,
// masked anew for every page, so that compressed pages do not give it away.
type xsrfToken struct {
	token  []byte
	issued int64  // Unix time
	isNew  bool   // the request came without a valid one
	text   string // as the answer shows it; "" until it does
}

// xsrfTokenSize is the size in bytes of the tokens that are made here.
const xsrfTokenSize = 16

// checkXSRF panics if the settings ask for what there is not.
func (s *Settings) checkXSRF() {
	if s.XSRFCookieVersion != 1 && s.XSRFCookieVersion != 2 {
		panic(fmt.Sprintf("web: Settings.XSRFCookieVersion: tokens have no version %d: use 1 or 2", s.XSRFCookieVersion))
	}
	if _, err := formatCookie(s.XSRFCookieName, "x", s.XSRFCookieKwargs); err != nil {
		panic(fmt.Sprintf("web: Settings.XSRFCookieName, XSRFCookieKwargs: %v", err))
	}
}

// safeMethod says which methods change nothing, and are not checked for forgery.
func isSafeMethod(method string) bool {
	return method == "GET" || method == "HEAD" || method == "OPTIONS"
}

// XSRFToken is the token that a form of this answer sends back as argument _xsrf, or a
// script in the header X-XSRFToken. If the client has no cookie with a token yet,
// the answer sets one; it ends with the browser's session, or if somebody is logged
// in after 30 days. It is the same throughout an answer. Tornado: xsrf_token.
func (h *RequestHandler) XSRFToken() string {
	x := h.requestXSRFToken()
	if x.text != "" {
		return x.text
	}
	s := &h.application.settings
	x.text = x.format(s.XSRFCookieVersion)
	if x.isNew {
		o := cookieOptions([]CookieOptions{s.XSRFCookieKwargs})
		if isLoggedIn(h.CurrentUser()) {
			o = s.XSRFCookieKwargs.withDefaultDays(30)
		}
		h.self.SetCookie(s.XSRFCookieName, x.text, o)
	}
	return x.text
}

// XSRFFormHTML is a hidden input element with the XSRFToken, for every form that is
// posted. Tornado: xsrf_form_html.
func (h *RequestHandler) XSRFFormHTML() string {
	return `<input type="hidden" name="_xsrf" value="` + escape.XHTMLEscape(h.XSRFToken()) + `"/>`
}

// CheckXSRFCookie returns an [*HTTPError] 403 unless the request has the token of its
// cookie in the argument _xsrf or in the header X-XSRFToken or X-CSRFToken too, which
// pages of other sites cannot read and so not send. If the body is streamed, the argument
// counts in the query only. Tornado: check_xsrf_cookie.
func (h *RequestHandler) CheckXSRFCookie() error {
	argument := h.GetArgument
	if x := h.exchange; x != nil && x.streamed != nil { // the body is yet to come
		argument = h.GetQueryArgument
	}
	text := argument("_xsrf", "")
	for _, header := range []string{"X-Xsrftoken", "X-Csrftoken"} {
		if text == "" {
			text = h.peekRequest().Headers.Get(header)
		}
	}
	if text == "" {
		return HTTPErrorf(403, "'_xsrf' argument missing from POST")
	}
	sent, ok := parseXSRF(text)
	if !ok {
		return HTTPErrorf(403, "'_xsrf' argument has invalid format")
	}
	if subtle.ConstantTimeCompare(sent.token, h.requestXSRFToken().token) != 1 {
		return HTTPErrorf(403, "XSRF cookie does not match POST argument")
	}
	return nil
}

// xsrf is the token in the request's cookie, or a new one.
func (h *RequestHandler) requestXSRFToken() *xsrfToken {
	x := h.exchange
	if x != nil && x.xsrfToken != nil {
		return x.xsrfToken
	}
	cookie, _ := h.peekRequest().Cookie(h.application.settings.XSRFCookieName)
	now := h.Loop().Time().Unix()
	token, ok := parseXSRF(cookie)
	if !ok {
		token = xsrfToken{token: make([]byte, xsrfTokenSize), issued: now, isNew: true}
		rand.Read(token.token)
	}
	if token.issued == 0 {
		token.issued = now
	}
	if x != nil {
		x.xsrfToken = &token
	}
	return &token
}

// format is the text of a token: version 1 is its hex digits, version 2 is
// 2|mask|masked token|Unix time, the first two in hex digits.
func (x *xsrfToken) format(version int) string {
	if version == 1 {
		return hex.EncodeToString(x.token)
	}
	var mask [4]byte
	rand.Read(mask[:])
	return fmt.Sprintf("2|%x|%x|%d", mask, maskXSRF(x.token, mask), x.issued)
}

// parseXSRF reads a token of either version; ok is false for other versions, and for
// what is no token. Text without a version that is no hex is a token as it stands.
func parseXSRF(text string) (x xsrfToken, ok bool) {
	version, versioned := signedvalue.VersionPrefix(text)
	if !versioned {
		token, err := hex.DecodeString(text)
		if err != nil {
			token = []byte(text)
		}
		return xsrfToken{token: token}, len(token) > 0
	}
	parts := strings.Split(text, "|")
	if version != "2" || len(parts) != 4 || !signedvalue.IsDecimal(parts[3]) {
		return xsrfToken{}, false
	}
	mask, err := hex.DecodeString(parts[1])
	if err != nil || len(mask) != 4 {
		return xsrfToken{}, false
	}
	token, err := hex.DecodeString(parts[2])
	if err != nil || len(token) == 0 {
		return xsrfToken{}, false
	}
	issued, err := strconv.ParseInt(parts[3], 10, 64)
	return xsrfToken{token: maskXSRF(token, [4]byte(mask)), issued: issued}, err == nil
}

// masked is token XOR mask, repeated. Masking twice gives the token back.
func maskXSRF(token []byte, mask [4]byte) []byte {
	out := make([]byte, len(token))
	for i, b := range token {
		out[i] = b ^ mask[i%4]
	}
	return out
}
