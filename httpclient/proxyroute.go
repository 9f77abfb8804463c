package httpclient

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// A proxyRoute is the proxy of a request, with its credentials. They are sent to the proxy
// alone: with the request if the proxy forwards it, otherwise when the tunnel is opened.
type proxyRoute struct {
	scheme string // "http", "https" or "socks5"
	host   string // without brackets
	port   int
	login  credentials
	mode   string      // AuthBasic or AuthDigest
	digest *digestAuth // after a challenge
}

// isSOCKS reports whether the proxy speaks SOCKS5 (RFC 1928) instead of HTTP.
func (r *proxyRoute) isSOCKS() bool { return r.scheme == "socks5" }

// sameAs reports whether r and other are the same proxy with the same credentials.
func (r *proxyRoute) sameAs(other *proxyRoute) bool {
	return r.scheme == other.scheme && r.host == other.host && r.port == other.port &&
		r.login == other.login && r.mode == other.mode
}

// chooseProxy returns the proxy for a request to t, or nil for none. The proxy of the request
// replaces that of the client.
func chooseProxy(t *requestURL, s *HTTPRequest, configured func(*url.URL) (*url.URL, error)) (*proxyRoute, error) {
	switch {
	case s.ProxyHost != "":
		return requestProxy(s)
	case s.ProxyPort != 0:
		return nil, invalid("ProxyPort", "set ProxyHost too, or neither")
	case configured == nil:
		return nil, nil
	}
	u, err := configured(&t.url)
	if err != nil {
		return nil, invalid("URL", "Options.Proxy: %v", err)
	}
	if u == nil {
		return nil, nil
	}
	return configuredProxy(u, s.ProxyAuthMode)
}

// requestProxy returns the proxy that the fields of a request name.
func requestProxy(s *HTTPRequest) (*proxyRoute, error) {
	scheme, host, ok := strings.Cut(s.ProxyHost, "://")
	if !ok {
		scheme, host = "http", s.ProxyHost
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	r := &proxyRoute{scheme: scheme, host: host, port: s.ProxyPort, mode: s.ProxyAuthMode,
		login: credentials{s.ProxyUsername, s.ProxyPassword}}
	if s.ProxyPort < 1 || s.ProxyPort > 65535 {
		return nil, invalid("ProxyPort", "%d is not a port; it is required with ProxyHost", s.ProxyPort)
	}
	return r, r.checkProxy("ProxyHost")
}

// configuredProxy returns the proxy of a URL that Options.Proxy has returned.
func configuredProxy(u *url.URL, mode string) (*proxyRoute, error) {
	r := &proxyRoute{scheme: u.Scheme, host: u.Hostname(), mode: mode}
	if u.User != nil {
		r.login.user = u.User.Username()
		r.login.password, _ = u.User.Password()
	}
	if u.Port() == "" {
		r.port = map[string]int{"http": 80, "https": 443}[u.Scheme]
	} else if port, err := strconv.Atoi(u.Port()); err == nil {
		r.port = port
	}
	if err := r.checkProxy("URL"); err != nil {
		return nil, err
	}
	if r.port < 1 || r.port > 65535 {
		return nil, invalid("URL", "Options.Proxy: the URL of the proxy has no valid port")
	}
	return r, nil
}

// checkProxy checks scheme, host and user. It replaces socks5h by socks5, which means the same in
// this package.
func (r *proxyRoute) checkProxy(field string) error {
	if r.scheme == "socks5h" {
		r.scheme = "socks5"
	}
	if r.scheme != "http" && r.scheme != "https" && r.scheme != "socks5" {
		return invalid(field, "the scheme of the proxy must be http, https or socks5")
	}
	host, err := asciiHost(r.host)
	if err != nil || strings.ContainsAny(host, "\r\n\t") {
		return invalid(field, "the proxy has no valid host")
	}
	r.host = host
	if !r.login.isValid() {
		return invalid(field, "the user of the proxy contains a control character")
	}
	return nil
}

// authorization returns the value of the Proxy-Authorization header of a request, or "". target
// is the second word of the request line; for a tunnel, it is the host and the port of the
// server.
func (r *proxyRoute) authorization(method, target string) string {
	switch {
	case !r.login.isSet():
		return ""
	case r.mode == AuthBasic:
		return r.login.basic()
	case r.digest != nil:
		return r.digest.authorization(method, target)
	}
	return ""
}

// acceptChallenge takes a 407 response, and reports whether the request is to be sent again
// with credentials.
func (r *proxyRoute) acceptChallenge(headers *httputil.HTTPHeaders) bool {
	if !r.login.isSet() || r.mode != AuthDigest {
		return false
	}
	next := r.digest.afterChallenge(headers.GetList("Proxy-Authenticate"), r.login)
	if next == nil {
		return false
	}
	r.digest = next
	return true
}
