package websocket_test

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/websocket"
)

// A conformance is a case of the suite: the frames that are sent to an echo after the
// handshake, and the frames that come back until the connection ends. Both use the notation of
// frames. The reason of a close frame for a fault is left out.
type conformance struct{ section, sent, heard string }

// A sectionWriter collects the cases of the sections of a standard.
type sectionWriter struct {
	section string
	cases   []conformance
}

func (w *sectionWriter) in(section string) { w.section = section }

func (w *sectionWriter) add(sent, heard string) {
	w.cases = append(w.cases, conformance{w.section, sent, heard})
}

// raw returns a masked frame with any first byte.
func raw(first byte, payload string) string {
	return "x:" + hex.EncodeToString(appendFrame(nil, first, payload))
}

const (
	fault    = "close:1002 END" // a protocol error
	notText  = "close:1007 END"
	tooLarge = "close:1009 END"
	bye      = "close:1000"
)

// suite6455 returns the cases for RFC 6455, sections 5 to 8. The handler under test echoes
// messages.
func suite6455() []conformance {
	w := &sectionWriter{}
	w.in("RFC 6455, 5.2: lengths")
	for _, n := range []int{0, 1, 124, 125, 126, 127, 128, 65535, 65536, 65537, 1 << 20} {
		text, binary := strings.Repeat("*", n), strings.Repeat("\xfe", n)
		w.add("t:"+text+" b:"+binary+" "+bye, "t:"+text+" b:"+binary+" close:1000 END")
	}
	for _, n := range []int{0, 1, 125} { // lengths in a longer form than necessary, which the server reads as Tornado does
		key, payload := "37fa213d", hex.EncodeToString(appendFrame(nil, 0x82, strings.Repeat("x", n))[6:])
		w.add(fmt.Sprintf("x:82fe%04x%s%s %s", n, key, payload, bye), "b:"+strings.Repeat("x", n)+" close:1000 END")
		w.add(fmt.Sprintf("x:82ff%016x%s%s %s", n, key, payload, bye), "b:"+strings.Repeat("x", n)+" close:1000 END")
	}
	w.add("x:82ff800000000000000000000000", fault)
	w.add("x:82ffffffffffffffffff00000000", fault)

	w.in("RFC 6455, 5.1: masking")
	for _, frame := range []string{"810161", "8100", "82027878", "8900", "8a00", "8800", "880203e8", "000161", "827e0001ff"} {
		w.add("x:"+frame+" "+bye, fault)
		w.add("t:a x:"+frame+" "+bye, "t:a "+fault)
	}
	w.add("x:818100000000ff "+bye, notText)
	w.add("x:81810000000061 x:8181ffffffff9e "+bye, "t:a t:a close:1000 END")

	w.in("RFC 6455, 5.2: reserved bits")
	for _, first := range []byte{0x81, 0x82, 0x89, 0x8A, 0x88, 0x01, 0x02} {
		for rsv := byte(1); rsv < 8; rsv++ {
			w.add(raw(first|rsv<<4, "a")+" "+bye, fault)
		}
	}
	for rsv := byte(1); rsv < 8; rsv++ {
		w.add("t-:a "+raw(0x80|rsv<<4, "b")+" "+bye, fault)
		w.add("t:a "+raw(0x81|rsv<<4, "")+" "+bye, "t:a "+fault)
	}

	w.in("RFC 6455, 5.2: reserved opcodes")
	for _, opcode := range []byte{3, 4, 5, 6, 7, 11, 12, 13, 14, 15} {
		w.add(raw(0x80|opcode, "")+" "+bye, fault)
		w.add(raw(opcode, "abc")+" "+bye, fault)
		w.add("t:a "+raw(0x80|opcode, "abc")+" ping:x", "t:a "+fault)
		w.add("t-:a "+raw(0x80|opcode, "abc")+" c:b", fault)
	}

	w.in("RFC 6455, 5.4: fragmentation")
	for _, kind := range []string{"t", "b"} {
		for _, tt := range [][2]string{
			{"%[1]s-:a c:b", "%[1]s:ab"}, {"%[1]s-: c:", "%[1]s:"}, {"%[1]s-:a c-:b c-:c c:d", "%[1]s:abcd"}, {"%[1]s-: c-: c:x", "%[1]s:x"},
			{"%[1]s-:a ping:p c:b", "pong:p %[1]s:ab"}, {"%[1]s-:a pong:p c:b", "%[1]s:ab"}, {"%[1]s-:a ping: ping:q c-:b ping:r c:c", "pong: pong:q pong:r %[1]s:abc"},
			{"%[1]s-:a c:b %[1]s-:c c:d", "%[1]s:ab %[1]s:cd"},
		} {
			w.add(fmt.Sprintf(tt[0], kind)+" "+bye, fmt.Sprintf(tt[1], kind)+" close:1000 END")
		}
		for _, sent := range []string{"c:a", "c-:a", "c:", "%[1]s-:a %[1]s:b", "%[1]s-:a %[1]s-:b", "%[1]s-:a c-:b t:c", "%[1]s-:a c-:b b-:c"} {
			w.add(strings.ReplaceAll(sent, "%[1]s", kind)+" "+bye, fault)
		}
		w.add(fmt.Sprintf("%[1]s:a c:b", kind)+" "+bye, kind+":a "+fault)
		w.add(fmt.Sprintf("%[1]s-:a c:b c:c", kind)+" "+bye, kind+":ab "+fault)
		w.add(fmt.Sprintf("%[1]s-:a close:1000", kind), "close:1000 END")
		many := strings.Repeat("c-:xy ", 2000)
		w.add(kind+"-:xy "+many+"c: "+bye, kind+":"+strings.Repeat("xy", 2001)+" close:1000 END")
		big := strings.Repeat("z", 70000)
		w.add(kind+"-:"+big+" ping:p c-:"+big+" ping:q c:"+big+" "+bye, "pong:p pong:q "+kind+":"+big+big+big+" close:1000 END")
	}

	w.in("RFC 6455, 5.5: control frames")
	for _, kind := range []string{"ping", "pong", "close"} {
		first := map[string]byte{"ping": 9, "pong": 10, "close": 8}[kind]
		w.add(raw(first, "")+" "+bye, fault)
		w.add("t-:a "+raw(first, "x")+" c:b", fault)
		w.add(raw(0x80|first, strings.Repeat("x", 126))+" "+bye, fault)
		w.add(raw(0x80|first, strings.Repeat("x", 70000))+" "+bye, fault)
	}

	w.in("RFC 6455, 5.5.2 and 5.5.3: ping and pong")
	for _, n := range []int{0, 1, 5, 125} {
		for _, fill := range []string{"x", "\x00", "\xff"} {
			p := strings.Repeat(fill, n)
			w.add(raw(0x89, p)+" "+bye, "pong:"+p+" close:1000 END")
			w.add(raw(0x8A, p)+" "+bye, "close:1000 END")
		}
	}
	w.add(strings.Repeat("ping:x ", 10)+bye, strings.Repeat("pong:x ", 10)+"close:1000 END")
	w.add("ping:1 t:a ping:2 pong:no t:b ping:3 "+bye, "pong:1 t:a pong:2 t:b pong:3 close:1000 END")

	w.in("RFC 6455, 5.5.1 and 7: closing")
	w.add("close", "close END")
	w.add("close t:a ping:b close", "close END")
	w.add("t:a close:1000 t:b", "t:a close:1000 END")
	w.add(raw(0x88, "\x03"), fault)
	for _, reason := range []string{"", "a", "Sch\u00f6n", strings.Repeat("x", 123), "\U0001D11E"} {
		w.add("close:1000:"+strings.ReplaceAll(reason, " ", "_"), "close:1000 END")
	}
	for _, reason := range []string{"\xff", "a\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc3"} {
		w.add("close:1000:"+reason, notText)
	}

	w.in("RFC 6455, 7.4: close codes")
	for _, code := range []int{1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4999} {
		w.add(fmt.Sprintf("close:%d:why", code), fmt.Sprintf("close:%d END", code))
	}
	for _, code := range []int{0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535} {
		w.add(fmt.Sprintf("close:%d:why", code), fault)
		w.add(fmt.Sprintf("close:%d", code), fault)
	}

	w.in("RFC 6455, 8.1: valid UTF-8")
	for _, text := range utf8Good {
		w.add("t:"+text+" "+bye, "t:"+text+" close:1000 END")
		for i := range len(text) + 1 { // a fragment may end in the middle of a character
			w.add("t-:"+text[:i]+" c:"+text[i:]+" "+bye, "t:"+text+" close:1000 END")
		}
	}
	w.in("RFC 6455, 8.1: invalid UTF-8")
	for _, text := range utf8Bad {
		w.add("t:"+text+" "+bye, notText)
		w.add("b:"+text+" "+bye, "b:"+text+" close:1000 END")
		for i := range len(text) + 1 {
			w.add("t-:"+text[:i]+" c:"+text[i:]+" "+bye, notText)
		}
		w.add("t:ok t:"+text, "t:ok "+notText)
	}
	w.in("RFC 6455, 8.1: a fault is told before the message ends")
	for _, text := range utf8Bad {
		if failsEarly(text) {
			w.add("t-:"+text, notText)
		}
	}

	w.in("the limit of a message (Tornado: websocket_max_message_size)")
	limit := strings.Repeat("m", conformanceLimit)
	w.add("b:"+limit+" "+bye, "b:"+limit+" close:1000 END")
	w.add("b-:"+limit[1:]+" c:x "+bye, "b:"+limit[1:]+"x close:1000 END")
	w.add("b:"+limit+"x", tooLarge)
	w.add("b-:"+limit+" c:x", tooLarge)
	w.add("b-:"+limit+" c-:x", tooLarge)
	w.add("b-:"+limit+" c: "+bye, "b:"+limit+" close:1000 END")
	return w.cases
}

