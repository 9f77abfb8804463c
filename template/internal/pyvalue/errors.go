package pyvalue

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
)

// A pyError is an error with the class that Python gives it.
type pyError struct {
	kind    string
	message string
	args    starlark.Tuple // the arguments of the exception; nil if the message is the only one
}

func (e *pyError) Error() string { return e.message }

func raise(kind, format string, args ...any) error {
	return &pyError{kind: kind, message: fmt.Sprintf(format, args...)}
}

// ErrLimit is in the error of a template that exceeded a limit, for errors.Is: too many steps,
// too much output, or a value that is too large.
var ErrLimit = errors.New("template: a limit was reached")

// A limitError ends a run. No except clause catches it.
type limitError struct{ message string }

func (e *limitError) Is(target error) bool { return target == ErrLimit }

func (e *limitError) Error() string { return e.message }

func errUnhashable(kind string) error { return raise("TypeError", "unhashable type: '%s'", kind) }

// A goError is an error that a function of Go returned. It keeps its identity.
type goError struct{ error }

func (e goError) Unwrap() error { return e.error }

func isGoError(err error) bool {
	var g goError
	return errors.As(err, &g)
}
