package template

import (
	"fmt"
	"strings"
)

// A ParseError reports a template that could not be compiled. Tornado: ParseError,
// or a SyntaxError of Python.
type ParseError struct {
	Message  string // the fault, and often its remedy
	Filename string // name of the template; "" if the error is not in a file
	Line     int    // number of the line, from 1; 0 if the error is not in a line
	Err      error  // why a file that is extended or included could not be read; nil for other errors
}

// Error is Tornado's text, "message at file:line", without the prefix of this package.
func (e *ParseError) Error() string {
	name := e.Filename
	if name == "" {
		name = "None"
	}
	return fmt.Sprintf("%s at %s:%d", e.Message, name, e.Line)
}

// Unwrap returns Err, so that errors.Is finds fs.ErrNotExist when an included file is
// missing.
func (e *ParseError) Unwrap() error { return e.Err }

// A Place is a line of a template.
type Place struct {
	File string // the template's name
	Line int    // from 1
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// An Error reports a template that failed while it ran.
type Error struct {
	Place
	Via  []Place // the include and extends directives that lead to the file; the nearest one first
	Kind string  // the class of Python's exception, such as "ZeroDivisionError"
	Err  error   // the cause: an error that a Go function returned, or an error with a message like Python's
}

// Error is "template: page.html:4 (via base.html:1): NameError: name 'x' is not defined".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("template: ")
	if e.File != "" {
		b.WriteString(e.Place.String())
		if len(e.Via) > 0 {
			b.WriteString(" (via ")
			for i, p := range e.Via {
				if i > 0 {
					b.WriteString(", ")
				}
				b.WriteString(p.String())
			}
			b.WriteString(")")
		}
		b.WriteString(": ")
	}
	if e.Kind != "" {
		b.WriteString(e.Kind + ": ")
	}
	return b.String() + e.Err.Error()
}

// Unwrap returns the cause, so that errors.Is finds what a Go function returned.
func (e *Error) Unwrap() error { return e.Err }
