package httputil

import (
	"errors"
	"net/netip"
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
			// Concat copies: an append could overwrite a slice that is shared.
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

// SplitHostAndPort cuts ":port" off netloc; port is -1 if there is none. The text before the
// last colon is not checked. Tornado: split_host_and_port.
func SplitHostAndPort(netloc string) (host string, port int) {
	i := strings.LastIndexByte(netloc, ':')
	const maxDigits = 9 // fits every int
	if i < 1 || i+1 == len(netloc) || len(netloc)-i-1 > maxDigits || !isDigits(netloc[i+1:]) {
		return netloc, -1
	}
	for _, digit := range []byte(netloc[i+1:]) {
		port = port*10 + int(digit-'0')
	}
	return netloc[:i], port
}

// splitHost checks that host is uri-host [ ":" port ] (RFC 9110, section 7.2) and returns the
// uri-host. It rejects commas, although the grammar allows them: a proxy may have joined two
// Host headers.
func splitHost(host string) (name string, ok bool) {
	end, ok := 0, true
	if strings.HasPrefix(host, "[") {
		end, ok = ipLiteralEnd(host)
	} else {
		end, ok = regNameEnd(host)
	}
	if !ok {
		return "", false
	}
	port := host[end:]
	return host[:end], port == "" || port[0] == ':' && isDigits(port[1:])
}

// regNameEnd returns the end of the reg-name (RFC 3986, section 3.2.2) at the start of host.
// IPv4 addresses are reg-names too.
func regNameEnd(host string) (end int, ok bool) {
	for end < len(host) && host[end] != ':' {
		if host[end] == '%' {
			if _, ok := percentByte(host[end:]); !ok {
				return 0, false
			}
			end += 2
		} else if !regNameByte[host[end]] || host[end] == ',' {
			return 0, false
		}
		end++
	}
	return end, true
}

// ipLiteralEnd returns the end of the IP-literal (RFC 3986, section 3.2.2) at the start of
// host.
func ipLiteralEnd(host string) (end int, ok bool) {
	end = strings.IndexByte(host, ']')
	if end < 0 {
		return 0, false
	}
	literal := host[1:end]
	if literal != "" && literal[0]|0x20 == 'v' {
		return end + 1, isIPvFuture(literal[1:])
	}
	address, err := netip.ParseAddr(literal)
	return end + 1, err == nil && address.Is6() && address.Zone() == ""
}

func isIPvFuture(s string) bool { // s is the text after the "v"
	version, address, _ := strings.Cut(s, ".")
	for i := range len(version) {
		if _, ok := unhex(version[i]); !ok {
			return false
		}
	}
	for i := range len(address) {
		if !regNameByte[address[i]] && address[i] != ':' || address[i] == ',' {
			return false
		}
	}
	return version != "" && address != ""
}
