package httpserver

import (
	"net/netip"
	"strings"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/tcpserver"
)

// parseDownstream returns Options.TrustedDownstream as a set. It panics if an entry is
// malformed.
func parseDownstream(list []string) tcpserver.Networks {
	networks, err := tcpserver.ParseNetworks(list)
	if err != nil {
		panic("httpserver: Options.TrustedDownstream: " + err.Error())
	}
	return networks
}

// applyProxyHeaders sets the address, scheme and certificate of the client from the headers of
// a proxy, for the current request.
func (c *connection) applyProxyHeaders(headers *httputil.HTTPHeaders) {
	info := forwarded(c.Info(), headers, c.server().downstream)
	c.exchange.proxied = &info
	if headers.Has(forwardedCertName) && c.trustsPeer() {
		c.exchange.clientCert = headers.Get(forwardedCertName)
	}
}

// forwarded returns the address and scheme that the headers of proxies contain. Where they
// are missing or not valid, it returns those of the connection itself.
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

// forwardedFor returns the element of an X-Forwarded-For list that the first trusted proxy
// has added: the last one that is not trusted, or the first one if all are trusted. Each
// proxy appends the address of its client; the elements before that may be forged.
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

// lastOf returns the last element of a comma-separated list.
func lastOf(list string) string {
	return strings.TrimSpace(list[strings.LastIndexByte(list, ',')+1:])
}
