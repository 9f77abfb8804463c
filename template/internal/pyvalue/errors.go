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
	args    starlark.Tuple // of the exception; nil when the message is its only argument
}

func (e *pyError) Error() string { return e.message }

func raise(kind, format string, args ...any) error {
	return &pyError{kind: kind, message: fmt.Sprintf(format, args...)}
}

// ErrLimit is in the error of a template that did too much, for errors.Is: too many steps,
// too much output, or a value that is too large.
var ErrLimit = errors.New("template: a limit was reached")

// A limitError stops a template; no except catches it.
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
