package ioloop

import (
	"os"
	"os/signal"
	"sync"
)

// AddCallbackFromSignal runs fn in a loop coroutine for each of the signals that
// comes in, of all if none is named, until stop is called or the loop is closed. Signals that come faster than
// they are taken may count as one. Calling stop twice does nothing; fn may still run
// after it, for signals that came before. Any goroutine may call either.
// Tornado: IOLoop.add_callback_from_signal, called from a signal handler.
func (l *IOLoop) AddCallbackFromSignal(fn func(os.Signal), signals ...os.Signal) (stop func()) {
	came := make(chan os.Signal, 16)
	quit := make(chan struct{})
	signal.Notify(came, signals...)
	go func() {
		defer signal.Stop(came)
		for {
			select {
			case s := <-came:
				l.AddCallback(func() { fn(s) })
			case <-quit:
				return
			case <-l.ctx.Done():
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(came)
		close(quit)
	})
}
