package main

import (
	"bufio"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const patience = time.Minute // limit for steps that are fast on an idle machine

// A wsClient is a minimal WebSocket client (RFC 6455). It does not support fragmented messages.
type wsClient struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// A frame is a frame from the server.
type frame struct {
	opcode  byte
	payload string
}

const (
	opText  = 1
	opClose = 8
)

// dial opens a WebSocket, which is closed at the end of the test.
func dial(t *testing.T, s *testServer, path string) *wsClient {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nOrigin: http://%s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", path, s.address, s.address)
	in := bufio.NewReader(conn)
	answer, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, 101, answer.StatusCode)
	require.Equal(t, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer.Header.Get("Sec-WebSocket-Accept"))
	return &wsClient{t, conn, in}
}

// send sends one frame, masked as a client must.
func (c *wsClient) send(opcode byte, payload string) {
	c.t.Helper()
	b := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	var key [4]byte
	rand.Read(key[:])
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	_, err := c.conn.Write(b)
	require.NoError(c.t, err)
}

func (c *wsClient) read() frame {
	c.t.Helper()
	var head [2]byte
	_, err := io.ReadFull(c.in, head[:])
	require.NoError(c.t, err)
	require.Zero(c.t, head[1]&0x80, "a server's frame is masked")
	n := uint64(head[1])
	switch n {
	case 126:
		var short uint16
		err = binary.Read(c.in, binary.BigEndian, &short)
		n = uint64(short)
	case 127:
		err = binary.Read(c.in, binary.BigEndian, &n)
	}
	require.NoError(c.t, err)
	payload := make([]byte, n)
	_, err = io.ReadFull(c.in, payload)
	require.NoError(c.t, err)
	return frame{head[0] & 0x0f, string(payload)}
}

// A chatEvent is any message from the chat.
type chatEvent struct {
	Type, Room, You, Name, Text, To, Error string
	At                                     int64
	Online                                 []string
	History                                []chatEvent
}

// event reads one text message of the chat.
func (c *wsClient) event() chatEvent {
	c.t.Helper()
	f := c.read()
	require.EqualValues(c.t, opText, f.opcode, "payload %q", f.payload)
	var e chatEvent
	require.NoError(c.t, json.Unmarshal([]byte(f.payload), &e))
	return e
}

// expect reads one message of the chat, and checks its kind and its text or name.
func (c *wsClient) expect(kind, text string) chatEvent {
	c.t.Helper()
	e := c.event()
	got := e.Text
	switch e.Type {
	case "join", "leave":
		got = e.Name
	case "name":
		got = e.Name + " -> " + e.To
	case "welcome":
		got = e.You
	case "error":
		got = e.Error
	}
	if e.Type != kind || got != text {
		c.t.Fatalf("got %s %q, want %s %q", e.Type, got, kind, text)
	}
	return e
}

func (c *wsClient) say(text string) {
	c.t.Helper()
	c.sendJSON(chatRequest{Type: "say", Text: text})
}

func (c *wsClient) sendJSON(v any) {
	c.t.Helper()
	text, err := json.Marshal(v)
	require.NoError(c.t, err)
	c.send(opText, string(text))
}
