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

// An xsrfToken is the token of a request's client. In pages and cookies, the token is
// masked with another random mask for every response, so that the size of compressed pages
// does not reveal it.
type xsrfToken struct {
	token  []byte
	issued int64  // Unix time
	isNew  bool   // the request has no valid token
	text   string // the masked token; "" until XSRFToken is called
}

// xsrfTokenSize is the size of new tokens in bytes.
const xsrfTokenSize = 16

// checkXSRF panics if the XSRF settings are invalid.
func (s *Settings) checkXSRF() {
	if s.XSRFCookieVersion != 1 && s.XSRFCookieVersion != 2 {
		panic(fmt.Sprintf("web: Settings.XSRFCookieVersion: tokens have no version %d: use 1 or 2", s.XSRFCookieVersion))
	}
	if _, err := formatCookie(s.XSRFCookieName, "x", s.XSRFCookieKwargs); err != nil {
		panic(fmt.Sprintf("web: Settings.XSRFCookieName, XSRFCookieKwargs: %v", err))
	}
}

// isSafeMethod reports whether requests with this method change nothing, so that they need
// no XSRF token.
func isSafeMethod(method string) bool {
	return method == "GET" || method == "HEAD" || method == "OPTIONS"
}

// XSRFToken returns the token that a form of this response sends back as argument _xsrf, or
// a script as header X-XSRFToken. If the request has no cookie with a token, the response
// sets one. It lasts for the browser's session, or for 30 days if a user is logged in.
// XSRFToken returns the same text throughout a response. Tornado: xsrf_token.
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

// XSRFFormHTML returns a hidden input element with the XSRFToken. Every form that is posted
// needs it. Tornado: xsrf_form_html.
func (h *RequestHandler) XSRFFormHTML() string {
	return `<input type="hidden" name="_xsrf" value="` + escape.XHTMLEscape(h.XSRFToken()) + `"/>`
}

// CheckXSRFCookie returns an [*HTTPError] 403 unless the request sends the token of its
// cookie a second time: in the argument _xsrf, or in the header X-XSRFToken or X-CSRFToken.
// Pages of other sites cannot read the cookie, so they cannot send the token. If the body
// is streamed, the argument must be in the query. Tornado: check_xsrf_cookie.
func (h *RequestHandler) CheckXSRFCookie() error {
	argument := h.GetArgument
	if x := h.exchange; x != nil && x.streamed != nil { // the body has not arrived yet
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

// requestXSRFToken returns the token in the request's cookie, or a new one.
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

// format returns the text of a token: the hex digits of the token in version 1, and
// 2|mask|masked token|Unix time in version 2, with mask and masked token in hex digits.
func (x *xsrfToken) format(version int) string {
	if version == 1 {
		return hex.EncodeToString(x.token)
	}
	var mask [4]byte
	rand.Read(mask[:])
	return fmt.Sprintf("2|%x|%x|%d", mask, maskXSRF(x.token, mask), x.issued)
}

// parseXSRF parses a token of either version. ok is false for other versions and for
// invalid tokens. A text without a version that is not hex is the token itself.
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

// maskXSRF returns token XOR the repeated mask. A second call returns the token again.
func maskXSRF(token []byte, mask [4]byte) []byte {
	out := make([]byte, len(token))
	for i, b := range token {
		out[i] = b ^ mask[i%4]
	}
	return out
}
