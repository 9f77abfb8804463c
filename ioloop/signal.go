package ioloop

import (
	"os"
	"os/signal"
	"sync"
)

// AddCallbackFromSignal runs fn in a loop coroutine for each of the given signals that
// arrives, or for every signal if none is given. It does so until stop is called or the
// loop is closed. Signals that arrive in quick succession may count as one. After stop,
// fn may still run for signals that came before; calling stop twice does nothing. Any
// goroutine may call either function.
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
