package httpclient

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
)

var (
	errRepeatedLocation = errors.New("the response has two different Location headers")
	errDowngrade        = errors.New("the redirect leads from https to http")
)

// sensitiveHeaders are the headers that are not sent to another origin.
var sensitiveHeaders = []string{"Authorization", "Cookie", "Cookie2", "Proxy-Authorization"}

// isRedirect reports whether the fetch follows this response (RFC 9110, section 15.4).
func (p *fetchPlan) isRedirect(code int, headers *httputil.HTTPHeaders) bool {
	switch code {
	case 301, 302, 303, 307, 308:
		return p.settings.FollowRedirects.enabled() && p.redirects < p.settings.MaxRedirects && headers.Has("Location")
	}
	return false
}

// follow makes the request to one of the locations the current one. They are the values of
// the Location headers, which must all be the same.
func (p *fetchPlan) follow(code int, locations []string) error {
	for _, l := range locations[1:] {
		if l != locations[0] {
			return errRepeatedLocation
		}
	}
	next, err := p.current.resolve(locations[0])
	if err != nil {
		return err
	}
	if p.current.scheme == "https" && next.scheme == "http" &&
		(p.settings.RefuseDowngrade.enabled() || p.carriesCredentials()) {
		return errDowngrade
	}
	login := credentials{next.user, next.password}
	if !login.isValid() {
		return errURLControl
	}
	p.redirects++
	p.headers.remove("Host")
	p.changeMethod(code)
	if next.origin != p.current.origin {
		p.dropCredentials()
	} else if next.hasUserInfo {
		p.login, p.digest = login, nil
	}
	p.current = next
	return p.chooseProxy()
}

// changeMethod turns the request into a GET if the code requires it: after 303 any method but
// HEAD, and after 301 and 302 a POST, as browsers do.
func (p *fetchPlan) changeMethod(code int) {
	if code == 303 && p.method != "HEAD" || (code == 301 || code == 302) && p.method == "POST" {
		p.method, p.withBody = "GET", false
		p.headers.remove("Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Expect")
	}
}

// carriesCredentials reports whether the current request has credentials of its origin.
func (p *fetchPlan) carriesCredentials() bool {
	if p.login.isSet() {
		return true
	}
	for _, f := range p.headers {
		if p.isSensitive(f.Name) {
			return true
		}
	}
	return false
}

func (p *fetchPlan) isSensitive(name string) bool {
	return contains(sensitiveHeaders, name) || contains(p.settings.SensitiveHeaders, name)
}

// dropCredentials removes the credentials of the origin that a redirect leaves. A later redirect
// to that origin does not restore them.
func (p *fetchPlan) dropCredentials() {
	p.headers.remove(sensitiveHeaders...)
	p.headers.remove(p.settings.SensitiveHeaders...)
	p.login, p.digest, p.crossed = credentials{}, nil, true
}
