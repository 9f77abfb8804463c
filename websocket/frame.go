package websocket

import (
	"encoding/binary"
	"math"
)

// An opcode is the kind of a frame (RFC 6455, section 5.2).
type opcode byte

const (
	opContinuation opcode = 0x0
	opText         opcode = 0x1
	opBinary       opcode = 0x2
	opClose        opcode = 0x8
	opPing         opcode = 0x9
	opPong         opcode = 0xA
)

func (o opcode) known() bool   { return o <= opBinary || o >= opClose && o <= opPong }
func (o opcode) control() bool { return o&0x8 != 0 }

// Bits of the first two bytes of a frame.
const (
	bitFIN   = 0x80
	bitsRSV  = 0x70
	bitRSV1  = 0x40 // the first frame of a compressed message (RFC 7692, section 6)
	bitMask  = 0x80
	bitsLen  = 0x7F
	bitsOp   = 0x0F
	len16    = 126 // the length follows in 2 bytes
	len64    = 127 // the length follows in 8 bytes
	maxLen16 = math.MaxUint16
)

// maxControlPayload is the maximal number of bytes in the payload of a control frame (section
// 5.5).
const maxControlPayload = 125

// maxFrameHeader is the size of the longest header: two bytes, a 64-bit length, and a key.
const maxFrameHeader = 14

// checkControlPayload checks the payload of a ping that a program sends.
func checkControlPayload(p []byte) error {
	if len(p) > maxControlPayload {
		return errControlPayload
	}
	return nil
}

// A frameHeader is a header of a frame (section 5.2).
type frameHeader struct {
	fin    bool
	rsv    byte // the reserved bits, at their place in the first byte
	opcode opcode
	masked bool
	key    [4]byte // zero if the frame is not masked
	length int64
}

// parseFrameHeader parses the header at the start of buf and returns its size n, or 0 if the
// header is incomplete. It accepts a length of a message in a longer form than necessary, as
// Tornado does, although section 5.2 forbids it.
func parseFrameHeader(buf []byte) (h frameHeader, n int, err error) {
	if len(buf) < 2 {
		return h, 0, nil
	}
	h.fin = buf[0]&bitFIN != 0
	h.rsv = buf[0] & bitsRSV
	h.opcode = opcode(buf[0] & bitsOp)
	h.masked = buf[1]&bitMask != 0
	short := buf[1] & bitsLen
	if h.opcode.control() && short > maxControlPayload {
		return frameHeader{}, 0, violation("frame header", errControlLength) // also in a longer form
	}
	n = headerSize(short, h.masked)
	if len(buf) < n {
		return frameHeader{}, 0, nil
	}
	switch short {
	case len16:
		h.length = int64(binary.BigEndian.Uint16(buf[2:]))
	case len64:
		h.length = int64(binary.BigEndian.Uint64(buf[2:]))
		if h.length < 0 {
			return frameHeader{}, 0, violation("frame header", errLength)
		}
	default:
		h.length = int64(short)
	}
	if h.masked {
		h.key = [4]byte(buf[n-4:])
	}
	return h, n, nil
}

// headerSize returns the size of a header. short is the length in its second byte.
func headerSize(short byte, masked bool) int {
	n := 2
	switch short {
	case len16:
		n += 2
	case len64:
		n += 8
	}
	if masked {
		n += 4
	}
	return n
}

// checkAlone checks h by itself; the rules about the frames before it are checked elsewhere. rsv
// has the reserved bits that an extension uses. They may be set in the first frame of a message
// only (RFC 7692, section 6.1).
func (h frameHeader) checkAlone(rsv byte) error {
	if h.opcode.control() || h.opcode == opContinuation {
		rsv = 0
	}
	switch {
	case h.rsv&^rsv != 0:
		return violation("frame header", errReservedBits)
	case !h.opcode.known():
		return violation("frame header", errOpcode)
	case h.opcode.control() && !h.fin:
		return violation("frame header", errControlFragment)
	}
	return nil
}
