package log

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// IgnoreSIGPIPE lets the process live on when the reader of its stderr or stdout has
// gone away: such a write fails with EPIPE, as it does on other descriptors, and does
// not end the process with SIGPIPE. Children get the signal's default action. Python
// ignores SIGPIPE from the start. IOLoop.Start and EnablePrettyLogging call it.
func IgnoreSIGPIPE() { ignoreSIGPIPE() }

// ignoreSIGPIPE asks to be notified, because Go then leaves the signal to the program.
// Nothing reads the channel. signal.Ignore would be inherited by children.
var ignoreSIGPIPE = sync.OnceFunc(func() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
})
