package pyvalue

import (
	"context"
	"errors"
	"strings"

	"go.starlark.net/starlark"
)

// A Failure says how a run ended before its time.
type Failure struct {
	Line int    // of the position in the program that failed, 0 if none is known
	Kind string // the class of Python's exception; "" for a limit and for an error of Go
	Err  error  // the cause: what a Go function returned, or a message like Python's
}

// failure explains why the run ended with err.
func (r *run) failure(err error) *Failure {
	f := &Failure{Line: lineOf(err), Err: err}
	cause := pythonError(err)
	switch c := cause.(type) {
	case *pyError:
		c = r.program.missingName(c)
		f.Kind, f.Err = c.kind, c
	case *limitError:
		f.Err = c
		if r.ctx.Err() != nil {
			f.Err = context.Cause(r.ctx)
		}
	case goError:
		f.Err = c.error
	default:
		if g := (goError{}); errors.As(err, &g) {
			f.Err = g.error
		}
	}
	return f
}

// lineOf is the line of the innermost position that stands in a program.
func lineOf(err error) int {
	eval := innermost(err)
	if eval == nil {
		return 0
	}
	for i := range eval.CallStack {
		if pos := eval.CallStack.At(i).Pos; pos.Filename() != "<builtin>" && pos.Line > 0 {
			return int(pos.Line)
		}
	}
	return 0
}

// innermost is the first error of the interpreter in a chain, the one nearest the cause.
func innermost(err error) *starlark.EvalError {
	var found *starlark.EvalError
	for err != nil {
		if eval, ok := err.(*starlark.EvalError); ok {
			found = eval
		}
		err = errors.Unwrap(err)
	}
	return found
}

// pythonError is err as Python has it.
func (r *run) pythonError(err error) error {
	err = pythonError(err)
	if e, ok := err.(*pyError); ok && r.program != nil {
		return r.program.missingName(e)
	}
	return err
}

// missingName tells a name that nobody gave from a variable that is not set yet.
func (p *Program) missingName(e *pyError) *pyError {
	const prefix, suffix = "cannot access local variable '", "' where it is not associated with a value"
	if e.kind != "UnboundLocalError" {
		return e
	}
	name := strings.TrimSuffix(strings.TrimPrefix(e.message, prefix), suffix)
	for _, own := range p.names {
		if own == name {
			return &pyError{kind: "NameError", message: "name '" + strings.TrimSpace(name) + "' is not defined"}
		}
	}
	return e
}
