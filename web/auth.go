package web

import (
	"net/url"
	"reflect"
	"strings"
)

// GetCurrentUser returns nil, which means that no user is logged in. Override it to find
// the user, for example from a signed cookie. To get the user, call CurrentUser. Tornado:
// get_current_user.
func (h *RequestHandler) GetCurrentUser() any { return nil }

// CurrentUser returns the user who is logged in, or nil: the value given to SetCurrentUser,
// or the result of GetCurrentUser, which is called once per request. Tornado: current_user.
func (h *RequestHandler) CurrentUser() any {
	if !h.currentUserKnown {
		h.SetCurrentUser(h.self.GetCurrentUser())
	}
	return h.currentUser
}

// SetCurrentUser sets the result of CurrentUser, for example in Prepare; nil means that no
// user is logged in. Tornado: an assignment to current_user.
func (h *RequestHandler) SetCurrentUser(user any) { h.currentUser, h.currentUserKnown = user, true }

// isLoggedIn reports whether user means a logged-in user: not nil, not empty, and not the
// zero value of its type.
func isLoggedIn(user any) bool {
	v := reflect.ValueOf(user)
	switch v.Kind() {
	case reflect.Invalid:
		return false
	case reflect.Slice, reflect.Map:
		return v.Len() > 0
	}
	return !v.IsZero()
}

// GetLoginURL returns Settings.LoginURL and panics if it is "". Override it for a login
// page that depends on the request. Tornado: get_login_url.
func (h *RequestHandler) GetLoginURL() string {
	if h.application.settings.LoginURL == "" {
		panic("web: Authenticated needs a login page: define Settings.LoginURL or override GetLoginURL")
	}
	return h.application.settings.LoginURL
}

// Authenticated returns nil if a user is logged in, which means that CurrentUser is not
// nil, zero or empty. Otherwise it returns an error, which the caller must return. For GET
// and HEAD it has redirected to GetLoginURL. That URL gets the requested page as argument
// "next", unless it has a query already. For other methods the error is an [*HTTPError]
// 403, and the request ends with it even if the caller drops it. A call in Prepare has the
// effect of Tornado's decorator on all verbs:
//
//	func (h *MemberHandler) Prepare() error { return h.Authenticated() }
//
// Tornado: @authenticated.
func (h *RequestHandler) Authenticated() error {
	if isLoggedIn(h.CurrentUser()) {
		return nil
	}
	if !h.getOrHead() {
		return h.recordMisuse(NewHTTPError(403))
	}
	login := h.self.GetLoginURL()
	if !strings.Contains(login, "?") {
		next := h.peekRequest().URI
		if hasScheme(login) { // the login page may be on another site
			next = h.peekRequest().FullURL()
		}
		login += "?next=" + url.QueryEscape(next)
	}
	return h.redirectAndStop(login, 302)
}

// AddSlash returns nil if the path ends with a slash. Otherwise it returns an error, which
// the caller must return. GET and HEAD have been redirected with 301 to the path with a
// slash. For other methods the error is an [*HTTPError] 404, and the request ends with it
// even if the caller drops it. The route's pattern must match both paths. Tornado:
// @addslash.
func (h *RequestHandler) AddSlash() error {
	if strings.HasSuffix(h.peekRequest().Path, "/") {
		return nil
	}
	return h.redirectToPath(h.peekRequest().Path + "/")
}

// RemoveSlash returns nil if the path does not end with a slash or, for GET and HEAD, has
// only slashes. Otherwise it returns an error, which the caller must return. GET and HEAD
// have been redirected with 301 to the path without slashes at its end. For other methods
// the error is an [*HTTPError] 404, and the request ends with it even if the caller drops
// it. Tornado: @removeslash.
func (h *RequestHandler) RemoveSlash() error {
	path := strings.TrimRight(h.peekRequest().Path, "/")
	if path == h.peekRequest().Path || path == "" && h.getOrHead() {
		return nil
	}
	return h.redirectToPath(path)
}

func (h *RequestHandler) getOrHead() bool {
	return h.peekRequest().Method == "GET" || h.peekRequest().Method == "HEAD"
}

// redirectToPath redirects GET and HEAD to path, with the query of the request.
func (h *RequestHandler) redirectToPath(path string) error {
	if !h.getOrHead() {
		return h.recordMisuse(NewHTTPError(404))
	}
	if h.peekRequest().Query != "" {
		path += "?" + h.peekRequest().Query
	}
	return h.redirectAndStop(h.ownURL(path), 301)
}

// redirectAndStop redirects and returns an error, so that no other hook runs.
func (h *RequestHandler) redirectAndStop(url string, status int) error {
	if err := h.self.Redirect(url, status); err != nil {
		return err
	}
	return Finish{}
}

// ownURL returns a URL for path on the host of the request. It is absolute if path alone
// would name another host.
func (h *RequestHandler) ownURL(path string) string {
	if strings.HasPrefix(path, "/") && beginsWithHost(path) {
		return h.peekRequest().Protocol + "://" + h.peekRequest().Host + path
	}
	return path
}

// beginsWithHost reports whether browsers read a host after two slashes at the beginning of
// url (RFC 3986, section 4.2). Browsers accept backslashes as slashes, and ignore spaces at
// the beginning and tabs anywhere.
func beginsWithHost(url string) bool {
	url = strings.TrimLeft(url, " \t")
	if url == "" || url[0] != '/' && url[0] != '\\' {
		return false
	}
	next := strings.TrimLeft(url[1:], "\t")
	return next != "" && (next[0] == '/' || next[0] == '\\')
}

// hasScheme reports whether url is absolute (RFC 3986, section 3.1).
func hasScheme(url string) bool {
	scheme, _, ok := strings.Cut(url, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && (c < '0' || c > '9') && strings.IndexByte("+-.", c) < 0 {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
