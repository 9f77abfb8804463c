package websocket

import (
	"bytes"
	"testing"
)

// maskNaively is section 5.3 word for word.
func maskNaively(b []byte, key [4]byte) {
	for i := range b {
		b[i] ^= key[i%4]
	}
}

func TestMask(t *testing.T) { // ws-65; 5.3 Client-to-server masking
	for _, tt := range []struct{ in, key, want string }{
		{"", "abcd", ""},
		{"Hello", "\x37\xfa\x21\x3d", "\x7f\x9f\x4d\x51\x58"},
		{"\x7f\x9f\x4d\x51\x58", "\x37\xfa\x21\x3d", "Hello"},
		{"Hello", "\x00\x00\x00\x00", "Hello"},
		{"\x00\x00\x00\x00\x00", "\x00\x00\x00\x01", "\x00\x00\x00\x01\x00"},
	} {
		got := []byte(tt.in)
		mask(got, [4]byte([]byte(tt.key)))
		if string(got) != tt.want {
			t.Errorf("%q with %q: got %q, want %q", tt.in, tt.key, got, tt.want)
		}
	}
}

func TestMaskOfAnyLengthAndPlace(t *testing.T) {
	backing := make([]byte, 300)
	for i := range backing {
		backing[i] = byte(i * 7)
	}
	for start := range 9 {
		for end := start; end <= len(backing); end++ {
			got, want := bytes.Clone(backing), bytes.Clone(backing)
			mask(got[start:end], testKey)
			maskNaively(want[start:end], testKey)
			if !bytes.Equal(got, want) {
				t.Fatalf("bytes %d to %d: wrong", start, end)
			}
		}
	}
}

// FuzzMask compares mask with a simple loop, for a payload in one piece and in two.
func FuzzMask(f *testing.F) {
	f.Add([]byte("Hello"), uint32(0x3d21fa37), uint(3))
	f.Add(make([]byte, 200), uint32(1), uint(67))
	f.Add([]byte(""), uint32(0), uint(0))
	f.Fuzz(func(t *testing.T, in []byte, k uint32, at uint) {
		key := [4]byte{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)}
		want := bytes.Clone(in)
		maskNaively(want, key)
		cut := at % uint(len(in)+1)
		got := bytes.Clone(in)
		mask(got[cut:], mask(got[:cut], key))
		if !bytes.Equal(got, want) {
			t.Fatalf("%x with %x, cut at %d: got %x, want %x", in, key, cut, got, want)
		}
	})
}
