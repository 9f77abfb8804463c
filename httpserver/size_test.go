package httpserver

import (
	"testing"
	"unsafe"
)

// A server may have very many idle connections, so fields that only a request needs belong in
// h1Exchange. 80 bytes is a size class of the allocator.
func TestIdleConnectionIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(connection{}); size > 80 {
		t.Errorf("%d bytes", size)
	}
}
