package tcpserver

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// tcp-9: an abstract name has no file.
func TestAbstractUnixSocket(t *testing.T) {
	name := fmt.Sprintf("tcpserver-test-%d", os.Getpid())
	for _, prefix := range []string{"@", "\x00"} {
		s := serveUnix(t, prefix+name+prefix)
		require.Equal(t, "hello\n", ask(t, dialUnix(t, "@"+name+prefix), "hello\n"))
		require.NoFileExists(t, "@"+name+"@")
		s.Stop()
	}
}
