package pyvalue

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.starlark.net/starlark"
)

// A Failure says why a run ended early, and where.
type Failure struct {
	Line int    // line of the position at which the run failed, 0 if unknown
	Kind string // class of the exception in Python; "" for a limit and for an error of Go
	Err  error  // the cause: the error that a Go function returned, or one with Python's message
}

// failure returns the Failure for err, the error that ended the run.
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

// lineOf returns the line of the innermost call in a program, or 0 if there is none.
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

// innermost returns the EvalError of Starlark that is nearest to the cause of err.
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

// pythonError returns err with the class and message of Python.
func (r *run) pythonError(err error) error {
	err = pythonError(err)
	if e, ok := err.(*pyError); ok && r.program != nil {
		return r.program.missingName(e)
	}
	return err
}

// missingName turns an UnboundLocalError into a NameError if the name is not a variable of the
// template. Such a name is looked up in the namespace instead.
func (p *Program) missingName(e *pyError) *pyError {
	const prefix, suffix = "cannot access local variable '", "' where it is not associated with a value"
	if e.kind != "UnboundLocalError" {
		return e
	}
	name := strings.TrimSuffix(strings.TrimPrefix(e.message, prefix), suffix)
	for _, own := range p.names {
		if own == name {
			if slices.Contains(missingFunctions, name) {
				return notSupported(name).(*pyError)
			}
			return &pyError{kind: "NameError", message: "name '" + strings.TrimSpace(name) + "' is not defined"}
		}
	}
	return e
}
