package websocket

import (
	"errors"

	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web"
)

// hookError returns the error for a hook that did not return. r is the result of recover: the
// value of the hook's panic, or nil after runtime.Goexit.
func hookError(r any) error {
	if r == nil {
		return log.NewPanicError(log.Goexit)
	}
	return webbase.HookError(r, isWebError)
}

// isWebError reports whether a handler of package web may panic with err.
func isWebError(err error) bool {
	if _, ok := errors.AsType[*web.HTTPError](err); ok {
		return true
	}
	_, ok := errors.AsType[web.Finish](err)
	return ok
}

// callThen calls step and then done with its error, or with the error for its panic. It
// calls done even if step calls runtime.Goexit, after which only deferred calls run.
func callThen(step func() error, done func(error)) {
	var err error
	returned := false
	defer func() {
		if !returned {
			err = hookError(recover())
		}
		done(err)
	}()
	err = step()
	returned = true
}

// callHook calls hook. If it panics or calls runtime.Goexit, the connection ends.
func (s *session) callHook(hook func()) {
	returned := false
	defer func() {
		if !returned {
			s.failHook(hookError(recover()))
		}
	}()
	hook()
	returned = true
}

// callOnMessage calls OnMessage and returns its error. If it panics or calls
// runtime.Goexit, the connection ends.
func (s *session) callOnMessage(m Message) error {
	returned := false
	defer func() {
		if returned {
			return
		}
		r := recover()
		s.failHook(hookError(r))
		if r == nil {
			s.inbox.leaveSession() // the inbox's Run does not go on after runtime.Goexit
		}
	}()
	err := s.hooks.OnMessage(m)
	returned = true
	return err
}

// failHook ends the connection because a hook failed with err, and logs err.
func (s *session) failHook(err error) {
	s.abort(err)
	s.logException(err)
}

// logException calls LogException in a coroutine of its own, because LogException may panic and
// OnClose must run after it.
func (s *session) logException(err error) {
	s.stream.Loop().SpawnFunc(func() { s.hooks.LogException(err) })
}
