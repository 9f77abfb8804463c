package tcpserver

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
)

// v2 returns a header of version 2 with a command, a family, and the bytes that follow its
// length.
func v2(command, family byte, rest string) string {
	return proxySignature2 + string([]byte{command, family, byte(len(rest) >> 8), byte(len(rest))}) + rest
}

const (
	tcp4 = "\xc0\x00\x02\x01\xc0\x00\x02\x02\xdc\x04\x01\xbb" // 192.0.2.1:56324 to 192.0.2.2:443
	tcp6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\xdc\x04\x01\xbb"
	mapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02\x01" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\xc0\x00\x02\x02\xdc\x04\x01\xbb"
)

// proxyHeaders are headers with their meaning: a client, "own" for the connection's address,
// "unix", "more" for an incomplete header, or an error.
var proxyHeaders = []struct{ name, header, want string }{
	{"v1 IPv4", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1:56324"},
	{"v1 IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n", "[2001:db8::1]:56324"},
	{"v1 IPv4 mapped to IPv6", "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 56324 443\r\n", "192.0.2.1:56324"},
	{"v1 ports at the limits", "PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n", "0.0.0.0:0"},
	{"v1 longest", "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n", "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
	{"v1 unknown", "PROXY UNKNOWN\r\n", "own"},
	{"v1 unknown with addresses", "PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n", "own"},
	{"v1 unknown, 107 bytes", "PROXY UNKNOWN " + strings.Repeat("x", 91) + "\r\n", "own"},
	{"v1 unknown, 108 bytes", "PROXY UNKNOWN " + strings.Repeat("x", 92) + "\r\n", "too long"},
	{"v1 without an end", "PROXY TCP4 " + strings.Repeat("1", 200), "too long"},
	{"v1 of no family", "PROXY \r\n", "malformed"},
	{"v1 other family", "PROXY UDP4 192.0.2.1 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 family in lower case", "PROXY tcp4 192.0.2.1 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 IPv6 as TCP4", "PROXY TCP4 ::1 ::1 56324 443\r\n", "malformed"},
	{"v1 IPv4 as TCP6", "PROXY TCP6 192.0.2.1 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 zone", "PROXY TCP6 fe80::1%eth0 fe80::2 56324 443\r\n", "malformed"},
	{"v1 name", "PROXY TCP4 localhost 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 leading zero in an address", "PROXY TCP4 192.0.02.1 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 leading zero in a port", "PROXY TCP4 192.0.2.1 192.0.2.2 056324 443\r\n", "malformed"},
	{"v1 plus in a port", "PROXY TCP4 192.0.2.1 192.0.2.2 +5 443\r\n", "malformed"},
	{"v1 port too large", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 65536\r\n", "malformed"},
	{"v1 without destination", "PROXY TCP4 192.0.2.1 56324\r\n", "malformed"},
	{"v1 one field more", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 x\r\n", "malformed"},
	{"v1 two spaces", "PROXY TCP4  192.0.2.1 192.0.2.2 56324 443\r\n", "malformed"},
	{"v1 space at the end", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443 \r\n", "malformed"},
	{"v1 bare LF", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\n", "malformed"},
	{"v1 bare LF, unknown", "PROXY UNKNOWN\n", "malformed"},

	{"v2 IPv4", v2(0x21, 0x11, tcp4), "192.0.2.1:56324"},
	{"v2 IPv6", v2(0x21, 0x21, tcp6), "[2001:db8::1]:56324"},
	{"v2 IPv4 mapped to IPv6", v2(0x21, 0x21, mapped), "192.0.2.1:56324"},
	{"v2 with TLVs", v2(0x21, 0x11, tcp4+"\x02\x00\x03abc\x04\x00\x00"), "192.0.2.1:56324"},
	{"v2 unix", v2(0x21, 0x31, strings.Repeat("\x00", 216)), "unix"},
	{"v2 unspecified", v2(0x21, 0x00, ""), "own"},
	{"v2 unspecified with bytes", v2(0x21, 0x00, "anything"), "own"},
	{"v2 datagrams", v2(0x21, 0x12, tcp4), "own"},
	{"v2 datagrams, IPv6", v2(0x21, 0x22, tcp6), "own"},
	{"v2 datagrams, unix", v2(0x21, 0x32, strings.Repeat("\x00", 216)), "own"},
	{"v2 local", v2(0x20, 0x00, ""), "own"},
	{"v2 local with addresses", v2(0x20, 0x11, tcp4), "own"},
	{"v2 local of an unheard-of family", v2(0x20, 0x55, tcp4), "own"},
	{"v2 command", v2(0x22, 0x11, tcp4), "malformed"},
	{"v2 version 1", v2(0x11, 0x11, tcp4), "malformed"},
	{"v2 version 3", v2(0x31, 0x11, tcp4), "malformed"},
	{"v2 family", v2(0x21, 0x41, tcp4), "malformed"},
	{"v2 transport", v2(0x21, 0x13, tcp4), "malformed"},
	{"v2 IPv4 too short", v2(0x21, 0x11, tcp4[1:]), "malformed"},
	{"v2 IPv6 too short", v2(0x21, 0x21, tcp6[1:]), "malformed"},
	{"v2 unix too short", v2(0x21, 0x31, tcp6), "malformed"},
	{"v2 of 4096 bytes", v2(0x21, 0x11, tcp4+strings.Repeat("x", 4096-16-12)), "192.0.2.1:56324"},
	{"v2 of 4097 bytes", v2(0x21, 0x11, tcp4+strings.Repeat("x", 4096-16-11)), "too long"},

	{"HTTP", "GET / HTTP/1.1\r\n\r\n", "no header"},
	{"TLS", "\x16\x03\x01", "no header"},
	{"lower case", "proxy TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "no header"},
	{"empty line", "\r\n\r\nGET", "no header"},
}

// said returns the meaning of a header in the words of proxyHeaders, and checks its size.
func said(t *testing.T, data string) (what string, size int) {
	t.Helper()
	h, size, err := parseProxyHeader([]byte(data))
	switch {
	case err != nil && (size != 0 || h != proxyHeader{}):
		t.Errorf("%q: %v with an error: %v", data, h, err)
	case errors.Is(err, errProxyTooLong):
		return "too long", 0
	case errors.Is(err, errProxyMalformed):
		return "malformed", 0
	case err == errNoProxyHeader:
		return "no header", 0
	case size < 0 || size > len(data) || size > maxProxyHeader:
		t.Errorf("%q: size %d", data, size)
	case size == 0:
		return "more", 0
	case !h.namesClient && h.client != netip.AddrPort{}:
		t.Errorf("%q: a client that is not told: %v", data, h)
	case !h.namesClient:
		return "own", size
	case !h.client.IsValid():
		return "unix", size
	}
	return h.client.String(), size
}

func TestParseProxyHeader(t *testing.T) {
	for _, tt := range proxyHeaders {
		got, size := said(t, tt.header+"PROXY what follows")
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
		if size != 0 && size != len(tt.header) {
			t.Errorf("%s: %d bytes of %d", tt.name, size, len(tt.header))
		}
	}
}

// The beginning of a header is incomplete, or wrong already. It never has another meaning than
// the whole.
func TestParseAPartOfAProxyHeader(t *testing.T) {
	for _, tt := range proxyHeaders {
		for cut := range tt.header {
			if got, _ := said(t, tt.header[:cut]); got != "more" && got != tt.want {
				t.Errorf("%s, %d bytes: got %s, want %s or more", tt.name, cut, got, tt.want)
			}
		}
	}
}

func FuzzParseProxyHeader(f *testing.F) {
	for _, tt := range proxyHeaders {
		f.Add([]byte(tt.header))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, size := said(t, string(data))
		if size > 0 {
			if again, n := said(t, string(data[:size])); again != whole || n != size {
				t.Errorf("%q: %s of %d bytes, without what follows %s of %d", data, whole, size, again, n)
			}
		}
		for cut := range min(size, len(data)) {
			if got, _ := said(t, string(data[:cut])); got != "more" {
				t.Errorf("%q, cut at %d: got %s, want more", data, cut, got)
			}
		}
		if whole == "more" && len(data) >= maxProxyHeader {
			t.Errorf("%d bytes, and still more are wanted", len(data))
		}
	})
}