// shut matches a close frame for a fault with its reason. The reason is text for people, so the
// tests do not compare it.
var shut = regexp.MustCompile(`(close:100[279]):[^ ].* END`)

// utf8Good and utf8Bad have an example of each kind of valid and invalid text. The invalid ones
// have no space and no underscore, which the notation of frames uses.
var (
	utf8Good = []string{"\u03ba\u1f79\u03c3\u03bc\u03b5", "\x00", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\ufeffa",
		"\U00010000", "\U0010ffff", "a\u00e9\u20ac\U0001D11E!"}
	utf8Bad = []string{"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc3(", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xe2\x82", "\xe2\x82(", "\xed\xa0\x80", "\xed\xbf\xbf",
		"\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff", "\u03ba\xed\xa0\x80ed",
		"good\xc0\xafbad"}
)

// failsEarly reports whether no continuation can make text valid UTF-8.
func failsEarly(text string) bool {
	switch text {
	case "\xc2", "\xe2\x82", "\xf0\x9f\x98":
		return false
	}
	return true
}

const conformanceLimit = 1 << 20

func TestConformanceToRFC6455(t *testing.T) {
	cases := suite6455()
	if len(cases) < 250 {
		t.Fatalf("%d cases", len(cases))
	}
	runSuite(t, cases, func(s *server) *client { return s.connect("/ws") }, func(t testing.TB) (*server, *notes) {
		return serveProbe(t, probe{max: conformanceLimit})
	})
}

// runSuite runs each case twice: as one write, and in pieces. The pieces are single bytes; those
// of a long case have a prime size.
func runSuite(t *testing.T, cases []conformance, connect func(*server) *client, serve func(testing.TB) (*server, *notes)) {
	t.Helper()
	s, n := serve(t)
	t.Logf("%d cases", len(cases))
	for i, tt := range cases {
		sent := frames(tt.sent)
		for _, piece := range []int{len(sent) + 1, max(1, len(sent)/500)} {
			s.do(func() { n.events = nil })
			c := connect(s)
			pieces(c, sent, piece)
			got := shut.ReplaceAllString(c.reads(), "$1 END")
			if got != tt.heard {
				t.Errorf("%s: case %d in pieces of %d: %.200q\n got %.200q\nwant %.200q", tt.section, i, piece, tt.sent, got, tt.heard)
			}
			c.Close()
			select {
			case <-n.closed:
			case <-time.After(looptest.Patience):
				t.Fatalf("%s: case %d: OnClose did not run", tt.section, i)
			}
		}
	}
}

// pieces sends text in writes of size bytes, and reads nothing meanwhile.
func pieces(c *client, sent string, size int) {
	for len(sent) > 0 {
		n := min(size, len(sent))
		if _, err := c.Conn.Write([]byte(sent[:n])); err != nil {
			return // the server has heard enough
		}
		sent = sent[n:]
	}
}

// suite7692 returns the cases for RFC 7692, section 7.2. The server under test echoes messages;
// compression is agreed on, with context takeover in both directions.
func suite7692() []conformance {
	w := &sectionWriter{}
	w.in("RFC 7692, 7.2.3: examples")
	for _, hello := range []string{
		"f248cdc9c90700",             // one block
		"000500faff48656c6c6f00",     // not compressed
		"f348cdc9c9070000",           // BFINAL, then a padding block
		"f24805000000ffffcac9c90700", // two blocks
	} {
		w.add("ht:"+hello+" "+bye, "zt:Hello close:1000 END")
	}

	w.add("ht:f248cdc9c90700 ht:f200110000 "+bye, "zt:Hello zt:Hello close:1000 END") // the second refers to the first

	w.in("RFC 7692, 6: fragments and control frames")
	w.add(raw(0x41, "\xf2\x48\xcd")+" hc:c9c90700 "+bye, "zt:Hello close:1000 END")
	w.add(raw(0x41, "")+" hc:f248cdc9c90700 "+bye, "zt:Hello close:1000 END")
	w.add(raw(0x41, "\xf2\x48\xcd")+" ping:p hc:c9c90700 "+bye, "pong:p zt:Hello close:1000 END")
	w.add(raw(0x41, "\xf2\x48\xcd")+" "+raw(0xC0, "\xc9\xc9\x07\x00")+" "+bye, fault)
	w.add("t-:a "+raw(0xC0, "\xc9\xc9\x07\x00")+" "+bye, fault)
	for _, first := range []byte{0xC9, 0xCA, 0xC8, 0x49} {
		w.add(raw(first, "")+" "+bye, fault)
	}
	for rsv := byte(1); rsv < 8; rsv++ {
		if rsv != 4 {
			w.add(raw(0x81|rsv<<4, "a")+" "+bye, fault)
			w.add("t-:a "+raw(0x80|rsv<<4, "a")+" "+bye, fault)
		}
	}
	w.add("t:plain zt:packed b:plain zb:packed "+bye, "zt:plain zt:packed zb:plain zb:packed close:1000 END")

	w.in("RFC 7692, 7.2.2: what cannot be inflated")
	for _, payload := range []string{"ff", "0600", "f248cdc9c9", "000500faff4865", "ffffffff", "07", "f2488d"} {
		w.add("ht:"+payload+" "+bye, brokenHeard(payload))
	}
	w.in("RFC 7692: text is UTF-8 once it is inflated")
	for _, text := range utf8Bad {
		w.add("zt:"+text+" "+bye, notText)
		w.add("zb:"+text+" "+bye, "zb:"+text+" close:1000 END")
	}
	for _, text := range utf8Good {
		w.add("zt:"+text+" "+bye, "zt:"+text+" close:1000 END")
	}
	w.in("sizes, empty and huge")
	for _, n := range []int{0, 1, 100, 32767, 32768, 32769, 65536, 1 << 20} {
		text := strings.Repeat("abcdefg", n/7+1)[:n]
		w.add("zt:"+text+" zb:"+text+" "+bye, "zt:"+text+" zb:"+text+" close:1000 END")
	}
	w.in("the limit is for the decompressed message")
	w.add("zb:"+strings.Repeat("m", conformanceLimit)+" "+bye, "zb:"+strings.Repeat("m", conformanceLimit)+" close:1000 END")
	w.add("zb:"+strings.Repeat("m", conformanceLimit+1), tooLarge)
	w.add("zb:"+strings.Repeat("m", 64<<20), tooLarge)
	return w.cases
}

// brokenHeard returns the frames that the server must send for a compressed payload. It asks
// compress/flate whether the payload is broken, or only ends where the tail completes it.
func brokenHeard(payload string) string {
	var b bytes.Buffer
	r := flate.NewReader(strings.NewReader(unhexed(payload) + "\x00\x00\xff\xff\x01\x00\x00\xff\xff"))
	if _, err := b.ReadFrom(r); err != nil {
		return notText
	}
	return "zt:" + b.String() + " close:1000 END"
}

func TestConformanceToRFC7692(t *testing.T) {
	runSuite(t, suite7692(), func(s *server) *client {
		c, _ := s.offering("permessage-deflate")
		return c
	}, func(t testing.TB) (*server, *notes) {
		return serveCompressing(t, probe{max: conformanceLimit}, websocket.CompressionOptions{ClientWindowBits: 15})
	})
}

// Each row is an offer and its response (RFC 7692, sections 5 and 7.1). "" means no extension.
func TestConformanceOfOffers(t *testing.T) {
	s, _ := serveCompressing(t, probe{}, websocket.CompressionOptions{})
	for _, tt := range []struct{ offer, answer string }{
		{"permessage-deflate", "ok"},
		{"PERMESSAGE-deflate", ""},
		{" permessage-deflate ", "ok"},
		{"permessage-deflate; server_no_context_takeover", "server_no_context_takeover"},
		{"permessage-deflate; client_no_context_takeover", "client_no_context_takeover"},
		{"permessage-deflate; server_max_window_bits=15", "ok"},
		{"permessage-deflate; server_max_window_bits=9", "server_max_window_bits=9"},
		{"permessage-deflate; server_max_window_bits=\"10\"", "server_max_window_bits=10"},
		{"permessage-deflate; client_max_window_bits", "client_max_window_bits"},
		{"permessage-deflate; client_max_window_bits=10", "client_max_window_bits=10"},
		{"permessage-deflate; client_max_window_bits=8", "ok"},
		{"permessage-deflate; server_no_context_takeover=1", ""},
		{"permessage-deflate; client_no_context_takeover=x", ""},
		{"permessage-deflate; server_max_window_bits", ""},
		{"permessage-deflate; server_max_window_bits=7", ""},
		{"permessage-deflate; server_max_window_bits=16", ""},
		{"permessage-deflate; server_max_window_bits=010", ""},
		{"permessage-deflate; server_max_window_bits=-9", ""},
		{"permessage-deflate; server_max_window_bits=+9", ""},
		{"permessage-deflate; server_max_window_bits=9.0", ""},
		{"permessage-deflate; server_max_window_bits=", ""},
		{"permessage-deflate; client_max_window_bits=16", ""},
		{"permessage-deflate; client_max_window_bits=7", ""},
		{"permessage-deflate; unknown", ""},
		{"permessage-deflate; unknown=1", ""},
		{"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
		{"permessage-deflate; server_max_window_bits=9; server_max_window_bits=9", ""},
		{"permessage-deflate; unknown, permessage-deflate", "ok"},
		{"permessage-deflate; server_max_window_bits=7, permessage-deflate; server_max_window_bits=9", "server_max_window_bits=9"},
		{"foo; bar=\"b\", permessage-deflate", "ok"},
		{"foo; bar=\"a,b\", permessage-deflate", ""},
		{"permessage-deflate2", ""},
		{"x-webkit-deflate-frame", ""},
		{"permessage-bzip2", ""},
		{"", ""},
		{",", ""},
		{";", ""},
	} {
		c, answer := s.offering(tt.offer)
		agreed := strings.HasPrefix(answer, "permessage-deflate")
		if agreed != (tt.answer != "") || tt.answer != "ok" && !strings.Contains(answer, tt.answer) {
			t.Errorf("%s: answer %q, want %q", tt.offer, answer, tt.answer)
		}
		c.write(frames("t:Hello " + bye))
		want := "t:Hello close:1000 END"
		if agreed {
			want = "z" + want
		}
		if got := c.reads(); got != want {
			t.Errorf("%s: got %s, want %s", tt.offer, got, want)
		}
	}
}

// Opening handshakes, RFC 6455, section 4.2.1, with the exact status of each.
func TestConformanceOfHandshakes(t *testing.T) {
	s, _ := serveProbe(t, probe{})
	const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
	for _, tt := range []struct {
		name, head string
		status     int
	}{
		{"as it should be", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key, 101},
		{"any case", "upgrade: WebSocket\r\nconnection: UPGRADE\r\nsec-websocket-version: 13\r\n" + key, 101},
		{"a list in Connection", "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key, 101},
		{"two Connection lines", "Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key, 101},
		{"version 8", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n" + key, 101},
		{"version 7", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\n" + key, 101},
		{"own origin", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: http://example.com\r\n" + key, 101},
		{"no Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key, 400},
		{"another Upgrade", "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" + key, 400},
		{"no Connection", "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" + key, 400},
		{"another Connection", "Upgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Version: 13\r\n" + key, 400},
		{"no version", "Upgrade: websocket\r\nConnection: Upgrade\r\n" + key, 426},
		{"version 0", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 0\r\n" + key, 426},
		{"version 9", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 9\r\n" + key, 426},
		{"version 14", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 14\r\n" + key, 426},
		{"version 013", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 013\r\n" + key, 426},
		{"two versions", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13, 8\r\n" + key, 426},
		{"no key", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n", 400},
		{"empty key", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key:\r\n", 400},
		{"foreign origin", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: http://evil.example\r\n" + key, 403},
		{"null origin", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: null\r\n" + key, 403},
		{"subdomain", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: http://a.example.com\r\n" + key, 403},
	} {
		c := s.dial()
		c.write("GET /ws HTTP/1.1\r\nHost: example.com\r\n" + tt.head + "\r\n")
		head := c.head()
		if want := fmt.Sprintf("HTTP/1.1 %d ", tt.status); !strings.HasPrefix(head, want) {
			t.Errorf("%s: got %q, want %d", tt.name, head, tt.status)
		}
		if named := strings.Contains(head, "Sec-Websocket-Version: 7, 8, 13"); named != (tt.status == 426) {
			t.Errorf("%s: %q", tt.name, head)
		}
		c.Close()
	}
	for method, status := range map[string]int{"POST": 405, "HEAD": 405, "PUT": 405} {
		c := s.dial()
		c.write(strings.Replace(hello("/ws"), "GET", method, 1))
		if head := c.head(); !strings.HasPrefix(head, fmt.Sprintf("HTTP/1.1 %d ", status)) {
			t.Errorf("%s: got %q, want %d", method, head, status)
		}
	}
}
