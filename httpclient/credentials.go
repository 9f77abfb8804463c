package httpclient

import (
	"encoding/base64"
	"strings"

	"github.com/gotornado/tornado/httputil"
	"golang.org/x/text/unicode/norm"
)

// credentials are a user and a password. The zero value means that there are none.
type credentials struct{ user, password string }

func (c credentials) isSet() bool { return c != credentials{} }

// isValid reports whether the user can be sent in a header. A password may contain any bytes,
// because it is hashed or encoded before it is sent.
func (c credentials) isValid() bool {
	return !strings.ContainsFunc(c.user, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// normalized returns c with its characters composed, as servers store them (RFC 7613,
// section 4.2).
func (c credentials) normalized() credentials {
	return credentials{norm.NFC.String(c.user), norm.NFC.String(c.password)}
}

// basic returns the value of the Authorization header (RFC 7617).
func (c credentials) basic() string {
	c = c.normalized()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.user+":"+c.password))
}

// authorization returns the value of the Authorization header of h, or "" if h has none.
func (p *fetchPlan) authorization(h *hop) string {
	switch {
	case !p.login.isSet():
		return ""
	case p.settings.AuthMode == AuthBasic:
		return p.login.basic()
	case p.digest != nil:
		return p.digest.authorization(h.method, h.target.requestTarget())
	}
	return ""
}

// acceptChallenge takes a 401 response, and reports whether the request is to be sent again
// with credentials.
func (p *fetchPlan) acceptChallenge(headers *httputil.HTTPHeaders) bool {
	if !p.login.isSet() || p.settings.AuthMode != AuthDigest {
		return false
	}
	next := p.digest.afterChallenge(headers.GetList("Www-Authenticate"), p.login)
	if next == nil {
		return false
	}
	p.digest = next
	return true
}
