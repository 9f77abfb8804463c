package load

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"

	"github.com/gorilla/websocket"
)

// A libraryConn is a WebSocket of a client library, for the modes that only Hold supports. They
// measure the server's memory, so the speed of the client does not matter.
type libraryConn struct {
	*websocket.Conn
	message []byte
}

func dialLibrary(o Options, id int) (*libraryConn, error) {
	library := websocket.Dialer{
		EnableCompression: o.Mode == WSDeflate,
		NetDialContext:    dialer().DialContext,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		ReadBufferSize:    512,
		WriteBufferSize:   512,
	}
	scheme := "ws://"
	if o.Mode == WSS {
		scheme = "wss://"
	}
	c, response, err := library.Dial(scheme+net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))+"/ws", http.Header{})
	if err != nil {
		return nil, err
	}
	if o.Mode == WSDeflate && response.Header.Get("Sec-Websocket-Extensions") == "" {
		c.Close()
		return nil, fmt.Errorf("load: the server does not agree on compression")
	}
	return &libraryConn{c, randomBytes(rand.New(rand.NewPCG(uint64(id), 0)), o.Size)}, nil
}

func (c *libraryConn) exchange([]byte) error {
	if err := c.WriteMessage(websocket.BinaryMessage, c.message); err != nil {
		return err
	}
	_, echo, err := c.ReadMessage()
	if err == nil && !bytes.Equal(echo, c.message) {
		err = fmt.Errorf("load: an echo of %d bytes for a message of %d", len(echo), len(c.message))
	}
	return err
}

func (c *libraryConn) close() { c.Close() }
