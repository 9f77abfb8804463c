package websocket

import (
	"bytes"
	"slices"
	"testing"
	"unsafe"
)

// appendWhole appends a frame with its whole payload.
func appendWhole(dst []byte, rsv byte, op opcode, payload []byte, key *[4]byte) []byte {
	out, ref := appendFrame(dst, rsv, op, payload, key)
	return append(out, ref...)
}

// A server refers to a large payload instead of copying it. A client masks a copy, because the
// payload is the caller's.
func TestAppendFrameCopiesOnlySmallPayloads(t *testing.T) {
	for _, tt := range []struct {
		size        int
		key         *[4]byte
		out, ref    int // lengths
		refersToOwn bool
	}{
		{0, nil, 2, 0, false},
		{refThreshold, nil, 4 + refThreshold, 0, false},
		{refThreshold + 1, nil, 4, refThreshold + 1, true},
		{0, &testKey, 6, 0, false},
		{refThreshold, &testKey, 8 + refThreshold, 0, false},
		{refThreshold + 1, &testKey, 8, refThreshold + 1, false},
	} {
		payload := bytes.Repeat([]byte{'x'}, tt.size)
		out, ref := appendFrame(nil, 0, opBinary, payload, tt.key)
		if len(out) != tt.out || len(ref) != tt.ref {
			t.Errorf("%d bytes, key %v: got lengths %d and %d, want %d and %d", tt.size, tt.key, len(out), len(ref), tt.out, tt.ref)
		}
		if own := len(ref) > 0 && unsafe.SliceData(ref) == unsafe.SliceData(payload); own != tt.refersToOwn {
			t.Errorf("%d bytes, key %v: refers to payload: %v", tt.size, tt.key, own)
		}
		if slices.ContainsFunc(payload, func(c byte) bool { return c != 'x' }) {
			t.Errorf("%d bytes, key %v: payload was changed", tt.size, tt.key)
		}
		sent := append(out, ref...)[len(out)+len(ref)-tt.size:]
		if tt.key != nil {
			mask(sent, *tt.key)
		}
		if !bytes.Equal(sent, payload) {
			t.Errorf("%d bytes, key %v: another payload is sent", tt.size, tt.key)
		}
	}
}
