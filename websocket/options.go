package websocket

import (
	"cmp"
	"compress/flate"
	"fmt"
)

// CompressionOptions configure the compression of messages (permessage-deflate, RFC 7692) for
// clients that offer it. The zero value is a good choice: a connection that has been quiet
// holds no memory for it, and an active one at most 4 KiB. Invalid options panic on a server,
// and are an error of [Connect].
type CompressionOptions struct {
	// Level is the level of compress/flate, from 1 (fast) to 9 (small); 0 means 6. Tornado:
	// compression_level.
	Level int

	// ClientWindowBits limits how far a client's message may refer back: 8 to 15, for 1<<8 to
	// 1<<15 bytes. The connection holds that many bytes of the client's data while it is open.
	// 0 means 12. A negative value asks every client to compress each message by itself, and
	// nothing is held. Except for 15, that is also asked of a client that does not let the
	// server choose. (A Tornado client lets the server choose, and ignores a negative value.)
	ClientWindowBits int
}

// withDefaults returns o with the defaults for zero fields.
func (o CompressionOptions) withDefaults() CompressionOptions {
	return CompressionOptions{cmp.Or(o.Level, 6), cmp.Or(o.ClientWindowBits, 12)}
}

// validate returns an error for values out of their range.
func (o CompressionOptions) validate() error {
	switch {
	case o.Level < flate.BestSpeed || o.Level > flate.BestCompression:
		return fmt.Errorf("websocket: CompressionOptions.Level is 1 to 9, or 0 for 6, not %d", o.Level)
	case o.ClientWindowBits >= 0 && (o.ClientWindowBits < minWindowBits || o.ClientWindowBits > maxWindowBits):
		return fmt.Errorf("websocket: CompressionOptions.ClientWindowBits is 8 to 15, 0 for 12, or negative, not %d",
			o.ClientWindowBits)
	}
	return nil
}
