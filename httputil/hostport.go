package httputil

import (
	"net/netip"
	"strings"
)

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
