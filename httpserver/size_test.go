package httpserver

import (
	"testing"
	"unsafe"
)

// There may be very many idle connections: what only a request needs belongs into
// exchange. 80 bytes is a size class of the allocator.
func TestIdleConnectionIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(connection{}); size > 80 {
		t.Errorf("%d bytes", size)
	}
}
