package web

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
)

// ErrorHandler answers every request with the error page of StatusCode.
// Tornado: web.ErrorHandler.
type ErrorHandler struct {
	RequestHandler
	StatusCode int
}

// Initialize sets the status, for what runs before Prepare.
func (h *ErrorHandler) Initialize() error {
	h.SetStatus(h.StatusCode)
	return nil
}

// CheckXSRFCookie accepts every request: the answer is an error anyway, and that of an
// unknown URL is 404, not 403.
func (h *ErrorHandler) CheckXSRFCookie() error { return nil }

// Prepare ends the request with the error of StatusCode.
func (h *ErrorHandler) Prepare() error { return NewHTTPError(h.StatusCode) }

// RedirectHandler redirects GET requests to URL. In it, {0} stands for the first
// positional group of the route's pattern, {name} for a named one, {{ and }} for
// braces. The query of the request is added. Tornado: web.RedirectHandler.
type RedirectHandler struct {
	RequestHandler
	URL       string // with fields in braces; one that is malformed panics when the route is made
	Temporary bool   // answer 302, not 301
}

// CheckPrototype refuses a URL that no request could be redirected to.
func (h *RedirectHandler) CheckPrototype(Handler) error {
	if h.URL == "" {
		return errors.New("its URL is empty")
	}
	if rest := redirectField.ReplaceAllString(h.URL, ""); strings.ContainsAny(rest, "{}") {
		return fmt.Errorf("URL %q has a single brace: write {0}, {name}, {{ or }}", h.URL)
	}
	return nil
}

// Get redirects to URL, with the groups of the pattern in their places.
func (h *RedirectHandler) Get(args ...string) error {
	url, err := h.expand(args)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(h.URL, "//") {
		url = h.ownURL(url) // a group must not name another host
	}
	if query := h.Request().Query; query != "" {
		if url, err = httputil.URLConcat(url, queryPairs(query)); err != nil {
			return err
		}
	}
	if h.Temporary {
		return h.self.Redirect(url)
	}
	return h.self.Redirect(url, 301)
}

var redirectField = regexp.MustCompile(`\{\{|\}\}|\{\w+\}`)

// expand puts the groups into URL.
func (h *RedirectHandler) expand(args []string) (url string, err error) {
	url = redirectField.ReplaceAllStringFunc(h.URL, func(field string) string {
		name := field[1 : len(field)-1]
		if name == "" {
			return field[:1]
		}
		if i, e := strconv.Atoi(name); e == nil && i < len(args) {
			return args[i]
		}
		value, ok := h.PathKwargs()[name]
		if !ok {
			err = fmt.Errorf("web: RedirectHandler: %s has no group %s", h.URL, name)
		}
		return value
	})
	return url, err
}

// queryPairs are the arguments of a query in their order.
func queryPairs(query string) []httputil.Pair {
	var pairs []httputil.Pair
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, httputil.Pair{
			Name:  string(escape.URLUnescapeBytes(name, true)),
			Value: string(escape.URLUnescapeBytes(value, true)),
		})
	}
	return pairs
}
