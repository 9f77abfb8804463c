package httpclient

import (
	"context"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/tcpclient"
)

// A transportKey holds the settings that all connections of an *http.Transport have in common.
type transportKey struct {
	tls       tlsSettings
	localAddr string
	ipv4Only  bool
	noReuse   bool // each request gets a new connection
}

// proxyKey is the key under which the context of a request has the proxy's URL.
type proxyKey struct{}

// transportFor returns the RoundTripper for h.
func (c *NetHTTPClient) transportFor(s *HTTPRequest, h *hop) (http.RoundTripper, error) {
	if c.custom != nil {
		return c.custom, checkCustom(s)
	}
	key := transportKey{tlsSettingsOf(s, h), s.NetworkInterface, !s.AllowIPv6.enabled(), h.needsOwnConnection()}
	if t := c.own[key]; t != nil {
		return t, nil
	}
	t, err := c.newTransport(key)
	if err != nil {
		return nil, err
	}
	c.own[key] = t
	return t, nil
}

// tracesPhases reports whether a RoundTripper calls the hooks of httptrace. Without them the
// client does not know when a connection is ready.
func tracesPhases(transport http.RoundTripper) bool {
	_, ok := transport.(*http.Transport)
	return ok
}

// checkCustom returns an error for fields that a RoundTripper of the caller cannot obey.
func checkCustom(s *HTTPRequest) error {
	field := ""
	switch {
	case !s.ValidateCert.enabled():
		field = "ValidateCert"
	case s.CACerts != "":
		field = "CACerts"
	case s.ClientCert != "":
		field = "ClientCert"
	case s.SSLOptions != nil:
		field = "SSLOptions"
	case s.ProxyHost != "":
		field = "ProxyHost"
	case s.NetworkInterface != "":
		field = "NetworkInterface"
	case !s.AllowIPv6.enabled():
		field = "AllowIPv6"
	default:
		return nil
	}
	return invalid(field, "the RoundTripper of this client decides about it")
}

func (c *NetHTTPClient) newTransport(key transportKey) (*http.Transport, error) {
	config, err := key.tls.config()
	if err != nil {
		return nil, err
	}
	o := &c.options
	return &http.Transport{
		Proxy:                  proxyOfContext,
		OnProxyConnectResponse: checkTunnel,
		DialContext:            newDialer(o.Resolver, key),
		TLSClientConfig:        config,
		DisableCompression:     true, // the bodies are inflated here, within the limits
		DisableKeepAlives:      key.noReuse || o.NoKeepAlive || o.MaxIdle < 0 || o.MaxIdlePerHost < 0,
		MaxIdleConns:           o.MaxIdle,
		MaxIdleConnsPerHost:    o.MaxIdlePerHost,
		IdleConnTimeout:        o.IdleTimeout,
		MaxResponseHeaderBytes: int64(o.MaxHeaderSize),
		ExpectContinueTimeout:  math.MaxInt64, // RequestTimeout limits the wait
		ForceAttemptHTTP2:      true,
	}, nil
}

func proxyOfContext(r *http.Request) (*url.URL, error) {
	u, _ := r.Context().Value(proxyKey{}).(*url.URL)
	return u, nil
}

// checkTunnel returns an error for a proxy that refuses CONNECT. The error of a Transport
// leaves out the status code.
func checkTunnel(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
	if r.StatusCode == http.StatusOK {
		return nil
	}
	_, reason, _ := strings.Cut(r.Status, " ")
	return &tunnelRefusedError{r.StatusCode, reason}
}

// proxyURL returns the proxy in the form that a Transport uses. The user info is sent when a
// tunnel is opened. The headers of a forwarded request have the credentials already.
func (h *hop) proxyURL() *url.URL {
	if h.proxy == nil {
		return nil
	}
	u := &url.URL{Scheme: h.proxy.scheme, Host: net.JoinHostPort(h.proxy.host, strconv.Itoa(h.proxy.port))}
	if h.proxy.login.isSet() && !h.absoluteForm() {
		u.User = url.UserPassword(h.proxy.login.user, h.proxy.login.password)
	}
	return u
}

// newDialer returns a function that resolves a name with resolver and connects from the
// local address of key.
func newDialer(resolver tcpclient.Resolver, key transportKey) func(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := &net.Dialer{KeepAlive: 30 * time.Second}
	if a, err := netip.ParseAddr(key.localAddr); err == nil {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(a, 0))
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && key.ipv4Only {
			network = "tcp4"
		}
		if resolver == nil {
			return dialer.DialContext(ctx, network, address)
		}
		return dialResolved(ctx, dialer, resolver, network, address)
	}
}

// dialResolved tries the addresses that resolver returns, in order.
func dialResolved(ctx context.Context, dialer *net.Dialer, resolver tcpclient.Resolver, network, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, err
	}
	if r, ok := resolver.(tcpclient.UnixResolver); ok {
		path, err := r.ResolveUnix(ctx, host, port)
		if err != nil {
			return nil, err
		}
		if path != "" {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	addresses, err := resolver.Resolve(ctx, network, host, port)
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	for _, a := range addresses {
		if conn, err = dialer.DialContext(ctx, network, a.String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}
