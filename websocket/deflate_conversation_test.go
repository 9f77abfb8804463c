package websocket_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A compressing probe wants compression.
type compressing struct {
	probe
	options websocket.CompressionOptions
}

func (h *compressing) GetCompressionOptions() *websocket.CompressionOptions { return &h.options }

func serveCompressing(t testing.TB, p probe, o websocket.CompressionOptions) (*server, *notes) {
	t.Helper()
	p.notes = newNotes()
	return serve(t, web.URL("/ws", compressing{p, o})), p.notes
}

// compressed returns a message in the form of RFC 7692, section 7.2.1. It uses only
// compress/flate.
func compressed(message string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	io.WriteString(w, message)
	w.Flush()
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
}

// inflate decompresses a payload, which may refer to earlier messages.
func (c *client) inflate(payload []byte) string {
	const tail = "\x00\x00\xff\xff\x01\x00\x00\xff\xff"
	message, err := io.ReadAll(flate.NewReaderDict(strings.NewReader(string(payload)+tail), []byte(c.heard)))
	if err != nil {
		return "! " + err.Error()
	}
	c.heard += string(message)
	c.heard = c.heard[max(0, len(c.heard)-1<<15):]
	return string(message)
}

var extensions = regexp.MustCompile(`Sec-Websocket-Extensions: ([^\r]*)\r\n`)

// offering makes the opening handshake with an offer and returns the response to the offer.
func (s *server) offering(offer string) (c *client, response string) {
	s.t.Helper()
	c = s.dial()
	c.write(hello("/ws", "Sec-WebSocket-Extensions: "+offer))
	head := c.head()
	if !strings.HasPrefix(head, "HTTP/1.1 101 ") {
		s.t.Fatalf("%s: no 101: %q", offer, head)
	}
	if m := extensions.FindStringSubmatch(head); m != nil {
		response = m[1]
	}
	return c, response
}

func TestCompressionIsNegotiated(t *testing.T) {
	for _, tt := range []struct{ name, offer, answer, echo string }{
		{"ws-19 offered", "permessage-deflate", "permessage-deflate; client_no_context_takeover", "zt:Hello"},
		{"ws-19 second of two", "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits",
			"permessage-deflate; client_max_window_bits=12", "zt:Hello"},
		{"ws-19 not offered", "x-webkit-deflate-frame", "", "t:Hello"},
		{"ws-21 not acceptable", "permessage-deflate; server_max_window_bits=7", "", "t:Hello"},
		{"in two headers", "foo\r\nSec-WebSocket-Extensions: permessage-deflate", "permessage-deflate; client_no_context_takeover", "zt:Hello"},
	} {
		s, n := serveCompressing(t, probe{}, websocket.CompressionOptions{})
		c, answer := s.offering(tt.offer)
		if answer != tt.answer {
			t.Errorf("%s: answer %q, want %q", tt.name, answer, tt.answer)
		}
		c.write(frames("t:Hello close"))
		if got, want := c.reads(), tt.echo+" close END"; got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
		s.waitClosed(n)
	}
}

func TestCompressionIsOffByDefault(t *testing.T) { // ws-19
	s, _ := serveProbe(t, probe{})
	c, answer := s.offering("permessage-deflate")
	c.write(frames("t:Hello close"))
	if got := c.reads(); answer != "" || got != "t:Hello close END" {
		t.Errorf("answer %q, echo %s", answer, got)
	}
	c, _ = s.offering("permessage-deflate")
	c.write(frames("zt:Hello"))
	if got := c.reads(); !strings.HasPrefix(got, "close:1002:") {
		t.Errorf("got %s", got)
	}
}

