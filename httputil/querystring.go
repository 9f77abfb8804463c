package httputil

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/gotornado/tornado/escape"
)

// Arguments maps the argument names of a query or form to their values, in order. Values are
// decoded bytes, which need not be UTF-8.
type Arguments map[string][]string

func (a Arguments) addValue(name, value string) { a[name] = append(a[name], value) }

func (a Arguments) mergedWith(more Arguments) Arguments {
	merged := make(Arguments, len(a)+len(more))
	for _, source := range []Arguments{a, more} {
		for name, values := range source {
			// Concat makes a copy, because append could overwrite a slice that is used elsewhere.
			merged[name] = slices.Concat(merged[name], values)
		}
	}
	return merged
}

// ParseQSBytes parses a query string or an urlencoded form. "&" separates arguments, "+" is
// a space and %XX a byte; an invalid escape is kept. Blank values are kept. It never fails.
// Tornado: escape.parse_qs_bytes.
func ParseQSBytes(query string) Arguments {
	args := Arguments{}
	for name, value := range queryPairs(query) {
		args.addValue(name, value)
	}
	return args
}

// queryPairs returns an iterator over the decoded arguments of query, in order.
func queryPairs(query string) func(yield func(name, value string) bool) {
	return func(yield func(name, value string) bool) {
		for piece := range strings.SplitSeq(query, "&") {
			if piece == "" {
				continue
			}
			name, value, _ := strings.Cut(piece, "=")
			if !yield(unescapePlus(name), unescapePlus(value)) {
				return
			}
		}
	}
}

// unescapePlus decodes %XX and "+". It returns text without either unchanged.
func unescapePlus(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	return string(escape.URLUnescapeBytes(s, true))
}

// percentByte decodes the %XX at the start of s.
func percentByte(s string) (c byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, ok1 := unhex(s[1])
	low, ok2 := unhex(s[2])
	return high<<4 | low, ok1 && ok2
}

// A Pair is one argument for URLConcat.
type Pair struct{ Name, Value string }

// URLConcat adds args to the query of rawURL. The existing query is encoded again ("?x"
// becomes "?x="); a fragment stays last. If args is nil, rawURL is returned unchanged. It
// returns an error if the authority of rawURL has an unpaired "[" or "]".
// Tornado: url_concat.
func URLConcat(rawURL string, args []Pair) (string, error) {
	if args == nil {
		return rawURL, nil
	}
	base, fragment, _ := strings.Cut(rawURL, "#")
	base, query, _ := strings.Cut(base, "?")
	if _, rest, found := strings.Cut(base, "//"); found {
		authority, _, _ := strings.Cut(rest, "/")
		if strings.Contains(authority, "[") != strings.Contains(authority, "]") {
			return "", errors.New("httputil: invalid IPv6 address in URL")
		}
	}
	var b strings.Builder
	b.WriteString(base)
	separator := "?"
	add := func(name, value string) bool {
		b.WriteString(separator + url.QueryEscape(name) + "=" + url.QueryEscape(value))
		separator = "&"
		return true
	}
	queryPairs(query)(add)
	for _, arg := range args {
		add(arg.Name, arg.Value)
	}
	if fragment != "" {
		b.WriteString("#" + fragment)
	}
	return b.String(), nil
}
