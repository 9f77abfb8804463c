package httpclient

import (
	"net/netip"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// checkSettings returns an *InvalidRequestError if a field of the request is invalid, or two
// of them contradict each other.
func (p *fetchPlan) checkSettings() error {
	s := &p.settings
	if err := s.checkMethod(p.withBody); err != nil {
		return err
	}
	for _, mode := range []struct{ field, value string }{{"AuthMode", s.AuthMode}, {"ProxyAuthMode", s.ProxyAuthMode}} {
		if mode.value != AuthBasic && mode.value != AuthDigest {
			return invalid(mode.field, "%q is not supported; use AuthBasic or AuthDigest", mode.value)
		}
	}
	if s.UserAgent != "" && !httputil.IsFieldValue(s.UserAgent) {
		return invalid("UserAgent", "it contains a control character, or white space at its ends")
	}
	if s.NetworkInterface != "" {
		if _, err := netip.ParseAddr(s.NetworkInterface); err != nil {
			return invalid("NetworkInterface", "%q is not an IPv4 or IPv6 address", s.NetworkInterface)
		}
	}
	if s.Body != nil && s.BodyProducer != nil {
		return invalid("BodyProducer", "set either Body or BodyProducer")
	}
	return nil
}

// checkMethod checks the method, and whether it may have a body.
func (r *HTTPRequest) checkMethod(withBody bool) error {
	if !httputil.IsToken(r.Method) {
		return invalid("Method", "%q is not a method: it must be a token", r.Method)
	}
	if r.Method == "CONNECT" {
		return invalid("Method", "a fetch cannot open a tunnel; set ProxyHost, and the client sends CONNECT")
	}
	if r.AllowNonstandardMethods.enabled() {
		return nil
	}
	switch r.Method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS":
	default:
		return invalid("Method", "unknown method %s; to send it, set AllowNonstandardMethods to On", r.Method)
	}
	switch expected := expectsBody(r.Method); {
	case expected && !withBody:
		return invalid("Body", "Body must not be nil for method %s, unless AllowNonstandardMethods is On", r.Method)
	case !expected && withBody:
		return invalid("Body", "Body must be nil for method %s, unless AllowNonstandardMethods is On", r.Method)
	}
	return nil
}

// checkHeaders returns a copy of the caller's headers. Names are in Http-Header-Case, and values
// of a repeated name follow one another.
func (p *fetchPlan) checkHeaders() (headerList, error) {
	l := make(headerList, 0, p.settings.Headers.Len()+8)
	for name, value := range p.settings.Headers.All() {
		if !httputil.IsToken(name) {
			return nil, invalid("Headers", "%q is not a header name: it must be a token", name)
		}
		name, value = httputil.NormalizeName(name), strings.Trim(value, " \t")
		if !httputil.IsFieldValue(value) {
			return nil, invalid("Headers", "the value of %s contains a control character", name)
		}
		l = append(l, httputil.Field{Name: name, Value: value})
	}
	return l, p.checkFraming(&l)
}

// checkFraming refuses framing headers that contradict the body, and removes those that the
// client sets itself.
func (p *fetchPlan) checkFraming(l *headerList) error {
	for _, f := range *l {
		if f.Name == "Transfer-Encoding" && !httputil.EqualFold(f.Value, "chunked") {
			return invalid("Headers", "Transfer-Encoding can only be chunked")
		}
		if f.Name != "Content-Length" {
			continue
		}
		n, ok := parseLength(f.Value)
		switch {
		case !ok:
			return invalid("Headers", "Content-Length must be a number")
		case p.settings.BodyProducer == nil && p.settings.Body == nil && n != 0:
			return invalid("Headers", "Content-Length without a body; set Body or BodyProducer")
		}
	}
	l.remove("Transfer-Encoding")
	if i := l.index("Content-Length"); i >= 0 {
		first := (*l)[i].Value
		for _, f := range *l {
			if f.Name == "Content-Length" && f.Value != first {
				return invalid("Headers", "two different values of Content-Length")
			}
		}
		l.replace("Content-Length", first)
	}
	for _, name := range []string{"Host", "Expect"} {
		if i := l.index(name); i >= 0 {
			l.replace(name, (*l)[i].Value)
		}
	}
	return nil
}
