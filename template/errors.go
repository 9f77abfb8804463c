package template

import (
	"fmt"
	"strings"
)

// A ParseError reports a template that could not be compiled, also where Tornado raises
// Python's SyntaxError. Tornado: ParseError.
type ParseError struct {
	Message  string // the mistake, and often what to write instead
	Filename string // the template's name; "" if none is known
	Line     int    // from 1; 0 if none is known
	Err      error  // why an extended or included file could not be read; nil for other mistakes
}

// Error returns Tornado's text, "message at file:line".
func (e *ParseError) Error() string {
	name := e.Filename
	if name == "" {
		name = "None"
	}
	return fmt.Sprintf("%s at %s:%d", e.Message, name, e.Line)
}

// Unwrap returns Err. errors.Is finds fs.ErrNotExist if an included file is missing.
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
	Via  []Place // the directives that brought the file into the page, the nearest first
	Kind string  // the class of Python's exception, such as "ZeroDivisionError"
	Err  error   // the cause: the error that a Go function returned, or one with Python's message
}

// Error returns a text such as "template: page.html:4 (via base.html:1): NameError: name
// 'x' is not defined".
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

// Unwrap returns the cause. errors.Is finds the error that a Go function returned.
func (e *Error) Unwrap() error { return e.Err }
