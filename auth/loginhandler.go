package auth

import (
	"net/url"
	"strings"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// A Handler is a handler that embeds a web.RequestHandler. The methods of the mixins need it
// as an argument, because a mixin does not know the handler in which it is embedded.
type Handler interface {
	web.Handler
	Self() web.Handler
	Loop() *ioloop.IOLoop
	Request() *httputil.HTTPServerRequest
	Settings() *web.Settings
	LookupArgument(name string, strip ...bool) (value string, ok bool)
	GetCookie(name string, fallback ...string) string
	HTTPClient() httpclient.AsyncHTTPClient
}

// An HTTPClientProvider is a handler that chooses the client for calls to the provider. All
// mixins have the method; override it in the handler. h is the handler itself.
type HTTPClientProvider interface {
	GetAuthHTTPClient(h Handler) httpclient.AsyncHTTPClient
}

// clientOf returns the client for calls to the provider.
func clientOf(h Handler) httpclient.AsyncHTTPClient {
	if p, ok := h.Self().(HTTPClientProvider); ok {
		return p.GetAuthHTTPClient(h)
	}
	return h.HTTPClient()
}

// argument returns the last value of an argument of the request, or "".
func argument(h Handler, name string) string {
	value, _ := h.LookupArgument(name)
	return value
}

// IsCallback reports whether the request comes back from a provider, so that
// GetAuthenticatedUser must serve it. It is also true if the user refused the login. Tornado
// has no such function; its examples look for the argument "code" only.
func IsCallback(h Handler) bool {
	for _, name := range []string{"code", "error", "oauth_token", "denied", "openid.mode"} {
		if _, ok := h.LookupArgument(name); ok {
			return true
		}
	}
	return false
}

// SafeNext returns the argument "next" of the request if it leads to a page of this site.
// Otherwise it returns fallback, or "/" without one. The result begins with one slash. So a
// link to the login page cannot send users to another host. Tornado has no such function.
func SafeNext(h Handler, fallback ...string) string {
	if next, ok := pageOfSite(h, argument(h, "next")); ok {
		return next
	}
	if len(fallback) > 0 {
		return fallback[0]
	}
	return "/"
}

// nextPage returns the page after the login: next if it is a page of this site, "/" if it is
// not, and SafeNext of the request if it is "".
func nextPage(h Handler, next string) string {
	if next == "" {
		return SafeNext(h)
	}
	if page, ok := pageOfSite(h, next); ok {
		return page
	}
	return "/"
}

// pageOfSite returns the path and the query of next, and whether it is a page of the
// request's own site. next may be an absolute URL of the site, as
// [web.RequestHandler.Authenticated] writes it for a login page on another host.
func pageOfSite(h Handler, next string) (string, bool) {
	if origin := originOf(h) + "/"; strings.HasPrefix(next, origin) {
		next = next[len(origin)-1:]
	}
	// Browsers read a backslash as a slash, and leave out tabs and line ends.
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\") {
		return "", false
	}
	for i := range len(next) {
		if next[i] <= ' ' || next[i] == 0x7f {
			return "", false
		}
	}
	u, err := url.Parse(next)
	return next, err == nil && u.Host == "" && u.Scheme == ""
}

func originOf(h Handler) string {
	r := h.Request()
	return r.Protocol + "://" + r.Host
}

// absoluteURL returns reference as an absolute URL, relative to the URL of the request. ""
// means the page of the request itself, without its query.
func absoluteURL(h Handler, reference string) (string, error) {
	base, err := url.Parse(h.Request().FullURL())
	if err != nil {
		return "", invalidCallback("the URL of the request is malformed")
	}
	base.RawQuery = ""
	if reference == "" {
		return base.String(), nil
	}
	u, err := base.Parse(reference)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}
