package httpserver

import (
	"net/netip"
	"strings"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/tcpserver"
)

// parseDownstream returns Options.TrustedDownstream as a set. It panics for a mistake in it,
// which is the programmer's.
func parseDownstream(list []string) tcpserver.Networks {
	networks, err := tcpserver.ParseNetworks(list)
	if err != nil {
		panic("httpserver: Options.TrustedDownstream: " + err.Error())
	}
	return networks
}

// proxy takes what a proxy says of the client, for this request alone.
func (c *connection) applyProxyHeaders(headers *httputil.HTTPHeaders) {
	info := forwarded(c.Info(), headers, c.server().downstream)
	c.exchange.proxied = &info
}

// forwarded returns what the headers that proxies set say about the client, and what is
// known without them where they say nothing valid.
func forwarded(direct httputil.ConnectionInfo, headers *httputil.HTTPHeaders, trusted tcpserver.Networks) httputil.ConnectionInfo {
	info := direct
	ip := headers.Get("X-Real-Ip")
	if !headers.Has("X-Real-Ip") {
		ip = forwardedFor(headers.Get("X-Forwarded-For"), trusted)
	}
	if tcpserver.IsValidIP(ip) {
		info.RemoteIP = ip
	}
	scheme := headers.Get("X-Scheme")
	if !headers.Has("X-Scheme") {
		scheme = headers.Get("X-Forwarded-Proto")
	}
	if scheme = lastOf(scheme); scheme == "http" || scheme == "https" {
		info.Protocol = scheme
	}
	return info
}

// forwardedFor returns the element of a list that the first untrusted proxy has seen:
// the last one that is not trusted, or the first if all are. Each proxy appends who it
// was asked by; what stands before that may be the client's invention.
func forwardedFor(list string, trusted tcpserver.Networks) string {
	for {
		i := strings.LastIndexByte(list, ',')
		ip := strings.TrimSpace(list[i+1:])
		a, err := netip.ParseAddr(ip)
		if i < 0 || err != nil || !trusted.Contains(a) {
			return ip
		}
		list = list[:i]
	}
}

func lastOf(list string) string {
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}
