package websocket

import (
	"cmp"
	"compress/flate"
	"fmt"
)

// CompressionOptions turn on the compression of messages (permessage-deflate, RFC
// 7692) for clients that offer it. The zero value is a good choice: it holds no memory
// for a connection that has been quiet, and at most 4 KiB for one that has not. Values out
// of their range panic on a server, and are an error of [Connect].
type CompressionOptions struct {
	// Level is that of compress/flate: 1 is fast, 9 small; 0 means 6.
	// Tornado: compression_level.
	Level int

	// ClientWindowBits bounds how far a client's messages may refer back to what it sent
	// before: 8 to 15, for 1<<8 to 1<<15 bytes. A connection holds that much of what was
	// sent for as long as it is open. 0 means 12; with a negative number, every client is
	// asked to compress each message by itself, and nothing is held. So is, unless the
	// number is 15, a client that does not let the server choose. (A Tornado client lets
	// the server choose. It does not hear a negative number.)
	ClientWindowBits int
}

// withDefaults is the only place a default is written.
func (o CompressionOptions) withDefaults() CompressionOptions {
	return CompressionOptions{cmp.Or(o.Level, 6), cmp.Or(o.ClientWindowBits, 12)}
}

// check finds the mistake of a program.
func (o CompressionOptions) check() error {
	switch {
	case o.Level < flate.BestSpeed || o.Level > flate.BestCompression:
		return fmt.Errorf("websocket: CompressionOptions.Level is 1 to 9, or 0 for 6, not %d", o.Level)
	case o.ClientWindowBits >= 0 && (o.ClientWindowBits < minWindowBits || o.ClientWindowBits > maxWindowBits):
		return fmt.Errorf("websocket: CompressionOptions.ClientWindowBits is 8 to 15, 0 for 12, or negative, not %d",
			o.ClientWindowBits)
	}
	return nil
}
