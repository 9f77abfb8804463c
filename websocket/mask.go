package websocket

import (
	"encoding/binary"
	"math/bits"
)

// mask XORs b in place with the repeated key (RFC 6455, section 5.3). It returns the key
// rotated to the byte after b, so that a payload can be masked in pieces. Unmasking is the same
// operation. A zero key changes nothing.
func mask(b []byte, key [4]byte) [4]byte {
	le := binary.LittleEndian
	key32 := le.Uint32(key[:])
	if key32 == 0 {
		return key
	}
	le.PutUint32(key[:], bits.RotateLeft32(key32, -8*(len(b)&3)))
	k := uint64(key32)<<32 | uint64(key32)
	for len(b) >= 64 {
		p := (*[64]byte)(b) // a pointer to an array, because indexing it needs no bounds checks
		le.PutUint64(p[0:8], le.Uint64(p[0:8])^k)
		le.PutUint64(p[8:16], le.Uint64(p[8:16])^k)
		le.PutUint64(p[16:24], le.Uint64(p[16:24])^k)
		le.PutUint64(p[24:32], le.Uint64(p[24:32])^k)
		le.PutUint64(p[32:40], le.Uint64(p[32:40])^k)
		le.PutUint64(p[40:48], le.Uint64(p[40:48])^k)
		le.PutUint64(p[48:56], le.Uint64(p[48:56])^k)
		le.PutUint64(p[56:64], le.Uint64(p[56:64])^k)
		b = b[64:]
	}
	for len(b) >= 8 {
		le.PutUint64(b, le.Uint64(b)^k)
		b = b[8:]
	}
	for i := range b {
		b[i] ^= byte(k)
		k >>= 8
	}
	return key
}
