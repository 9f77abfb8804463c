package log

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// A PanicError is the error that stands for a panic: of a handler, a callback, or a
// function that runs in an executor.
type PanicError struct {
	Value any    // the argument of panic
	Stack []byte // of the panic, as debug.Stack prints it
}

// NewPanicError returns the error for value, which recover returned. Call it in the
// deferred function that recovered: it takes the stack from there. A value that is a
// *PanicError, panicked again, is returned as it is.
func NewPanicError(value any) *PanicError {
	if first, ok := value.(*PanicError); ok {
		return first
	}
	return &PanicError{Value: value, Stack: debug.Stack()}
}

// Goexit is the Value of the PanicError that stands for a call of [runtime.Goexit].
const Goexit = "runtime.Goexit was called; return an error instead (FailNow and require of a test call Goexit)"

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Stack returns the stack of the panic that err, or an error that err wraps, stands for;
// "" if there is none. If an error of a panic was panicked again, the stack of the first
// panic comes first.
func Stack(err error) string {
	var stacks []string
	for {
		p, ok := errors.AsType[*PanicError](err)
		if !ok {
			break
		}
		if len(p.Stack) > 0 {
			stacks = append([]string{string(p.Stack)}, stacks...)
		}
		err = p.Unwrap()
	}
	return strings.Join(stacks, "\npanicked again:\n")
}