func TestExtensionsStandWhereTornadoHasThem(t *testing.T) { // ws-11
	s, _ := serveCompressing(t, probe{subprotocol: func([]string) string { return "chat" }}, websocket.CompressionOptions{})
	c := s.dial()
	c.write(hello("/ws", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Extensions: permessage-deflate"))
	head := c.head()
	order := regexp.MustCompile(`(?s)Sec-Websocket-Protocol: .*Sec-Websocket-Extensions: .*Upgrade: .*Connection: .*Sec-Websocket-Accept: `)
	if !order.MatchString(head) {
		t.Errorf("head %q", head)
	}
}

func TestAWrongLevelIsSaid(t *testing.T) {
	s, n := serveCompressing(t, probe{}, websocket.CompressionOptions{Level: 10})
	c := s.dial()
	c.write(hello("/ws", "Sec-WebSocket-Extensions: permessage-deflate"))
	if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 500 ") {
		t.Errorf("got %q", got)
	}
	s.wantStory(n, "logged")
}

// Each row is a conversation as in TestConversations, with compression. A message may have 16
// bytes.
func TestCompressedConversations(t *testing.T) {
	const hel, lo = "f248cd", "c9c90700" // "Hello" in two
	for _, tt := range []struct{ name, sent, heard, story string }{
		{"ws-23 text", "zt:Hello close", "zt:Hello close END", "t:Hello lost closed(0,)"},
		{"ws-23 binary", "zb:Hello close", "zb:Hello close END", "b:Hello lost closed(0,)"},
		{"ws-23 empty", "zt: zb: t: close", "zt: zb: zt: close END", "t: b: t: lost closed(0,)"},
		{"not compressed", "t:Hello b:Hello close", "zt:Hello zb:Hello close END", "t:Hello b:Hello lost closed(0,)"},
		{"ws-23 control frames are not", "ping:x close:1000:bye", "pong:x close:1000 END", "ping:x lost closed(1000,bye)"},
		{"ws-24 no bytes at all", "ht: close", "zt: close END", "t: lost closed(0,)"},
		{"fragments", "ht-:" + hel + " hc:" + lo + " close", "zt:Hello close END", "t:Hello lost closed(0,)"},
		{"ws-27 ping between fragments", "ht-:" + hel + " ping:x hc-: pong:y hc:" + lo + " close",
			"pong:x zt:Hello close END", "ping:x pong:y t:Hello lost closed(0,)"},
		{"7.2.3.4 last block", "ht:f348cdc9c9070000 close", "zt:Hello close END", "t:Hello lost closed(0,)"},

		{"ws-27 corrupt", "t:a ht:06 t:b", "zt:a close:1007 END", "t:a lost closed(0,)"},
		{"ws-27 corrupt in fragments", "ht-:06 hc:00", "close:1007 END", "lost closed(0,)"},
		{"not UTF-8", "zt:\xff", "close:1007 END", "lost closed(0,)"},
		{"not UTF-8 but binary", "zb:\xff close", "zb:\xff close END", "b:\xff lost closed(0,)"},
		{"ws-33 exactly the maximum", "zt:aaaaaaaaaaaaaaaa close", "zt:aaaaaaaaaaaaaaaa close END", "t:aaaaaaaaaaaaaaaa lost closed(0,)"},
		{"ws-26 one above", "zt:aaaaaaaaaaaaaaaaa t:b", "close:1009:message too big after decompression END", "lost closed(0,)"},
		{"ws-32 too big compressed", "x:c1d300000000", "close:1009:message too big END", "lost closed(0,)"},
		{"ws-27 RSV1 on a ping", "x:c98000000000", "close:1002 END", "lost closed(0,)"},
		{"RSV1 on a close frame", "x:c88000000000", "close:1002 END", "lost closed(0,)"},
		{"RSV1 on a continuation", "ht-:" + hel + " x:c08000000000", "close:1002 END", "lost closed(0,)"},
		{"RSV2", "x:a18000000000", "close:1002 END", "lost closed(0,)"},
		{"referring to nothing", "zt:Hello ht:f200110000", "zt:Hello close:1007 END", "t:Hello lost closed(0,)"}, // takeover was declined
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveCompressing(t, probe{max: 16}, websocket.CompressionOptions{ClientWindowBits: -1})
			c, _ := s.offering("permessage-deflate")
			c.write(frames(tt.sent))
			got := reasonless.ReplaceAllString(c.reads(), "$1 END")
			c.Close() // the server would linger for a second after a fault if the client stayed
			if got != tt.heard {
				t.Errorf("the client heard %q, want %q", got, tt.heard)
			}
			s.waitClosed(n)
			s.wantStory(n, "open() "+tt.story)
		})
	}
}

