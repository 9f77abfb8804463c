package iostream

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestLoadBringsAFileIntoMemory(t *testing.T) {
	file := openFile(t, numbered(1<<20))
	if !file.Cached(0, 1<<20) { // although the file was written just now
		t.Skip("missing here: a file system that tells what is in memory")
	}
	require.NoError(t, unix.Fsync(file.fd))
	require.NoError(t, unix.Fadvise(file.fd, 0, 0, unix.FADV_DONTNEED))
	if file.Cached(0, 1<<20) {
		t.Skip("missing here: a file system that drops cached bytes")
	}
	require.NoError(t, file.Load(0, 1<<20))
	require.True(t, file.Cached(0, 1<<20))
	require.False(t, file.Cached(0, 1<<20+1), "after the end there is nothing")
}
