package iostream

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// OpenFile without links has the same result with one system call and with the check in several
// steps.
func TestOpenFileNoLinks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir+"/sub", 0o777))
	require.NoError(t, os.WriteFile(dir+"/sub/file", []byte("x"), 0o666))
	require.NoError(t, os.Symlink("sub", dir+"/link"))
	require.NoError(t, os.Symlink("file", dir+"/sub/link"))
	require.NoError(t, os.Symlink("loop", dir+"/loop"))
	for name, want := range map[string]error{
		"sub/file": nil, "sub": nil, "sub/link": unix.ELOOP, "link": unix.ELOOP, "link/file": unix.ELOOP, "loop": unix.ELOOP,
		"none": fs.ErrNotExist, "sub/none": fs.ErrNotExist, "sub/file/x": unix.ENOTDIR,
	} {
		f, err := OpenFileNoLinks(dir + "/" + name)
		require.ErrorIs(t, err, want, name)
		require.ErrorIs(t, checkNoLinks(dir+"/"+name), want, name)
		if err == nil {
			require.NoError(t, f.Close())
		}
	}
}