// Each direction keeps its context between messages, unless the handshake has ruled that out
// (ws-25).
func TestContextTakeover(t *testing.T) {
	const first, second = "ht:f248cdc9c90700 ", "ht:f200110000 " // the second refers to the first
	text := strings.Repeat("Hello, all of you who are there! ", 30)
	for _, tt := range []struct {
		name, offer string
		bits        int
		heard       string // of the client's messages
		refers      bool   // the server, to what it sent before
	}{
		{"both", "permessage-deflate; client_max_window_bits", 0, "zt:Hello zt:Hello close END", true},
		{"both, 15 bits", "permessage-deflate", 15, "zt:Hello zt:Hello close END", true},
		{"not the client", "permessage-deflate; client_no_context_takeover", 15, "zt:Hello close:1007 END", true},
		{"not the server", "permessage-deflate; client_max_window_bits; server_no_context_takeover", 0, "zt:Hello zt:Hello close END", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveCompressing(t, probe{}, websocket.CompressionOptions{ClientWindowBits: tt.bits})
			c, _ := s.offering(tt.offer)
			c.write(frames(first + second + "close"))
			got := reasonless.ReplaceAllString(c.reads(), "$1 END")
			c.Close() // the server would linger for a second after a fault if the client stayed
			if got != tt.heard {
				t.Errorf("the client heard %s, want %s", got, tt.heard)
			}
			s.waitClosed(n)

			c, _ = s.offering(tt.offer)
			var sizes [2]int
			for i := range sizes {
				c.write(frames("t:" + strings.ReplaceAll(text, " ", "_")))
				h, err := c.r.Peek(2)
				require.NoError(t, err)
				sizes[i] = int(h[1])
				if got := c.read(); got != "zt:"+text {
					t.Errorf("echo %q", got)
				}
			}
			if refers := sizes[1] < sizes[0]; refers != tt.refers {
				t.Errorf("the same message took %d bytes, then %d", sizes[0], sizes[1])
			}
		})
	}
}

// A connection releases the loop's memory for compression at its end.
func TestContextsAreGivenBack(t *testing.T) {
	s, n := serveCompressing(t, probe{}, websocket.CompressionOptions{})
	c, _ := s.offering("permessage-deflate")
	c.write(frames("t:x"))
	c.read()
	inUse := func() (used int) {
		s.do(func() { used = websocket.DeflateContextsInUse(s.loop, 6) })
		return used
	}
	if used := inUse(); used != 1 {
		t.Errorf("%d contexts for a connection", used)
	}
	c.Close()
	s.waitClosed(n)
	if used := inUse(); used != 0 {
		t.Errorf("%d contexts for none", used)
	}
}

// Large messages of one turn each have their own memory, which stays unchanged until they are
// sent.
func TestLargeCompressedMessagesInOneTurn(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var messages []string
	for range 3 {
		noise := make([]byte, 50<<10)
		for i := range noise {
			noise[i] = byte('0' + random.IntN(70))
		}
		messages = append(messages, string(noise))
	}
	s, _ := serveCompressing(t, probe{message: func(h *probe, _ string) (err error) {
		for _, m := range messages {
			err = errors.Join(err, h.WriteMessage(websocket.Text(m)))
		}
		return err
	}}, websocket.CompressionOptions{})
	c, _ := s.offering("permessage-deflate")
	c.write(frames("t:x"))
	for i, m := range messages {
		if got := c.read(); got != "zt:"+m {
			t.Errorf("message %d arrived as %.50q", i, got)
		}
	}
}

func TestLargeCompressedMessages(t *testing.T) {
	s, n := serveCompressing(t, probe{}, websocket.CompressionOptions{})
	c, _ := s.offering("permessage-deflate; server_max_window_bits=10")
	var b strings.Builder
	for i := range 100000 {
		b.WriteString(string(rune('0' + i*i%77)))
	}
	text := b.String()
	for range 3 {
		go c.write(frames("zt:" + text))
		if got := c.read(); got != "zt:"+text {
			t.Fatalf("echo of %d bytes: %.100q", len(got), got)
		}
	}
	c.write(frames("close"))
	c.reads()
	s.waitClosed(n)
}
