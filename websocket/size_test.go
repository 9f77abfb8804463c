package websocket

import (
	"testing"
	"unsafe"
)

// The memory of an idle connection consists of these structs, a stream and a packed request. The
// sizes are size classes of Go's allocator, so one more field may cost 16 bytes or more.
func TestSizesOfAnIdleConnection(t *testing.T) {
	for _, tt := range []struct {
		name      string
		got, most uintptr
	}{
		{"WebSocketHandler", unsafe.Sizeof(WebSocketHandler{}), 208},
		{"protocol13", unsafe.Sizeof(protocol13{}), 112},
		{"deflation", unsafe.Sizeof(deflateState{}), 24},
	} {
		if tt.got > tt.most {
			t.Errorf("a %s has %d bytes, more than %d", tt.name, tt.got, tt.most)
		}
	}
}
