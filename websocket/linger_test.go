package websocket_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/websocket"
)

// A client that is still sending a message above the limit receives the close frame and the end
// of the connection, and no reset.
func TestAPeerReadsTheCloseFrameOfItsFault(t *testing.T) { // ws-32, RFC 6455 7.1.1
	for _, tt := range []struct{ name, sent, want string }{
		{"1009", "\x82\xff\x00\x00\x00\x00\x7f\x00\x00\x00\x00\x00\x00\x00", "close:1009:message too big"},
		{"1002", "\x83\xff\x00\x00\x00\x00\x7f\x00\x00\x00\x00\x00\x00\x00", "close:1002"},
	} {
		for range 5 {
			s, n := serveStillProbe(t, probe{})
			c := s.connect("/ws")
			c.write(tt.sent + strings.Repeat("x", 4<<20))
			if got := c.read(); !strings.HasPrefix(got, tt.want) {
				t.Fatalf("%s: got %s, want %s", tt.name, got, tt.want)
			}
			if _, err := c.r.ReadByte(); err != io.EOF {
				t.Fatalf("%s: then %v, want EOF", tt.name, err)
			}
			c.Close()
			s.waitClosed(n)
		}
	}
}

// The server closes the connection after a second if the peer goes on sending.
func TestLingeringIsBounded(t *testing.T) {
	s, n := serveProbe(t, probe{})
	c := s.connect("/ws")
	began := time.Now()
	c.write("\x83\x80\x00\x00\x00\x00")
	go func() {
		for {
			if _, err := c.Conn.Write(make([]byte, 1<<10)); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	s.waitClosed(n)
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("closed after %v", took)
	}
}

// The server closes the connection after 16 MiB, before the second has passed, if the peer sends
// fast.
func TestLingeringIsBoundedInBytes(t *testing.T) {
	s, n := serveStillProbe(t, probe{})
	c := s.connect("/ws")
	c.write("\x83\x80\x00\x00\x00\x00")
	sent, chunk := 0, make([]byte, 64<<10)
	for {
		written, err := c.Conn.Write(chunk)
		if sent += written; err != nil {
			break
		}
	}
	s.waitClosed(n)
	const inKernel = 16 << 20 // bytes that the buffers of both sockets may hold in addition to those that were read
	if sent < 16<<20 || sent > 16<<20+inKernel {
		t.Errorf("the peer was cut after %d bytes", sent)
	}
}

// MaxMessageSize limits the decompressed message. A message of exactly that size arrives,
// although its compressed frame is longer.
func TestTheLimitIsForTheDecompressedMessage(t *testing.T) { // ws-33
	message := make([]byte, 1000)
	rand.NewChaCha8([32]byte{1}).Read(message)
	frame := compressed(string(message))
	require.Greater(t, len(frame), len(message))
	for _, tt := range []struct {
		max  int
		want string
	}{{1000, "zb"}, {999, "close"}} {
		s, _ := serveCompressing(t, probe{max: tt.max}, websocket.CompressionOptions{})
		for name, sent := range map[string]string{
			"one frame": string(appendFrame(nil, 0xC2, frame)),
			"fragments": string(appendFrame(appendFrame(nil, 0x42, frame[:500]), 0x80, frame[500:])),
		} {
			c, _ := s.offering("permessage-deflate")
			c.write(sent)
			if got, _, _ := strings.Cut(c.read(), ":"); got != tt.want {
				t.Errorf("limit %d, %s: got %s, want %s", tt.max, name, got, tt.want)
			}
		}
		c, _ := s.offering("permessage-deflate")
		c.write(string(appendFrame(nil, 0xC2, string(bytes.Repeat([]byte{'x'}, 2000)))))
		if got := c.read(); got != "close:1009:message too big" {
			t.Errorf("limit %d, a frame of twice as many bytes: got %s", tt.max, got)
		}
	}
}
