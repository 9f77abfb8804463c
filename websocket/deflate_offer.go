package websocket

import (
	"strconv"
	"strings"
)

// Sizes of a window, as their base-2 logarithm (RFC 7692, section 7.1.2).
const (
	minWindowBits = 8
	maxWindowBits = 15
)

// A deflateAgreement is what the two sides of a connection hold each other to (RFC
// 7692, section 7.1). "Fresh" stands for no_context_takeover.
type deflateAgreement struct {
	serverFresh bool // the server forgets its window after each message
	clientFresh bool
	serverBits  uint8 // the server refers back by at most 1<<serverBits bytes
	clientBits  uint8
	level       uint8 // of what the server compresses; 0: nothing was agreed on
}

// agreeOnDeflate chooses the first offer of permessage-deflate in a
// Sec-WebSocket-Extensions header that can be met as o wishes. It returns the answer to
// it, "" if there is none: an offer that is wrong or cannot be met is declined, which
// is no fault (section 5.1), and of a header that is no list of extensions, nothing is
// taken.
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

// A deflateOffer is what the parameters of an offer say.
type deflateOffer struct {
	serverFresh, clientFresh bool
	serverBits               int // 0: not named
	clientBits               int // 0: not named; else the client lets the server choose, up to this
}

// acceptDeflate meets one offer. ok is false if it has a parameter twice, an unknown
// one, or one with a value that it must not have (section 7.1).
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

// readDeflateOffer reads the parameters that sections 7.1.1 and 7.1.2 define.
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

// parseWindowBits reads 8 to 15, without leading zeros.
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
	valued bool   // there is a "="
}

// parseExtensions reads a Sec-WebSocket-Extensions header (RFC 6455, section 9.1):
// names and values are tokens, a value may stand in quotes. It returns nil if the header
// is anything else, for then nobody knows what was meant.
func parseExtensions(header string) []extension {
	var all []extension
	s := extensionScanner(header)
	for {
		s.skipSpace()
		if s.accept(',') { // an empty element of a list counts for nothing
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

// An extensionScanner is the rest of a header.
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

// token takes the longest token there is, "" if there is none.
func (s *extensionScanner) token() string {
	n := 0
	for n < len(*s) && isTokenChar((*s)[n]) {
		n++
	}
	t := string((*s)[:n])
	*s = (*s)[n:]
	return t
}

// quoted takes the rest of a quoted string; what it stands for must be a token.
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

// isTokenChar is tchar of RFC 9110, section 5.6.2.
func isTokenChar(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}
