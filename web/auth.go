package web

import (
	"net/url"
	"reflect"
	"strings"
)

// GetCurrentUser returns nil: nobody. Override it to find out who is logged in,
// from a signed cookie, say. Call CurrentUser to ask. Tornado: get_current_user.
func (h *RequestHandler) GetCurrentUser() any { return nil }

// CurrentUser is who is logged in: what SetCurrentUser was given or GetCurrentUser
// returned, which is asked once in a request. nil is nobody. Tornado: current_user.
func (h *RequestHandler) CurrentUser() any {
	if !h.currentUserKnown {
		h.SetCurrentUser(h.self.GetCurrentUser())
	}
	return h.currentUser
}

// SetCurrentUser sets what CurrentUser returns, nil for nobody: in Prepare, say.
// Tornado: an assignment to current_user.
func (h *RequestHandler) SetCurrentUser(user any) { h.currentUser, h.currentUserKnown = user, true }

// isLoggedIn reports whether user is somebody: not nil, not the zero value of its type,
// and nothing that is empty.
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

// GetLoginURL returns the setting LoginURL, and panics if there is none. Override it
// for a login page that depends on the request. Tornado: get_login_url.
func (h *RequestHandler) GetLoginURL() string {
	if h.application.settings.LoginURL == "" {
		panic("web: Authenticated needs a login page: define Settings.LoginURL or override GetLoginURL")
	}
	return h.application.settings.LoginURL
}

// Authenticated lets pass who is logged in. It returns nil if CurrentUser is somebody:
// not nil, zero or empty. Else it returns the error that the caller must return: for
// GET and HEAD it has redirected to GetLoginURL, with the page that was asked for as
// argument "next" unless that URL has a query already; other methods are an
// [*HTTPError] 403, with which the request ends even if the caller drops it. As a
// decorator of all verbs, it is a method:
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
		if hasScheme(login) { // it may be another site's
			next = h.peekRequest().FullURL()
		}
		login += "?next=" + url.QueryEscape(next)
	}
	return h.redirectAndStop(login, 302)
}

// AddSlash wants a path that ends with a slash. It returns nil if there is one. Else it
// returns the error that the caller must return: GET and HEAD have been redirected to the
// path with a slash, with 301; other methods are an [*HTTPError] 404, with which the
// request ends even if the caller drops it. The route's pattern must match both. Tornado: @addslash.
func (h *RequestHandler) AddSlash() error {
	if strings.HasSuffix(h.peekRequest().Path, "/") {
		return nil
	}
	return h.redirectToPath(h.peekRequest().Path + "/")
}

// RemoveSlash wants a path that does not end with a slash. It returns nil if there is
// none or, for GET and HEAD, nothing but slashes. Else it returns the error that the
// caller must return: GET and HEAD have been redirected to the path without slashes at
// its end, with 301; other methods are an [*HTTPError] 404, with which the request ends
// even if the caller drops it. Tornado: @removeslash.
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

// redirectToPath goes to path, with the query of the request.
func (h *RequestHandler) redirectToPath(path string) error {
	if !h.getOrHead() {
		return h.recordMisuse(NewHTTPError(404))
	}
	if h.peekRequest().Query != "" {
		path += "?" + h.peekRequest().Query
	}
	return h.redirectAndStop(h.ownURL(path), 301)
}

// redirectAndStop redirects and returns an error, so that nothing else runs.
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

// beginsWithHost reports whether a browser takes what follows two slashes at the
// beginning of url for a host (RFC 3986, section 4.2). Browsers take backslashes for
// slashes, and leave out spaces at the beginning and tabs anywhere.
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
