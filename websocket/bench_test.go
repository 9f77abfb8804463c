package websocket

import (
	"fmt"
	"testing"
	"unicode/utf8"
)

func BenchmarkMask(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 65536} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			p := make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				mask(p, testKey)
			}
		})
	}
}

// BenchmarkFrameReader reads one masked frame. In the "direct" cases, the stream's buffer held
// only the first half of the frame, and the rest is read directly into the message.
func BenchmarkFrameReader(b *testing.B) {
	for _, bb := range []struct {
		name   string
		op     opcode
		size   int
		direct bool
	}{
		{"binary16", opBinary, 16, false},
		{"text16", opText, 16, false},
		{"text128", opText, 128, false},
		{"text64KiB", opText, 65536, false},
		{"binary64KiB", opBinary, 65536, false},
		{"binary64KiBdirect", opBinary, 65536, true},
		{"ping16", opPing, 16, false},
	} {
		b.Run(bb.name, func(b *testing.B) {
			frame := appendTestFrame(nil, true, 0, bb.op, make([]byte, bb.size), true)
			shown := frame
			if bb.direct {
				shown = frame[:len(frame)/2]
			}
			buf := make([]byte, len(frame))
			r := frameReader{max: 10 << 20, masked: true}
			b.SetBytes(int64(bb.size))
			b.ReportAllocs()
			for b.Loop() {
				copy(buf, shown)
				ev, n, ok, err := r.readFrame(buf[:len(shown)])
				for !ok && err == nil {
					k := copy(r.direct(), frame[n:])
					r.directFilled(k)
					n += k
					ev, _, ok, err = r.readFrame(nil)
				}
				if len(ev.payload) != bb.size || n != len(frame) || err != nil {
					b.Fatal(len(ev.payload), n, err)
				}
			}
		})
	}
}

func BenchmarkAppendFrame(b *testing.B) {
	for _, size := range []int{16, 65536} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			payload, out := make([]byte, size), []byte(nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				out, _ = appendFrame(out[:0], 0, opBinary, payload, nil)
			}
		})
	}
}

func BenchmarkUTF8Prefix(b *testing.B) { // against utf8.Valid, its floor
	p := make([]byte, 65536)
	b.Run("utf8Prefix", func(b *testing.B) {
		b.SetBytes(int64(len(p)))
		for b.Loop() {
			utf8Prefix(p)
		}
	})
	b.Run("utf8.Valid", func(b *testing.B) {
		b.SetBytes(int64(len(p)))
		for b.Loop() {
			utf8.Valid(p)
		}
	})
}

func BenchmarkCheckHandshake13(b *testing.B) {
	header := request("Origin: http://server.example.com\nSec-WebSocket-Protocol: chat, superchat")
	b.ReportAllocs()
	for b.Loop() {
		checkUpgrade("GET", header, func(origin string) bool { return sameOrigin(origin, header("Host")) })
		checkHandshake13(header)
	}
}
