package httpclient

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// An origin is a scheme, a lower-case host and a port (RFC 6454). Credentials belong to it.
type origin struct {
	scheme, host string
	port         int
}

// A requestURL is the checked URL of a request.
type requestURL struct {
	origin
	url         url.URL // without user info; the host is ASCII
	user        string
	password    string
	hasUserInfo bool
}

// These are the reasons for which a URL is refused. No text quotes the URL, which may contain
// credentials.
var (
	errURLControl  = errors.New("the URL contains a control character; percent-encode it")
	errURLRelative = errors.New(`the URL must be absolute, such as "http://example.com/"`)
	errURLScheme   = errors.New("the scheme of the URL must be http or https")
	errURLHost     = errors.New("the URL has no valid host; write an IPv6 address in brackets")
	errURLPort     = errors.New("the port of the URL must be a number from 1 to 65535")
	errURLSyntax   = errors.New("the URL is malformed")
)

// parseRequestURL parses an absolute URL. It percent-encodes the characters that must not occur
// in a URL and maps an international host name to ASCII (RFC 5891).
func parseRequestURL(rawURL string) (*requestURL, error) {
	u, err := parseReference(rawURL)
	if err != nil {
		return nil, err
	}
	if !u.IsAbs() {
		return nil, errURLRelative
	}
	return newRequestURL(u)
}

// resolve returns the URL of a Location header in a response to t (RFC 9110, section
// 10.2.2). Without a fragment of its own, the location has none.
func (t *requestURL) resolve(location string) (*requestURL, error) {
	reference, err := parseReference(location)
	if err != nil {
		return nil, err
	}
	return newRequestURL(t.url.ResolveReference(reference))
}

// parseReference parses a URL or relative reference (RFC 3986, section 4.1).
func parseReference(reference string) (*url.URL, error) {
	if strings.ContainsFunc(reference, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return nil, errURLControl
	}
	u, err := url.Parse(encodeInvalid(reference))
	if err != nil {
		return nil, reasonOfParseError(err)
	}
	return u, nil
}

func reasonOfParseError(err error) error {
	switch text := err.Error(); {
	case strings.Contains(text, "invalid port"):
		return errURLPort
	case strings.Contains(text, "host"):
		return errURLHost
	}
	return errURLSyntax
}

// newRequestURL checks an absolute URL and splits it into its parts.
func newRequestURL(u *url.URL) (*requestURL, error) {
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, errURLScheme
	}
	if u.Opaque != "" {
		return nil, errURLRelative
	}
	t := &requestURL{url: *u}
	if u.User != nil {
		t.hasUserInfo, t.user = true, u.User.Username()
		t.password, _ = u.User.Password()
		t.url.User = nil
	}
	return t, t.setOrigin()
}

// setOrigin computes the origin from the URL, and replaces the host of the URL by ASCII.
func (t *requestURL) setOrigin() error {
	host, err := asciiHost(t.url.Hostname())
	if err != nil {
		return err
	}
	t.origin = origin{t.url.Scheme, strings.ToLower(host), map[string]int{"http": 80, "https": 443}[t.url.Scheme]}
	port := t.url.Port()
	if port != "" {
		number, err := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 {
			return errURLPort
		}
		t.port = number
		t.url.Host = net.JoinHostPort(host, port)
		return nil
	}
	if t.url.Host = host; strings.Contains(host, ":") {
		t.url.Host = "[" + host + "]"
	}
	return nil
}

// asciiHost returns host in ASCII.
func asciiHost(host string) (string, error) {
	if strings.ContainsFunc(host, func(r rune) bool { return r >= 0x80 }) {
		ascii, err := idna.Lookup.ToASCII(host)
		if err != nil {
			return "", errURLHost
		}
		host = ascii
	}
	if host == "" || strings.ContainsAny(host, " \"<>\\^`{|}%/?#@") && !strings.Contains(host, ":") {
		return "", errURLHost
	}
	return host, nil
}

// hostHeader returns the value of the Host header: host and port as in the URL, without a
// zone of an IPv6 address (RFC 6874, section 4).
func (t *requestURL) hostHeader() string {
	zone, end := strings.IndexByte(t.url.Host, '%'), strings.IndexByte(t.url.Host, ']')
	if zone < 0 || end < zone {
		return t.url.Host
	}
	return t.url.Host[:zone] + t.url.Host[end:]
}

// requestTarget returns the path and the query, for the request line.
func (t *requestURL) requestTarget() string {
	u := t.url
	u.ForceQuery = false // Tornado omits an empty query
	return u.RequestURI()
}

// absoluteTarget returns the URL for the request line of a request to a proxy (RFC 9112,
// section 3.2.2).
func (t *requestURL) absoluteTarget() string {
	return t.scheme + "://" + t.hostHeader() + t.requestTarget()
}

// encodeInvalid percent-encodes the bytes that cannot occur in a path, a query, a fragment
// or user info. In a host, it leaves the bytes above 0x7f for asciiHost. A "%" without two
// hexadecimal digits becomes "%25".
func encodeInvalid(reference string) string {
	from, to := hostRange(reference)
	var b strings.Builder
	for i := range len(reference) {
		c := reference[i]
		if i >= from && i < to || isURLByte(c) && (c != '%' || isEscape(reference[i:])) {
			b.WriteByte(c)
		} else {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// hostRange returns the range of the host and the port in a reference with an authority. It
// is empty for other references.
func hostRange(reference string) (from, to int) {
	slashes := strings.Index(reference, "//")
	if slashes < 0 || strings.ContainsAny(reference[:slashes], "/?#") {
		return 0, 0
	}
	from, to = slashes+2, len(reference)
	if end := strings.IndexAny(reference[from:], "/?#"); end >= 0 {
		to = from + end
	}
	return from + strings.LastIndexByte(reference[from:to], '@') + 1, to
}

// isURLByte reports whether c may occur in a URL (RFC 3986, section 2).
func isURLByte(c byte) bool {
	return c > ' ' && c < 0x7f && strings.IndexByte("\"<>\\^`{|}", c) < 0
}

// isEscape reports whether s begins with "%" and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) > 2 && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
