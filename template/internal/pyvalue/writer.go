package pyvalue

import (
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A writer is the output of one run, and what Python's operators are made of: an operator
// of a value of ours costs the interpreter much less than a call.
//
//	w << v       appends v as str() gives it
//	w >> v       the same, escaped for HTML
//	w | v        appends v, which must be text
//	w + (x, y)   x + y; so for - * / // %
//	w ^ (x, y)   x[y]
//	w & (x, y, op)   x op y for the comparison op
//	x in w       what a loop over x visits
type writer struct {
	buf    []byte
	max    int              // bytes
	thread *starlark.Thread // to call escape, and to be charged
	escape starlark.Value   // the namespace's own xhtml_escape; nil for ours
}

func (w *writer) String() string { return "writer" }

func (w *writer) Type() string { return "writer" }

func (w *writer) Freeze() {}

func (w *writer) Truth() starlark.Bool { return true }

func (w *writer) Hash() (uint32, error) { return 0, errUnhashable("writer") }

// Binary implements starlark.HasBinary.
func (w *writer) Binary(op syntax.Token, y starlark.Value, _ starlark.Side) (starlark.Value, error) {
	switch op {
	case syntax.LTLT, syntax.GTGT, syntax.PIPE:
		return w, w.write(op, y)
	case pysyntax.CompareOperator:
		return w.compare(y.(starlark.Tuple))
	case pysyntax.IndexOperator:
		pair := y.(starlark.Tuple)
		if err := checkKey(w.thread, pair[1]); err != nil {
			return nil, err
		}
		return pyIndex(pair[0], pair[1])
	case syntax.IN:
		if s, ok := y.(starlark.String); ok {
			if err := charge(w.thread, len(s)); err != nil {
				return nil, err
			}
		}
		return iterable(y)
	}
	pair := y.(starlark.Tuple)
	return arithmetic(w.thread, op, pair[0], pair[1])
}

func (w *writer) write(op syntax.Token, y starlark.Value) (err error) {
	switch op {
	case syntax.GTGT:
		err = w.writeEscaped(y)
	case syntax.PIPE:
		var text string
		text, err = utf8Text(y)
		w.buf = append(w.buf, text...)
	default:
		if s, ok := y.(starlark.String); ok {
			w.buf = append(w.buf, s...)
		} else {
			w.buf, err = appendStr(w.buf, y)
		}
	}
	if len(w.buf) > w.max && err == nil {
		err = &limitError{fmt.Sprintf("more than %d bytes of output", w.max)}
	}
	return err
}

func (w *writer) writeEscaped(y starlark.Value) (err error) {
	if w.escape != nil {
		return w.writeWith(w.escape, y)
	}
	switch y := y.(type) {
	case starlark.String:
		w.buf = escape.AppendXHTMLEscape(w.buf, string(y))
	case starlark.Int:
		if n, ok := y.Int64(); ok {
			w.buf = strconv.AppendInt(w.buf, n, 10)
		} else {
			w.buf, err = appendStr(w.buf, y)
		}
	case starlark.Bytes:
		if at := InvalidUTF8(string(y)); at >= 0 {
			return decodeError(string(y), at)
		}
		w.buf = escape.AppendXHTMLEscape(w.buf, string(y))
	default:
		var text []byte
		if text, err = appendStr(nil, y); err == nil {
			w.buf = escape.AppendXHTMLEscape(w.buf, string(text))
		}
	}
	return err
}

// writeWith escapes y with a function of the namespace.
func (w *writer) writeWith(fn, y starlark.Value) error {
	text, err := appendStr(nil, y)
	if err != nil {
		return err
	}
	result, err := starlark.Call(w.thread, fn, starlark.Tuple{starlark.Bytes(text)}, nil)
	if err != nil {
		return err
	}
	escaped, err := utf8Text(result)
	w.buf = append(w.buf, escaped...)
	return err
}

// utf8Text is Tornado's utf8: text and bytes only.
func utf8Text(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case starlark.Bytes:
		return string(v), nil
	}
	return "", raise("TypeError", "Expected bytes, unicode, or None; got <class '%s'>", pyType(v))
}

// compare computes x op y of (x, y, op).
func (w *writer) compare(t starlark.Tuple) (starlark.Value, error) {
	n, _ := t[2].(starlark.Int).Int64()
	switch op := syntax.Token(n); op {
	case syntax.IN, syntax.NOT_IN:
		found, err := pyContains(w.thread, t[0], t[1])
		return starlark.Bool(found == (op == syntax.IN)), err
	default:
		result, err := pyCompare(op, t[0], t[1])
		return starlark.Bool(result), err
	}
}
