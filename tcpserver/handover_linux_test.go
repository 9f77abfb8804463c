package tcpserver

import (
	"fmt"
	"net"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/stretchr/testify/require"
)

// Clients that connect during and after the handover are served, with any numbers of loops before
// and after. The test runs on Linux only, because other kernels do not distribute connections
// over the sockets of an address.
func TestFilesAreServedByAnotherServer(t *testing.T) {
	for _, before := range []int{1, 3} {
		for _, after := range []int{1, 2, 5} {
			t.Run(fmt.Sprint(before, after), func(t *testing.T) {
				first, address := serve(t, before, echoLines)
				files, err := first.Files()
				require.NoError(t, err)
				require.Len(t, files, before)
				first.Stop()
				for _, l := range first.Loops() {
					turned := make(chan struct{})
					l.AddCallback(func() { close(turned) })
					<-turned
				}
				var waiting []net.Conn
				for range 20 { // these connections wait in the backlogs of the sockets, on which no process accepts now
					waiting = append(waiting, dial(t, address))
				}
				l := looptest.New(t)
				second := New(echoLines, Options{Loop: l})
				bound, err := second.BindFiles(files)
				require.NoError(t, err)
				require.Equal(t, address, bound.String())
				require.NoError(t, second.Start(after))
				t.Cleanup(func() { second.Close() })
				looptest.Start(t, l)
				for range 50 {
					waiting = append(waiting, dial(t, address))
				}
				for _, c := range waiting {
					require.Equal(t, "hello\n", ask(t, c, "hello\n"))
				}
			})
		}
	}
}
