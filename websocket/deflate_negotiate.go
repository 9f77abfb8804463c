package websocket

import (
	"strconv"
	"strings"
)

// Window sizes are exchanged as base-2 logarithms (RFC 7692, section 7.1.2).
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// A deflateAgreement holds the parameters that both sides of a connection agreed on (RFC 7692,
// section 7.1). "Fresh" stands for no_context_takeover.
type deflateAgreement struct {
	serverFresh bool // the server empties its window after each message
	clientFresh bool
	serverBits  uint8 // the server refers back by at most 1<<serverBits bytes
	clientBits  uint8
	level       uint8 // level of the server's compression; 0 means no agreement
}

// agreeOnDeflate accepts the first offer of permessage-deflate in a Sec-WebSocket-Extensions
// header that can be met with the options o. It returns the response header, "" if it accepts
// none. It declines an offer that is wrong or that cannot be met, which is not an error
// (section 5.1). It ignores a header that is not a list of extensions.
func agreeOnDeflate(header string, o CompressionOptions) (a deflateAgreement, answer string) {
	for _, offer := range parseExtensions(header) {
		if offer.name != "permessage-deflate" {
			continue
		}
		if a, answer, ok := acceptDeflate(offer.params, o); ok {
			return a, answer
		}
	}
	return deflateAgreement{}, ""
}

// A deflateOffer holds the parameters of an offer.
type deflateOffer struct {
	serverFresh, clientFresh bool
	serverBits               int // 0: not in the offer
	clientBits               int // the largest window that the server may choose for the client; 0 if the offer does not let it choose
}

// acceptDeflate accepts one offer. ok is false if a parameter is repeated or unknown, or has an
// invalid value (section 7.1).
func acceptDeflate(params []extensionParam, o CompressionOptions) (a deflateAgreement, answer string, ok bool) {
	offer, ok := readDeflateOffer(params)
	if !ok {
		return a, "", false
	}
	a = deflateAgreement{serverFresh: offer.serverFresh, serverBits: maxWindowBits, clientBits: maxWindowBits, level: uint8(o.Level)}
	answer = "permessage-deflate"
	if a.serverFresh {
		answer += "; server_no_context_takeover"
	}
	if offer.serverBits != 0 {
		a.serverBits = uint8(offer.serverBits)
		answer += "; server_max_window_bits=" + strconv.Itoa(offer.serverBits)
	}
	switch limit := o.ClientWindowBits; {
	case offer.clientFresh, limit < 0, limit < maxWindowBits && offer.clientBits == 0:
		a.clientFresh = true
		answer += "; client_no_context_takeover"
	case offer.clientBits != 0:
		bits := min(offer.clientBits, limit)
		a.clientBits = uint8(bits)
		answer += "; client_max_window_bits=" + strconv.Itoa(bits)
	}
	return a, answer, true
}

// readDeflateOffer reads the parameters of sections 7.1.1 and 7.1.2.
func readDeflateOffer(params []extensionParam) (o deflateOffer, ok bool) {
	seen := make(map[string]bool, len(params))
	for _, p := range params {
		if seen[p.name] {
			return o, false
		}
		seen[p.name] = true
		ok := false
		switch p.name {
		case "server_no_context_takeover":
			o.serverFresh, ok = true, !p.valued
		case "client_no_context_takeover":
			o.clientFresh, ok = true, !p.valued
		case "server_max_window_bits":
			o.serverBits, ok = parseWindowBits(p.value)
		case "client_max_window_bits":
			if o.clientBits, ok = parseWindowBits(p.value); !p.valued {
				o.clientBits, ok = maxWindowBits, true
			}
		}
		if !ok {
			return o, false
		}
	}
	return o, true
}

// parseWindowBits parses 8 to 15, without leading zeros.
func parseWindowBits(s string) (bits int, ok bool) {
	for bits = minWindowBits; bits <= maxWindowBits; bits++ {
		if s == strconv.Itoa(bits) {
			return bits, true
		}
	}
	return 0, false
}

// An extension is one element of a Sec-WebSocket-Extensions header.
type extension struct {
	name   string
	params []extensionParam
}

type extensionParam struct {
	name   string
	value  string // without its quotes
	valued bool   // the parameter has a "="
}

// parseExtensions parses a Sec-WebSocket-Extensions header (RFC 6455, section 9.1). Names and
// values are tokens, and a value may be in quotes. It returns nil for any other header.
func parseExtensions(header string) []extension {
	var all []extension
	s := extensionScanner(header)
	for {
		s.skipSpace()
		if s.accept(',') { // an empty element of a list is ignored
			continue
		}
		if s == "" {
			return all
		}
		e := extension{name: s.token()}
		for s.skipSpace(); s.accept(';'); s.skipSpace() {
			p, ok := s.param()
			if !ok {
				return nil
			}
			e.params = append(e.params, p)
		}
		if e.name == "" || s != "" && !s.accept(',') {
			return nil
		}
		all = append(all, e)
	}
}

// An extensionScanner is the unread part of a header.
type extensionScanner string

func (s *extensionScanner) param() (p extensionParam, ok bool) {
	s.skipSpace()
	p.name = s.token()
	s.skipSpace()
	if p.valued = s.accept('='); p.valued {
		s.skipSpace()
		if s.accept('"') {
			p.value, ok = s.quoted()
		} else {
			p.value = s.token()
			ok = p.value != ""
		}
		return p, ok && p.name != ""
	}
	return p, p.name != ""
}

func (s *extensionScanner) skipSpace() { *s = extensionScanner(strings.TrimLeft(string(*s), " \t")) }

func (s *extensionScanner) accept(c byte) bool {
	if *s == "" || (*s)[0] != c {
		return false
	}
	*s = (*s)[1:]
	return true
}

// token reads the longest token, "" if there is none.
func (s *extensionScanner) token() string {
	n := 0
	for n < len(*s) && isTokenChar((*s)[n]) {
		n++
	}
	t := string((*s)[:n])
	*s = (*s)[n:]
	return t
}

// quoted reads the rest of a quoted string. Its value must be a token.
func (s *extensionScanner) quoted() (value string, ok bool) {
	var b strings.Builder
	for *s != "" {
		if s.accept('"') {
			return b.String(), b.Len() > 0
		}
		s.accept('\\')
		if *s == "" || !isTokenChar((*s)[0]) {
			break
		}
		b.WriteByte((*s)[0])
		*s = (*s)[1:]
	}
	return "", false
}

// isTokenChar reports whether c is a tchar (RFC 9110, section 5.6.2).
func isTokenChar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
