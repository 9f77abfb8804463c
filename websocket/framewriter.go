package websocket

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// send writes one frame to the stream. Messages are not fragmented. Up to refThreshold bytes of
// payload are copied. A larger payload must not change until it is sent. A client masks a copy.
func (p *protocol13) send(rsv byte, op opcode, payload []byte) {
	p.watchWriteTimeout()
	var key *[4]byte
	if p.isClient {
		k := newKey()
		key = &k
	}
	out, ref := appendFrame(p.stream.BeginWrite(), rsv, op, payload, key)
	p.stream.EndWriteRef(out, ref)
	p.pauseIfUnread()
}

// appendFrame appends a frame to dst. If payload has more than refThreshold bytes, only the
// header is appended, and ref returns the rest of the frame: payload, or a masked copy of it.
// key is nil on a server.
func appendFrame(dst []byte, rsv byte, op opcode, payload []byte, key *[4]byte) (out, ref []byte) {
	out = appendFrameHeader(dst, true, rsv, op, len(payload), key)
	large := len(payload) > refThreshold
	switch {
	case key == nil && large:
		return out, payload
	case key == nil:
		return append(out, payload...), nil
	}
	var masked []byte
	if large {
		ref = bytes.Clone(payload)
		masked = ref
	} else {
		start := len(out)
		out = append(out, payload...)
		masked = out[start:]
	}
	mask(masked, *key)
	return out, ref
}

// appendFrameHeader appends the shortest header for a payload of length bytes. key is nil on a
// server. A client masks the payload after it has appended it.
func appendFrameHeader(dst []byte, fin bool, rsv byte, op opcode, length int, key *[4]byte) []byte {
	first, second := rsv|byte(op), byte(0)
	if fin {
		first |= bitFIN
	}
	if key != nil {
		second = bitMask
	}
	switch {
	case length < len16:
		dst = append(dst, first, second|byte(length))
	case length <= maxLen16:
		dst = append(dst, first, second|len16)
		dst = binary.BigEndian.AppendUint16(dst, uint16(length))
	default:
		dst = append(dst, first, second|len64)
		dst = binary.BigEndian.AppendUint64(dst, uint64(length))
	}
	if key != nil {
		dst = append(dst, key[:]...)
	}
	return dst
}

// newKey returns a masking key. A script that chooses what the client sends must not be able to
// predict the key (RFC 6455, section 10.3). The source of math/rand/v2 is ChaCha8, seeded by
// the system.
func newKey() (key [4]byte) {
	binary.LittleEndian.PutUint32(key[:], rand.Uint32())
	return key
}
