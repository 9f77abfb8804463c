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

// RedirectHandler redirects GET requests to URL. In URL, {0} stands for the first
// positional group of the route's pattern, {name} for a named group, and {{ and }} for
// braces. The query of the request is added.
//
// A group can never change the scheme or the host of the redirect, which come from the text
// of URL. In the host, a group may be a label, such as the tenant of
// https://{tenant}.example.com/, if text of URL follows it. A request whose groups break
// this rule gets a 404. Tornado: web.RedirectHandler.
type RedirectHandler struct {
	RequestHandler
	URL       string // the target, with fields in braces; if it is malformed, web.URL panics
	Temporary bool   // respond with 302, not 301
}

// checkPrototype refuses an empty or malformed URL.
func (h *RedirectHandler) checkPrototype(Handler) error {
	if h.URL == "" {
		return errors.New("its URL is empty")
	}
	if rest := redirectField.ReplaceAllString(h.URL, ""); strings.ContainsAny(rest, "{}") {
		return fmt.Errorf("URL %q has a single brace: write {0}, {name}, {{ or }}", h.URL)
	}
	return nil
}

// Get redirects to URL, with the values of the groups in their places.
func (h *RedirectHandler) Get(args ...string) error {
	pieces, err := h.expand(args)
	if err != nil {
		return err
	}
	var url string
	for _, p := range pieces {
		url += p.text
	}
	if !keepsHost(url, pieces) {
		return HTTPErrorf(404, "a group of the path would name the host of the redirect to %s", h.URL)
	}
	if _, named := hostStart(pieces[0].text); !named {
		url = h.ownURL(url)
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

// A redirectPiece is text of a redirect's URL, or the value of a group in its place.
type redirectPiece struct {
	text  string
	group bool
}

// expand returns the pieces of URL, with the values of the groups.
func (h *RedirectHandler) expand(args []string) (pieces []redirectPiece, err error) {
	rest := h.URL
	for field := redirectField.FindStringIndex(rest); field != nil; field = redirectField.FindStringIndex(rest) {
		name := rest[field[0]+1 : field[1]-1]
		pieces = append(pieces, redirectPiece{text: rest[:field[0]]})
		if name == "" { // {{ or }}
			pieces = append(pieces, redirectPiece{text: rest[field[0] : field[0]+1]})
		} else {
			value, ok := h.group(name, args)
			if !ok {
				return nil, fmt.Errorf("web: RedirectHandler: URL %s needs a group %s: add it to the route's pattern", h.URL, name)
			}
			pieces = append(pieces, redirectPiece{value, true})
		}
		rest = rest[field[1]:]
	}
	return append(pieces, redirectPiece{text: rest}), nil
}

// group returns the value of a group by its name or number.
func (h *RedirectHandler) group(name string, args []string) (value string, ok bool) {
	if i, err := strconv.Atoi(name); err == nil && i < len(args) {
		return args[i], true
	}
	value, ok = h.pathKwargs[name]
	return value, ok
}

// keepsHost reports whether the scheme and the host of url come from text pieces, and not
// from groups. url is the concatenation of pieces.
func keepsHost(url string, pieces []redirectPiece) bool {
	text := pieces[0].text // before the first group
	if start, ok := hostStart(text); ok {
		return hostIsText(url, start, pieces)
	}
	if hasScheme(text) {
		return !isWebScheme(text) // a URL such as mailto:{0} has no host, but browsers find one in https:x.example
	}
	if strings.HasPrefix(url, "/") {
		return true // see ownURL
	}
	seen := strings.ReplaceAll(strings.TrimLeft(url, " \t"), "\t", "") // as browsers see it
	return !hasScheme(seen) && !beginsWithHost(seen)
}

// hostStart returns the index at which the host begins in a text that begins with scheme://
// or //.
func hostStart(text string) (start int, ok bool) {
	if strings.HasPrefix(text, "//") {
		return len("//"), true
	}
	scheme, rest, _ := strings.Cut(text, ":")
	if !hasScheme(text) || !strings.HasPrefix(rest, "//") {
		return 0, false
	}
	return len(scheme) + len("://"), true
}

func isWebScheme(url string) bool {
	scheme, _, _ := strings.Cut(url, ":")
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// hostIsText reports whether the host of url, which begins at start, ends with text, and
// its groups consist of letters, digits, dots and hyphens.
func hostIsText(url string, start int, pieces []redirectPiece) bool {
	end := len(url)
	if i := strings.IndexAny(url[start:], "/?#"); i >= 0 {
		end = start + i
	}
	at, last := 0, false // last reports whether a group has the last character of the host
	for _, p := range pieces {
		inHost := p.text[:max(0, min(len(p.text), end-at))]
		if inHost != "" {
			if last = p.group; p.group && strings.IndexFunc(inHost, notInLabel) >= 0 {
				return false
			}
		}
		at += len(p.text)
	}
	return !last
}

func notInLabel(r rune) bool {
	return r > 0x7f || !isLetter(byte(r)) && (r < '0' || r > '9') && r != '-' && r != '.'
}

// queryPairs returns the arguments of a query in their order.
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
