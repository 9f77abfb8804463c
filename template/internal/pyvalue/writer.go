package pyvalue

import (
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A writer is the output of one run, and computes Python's operators: an operator of a
// value of this package costs the interpreter much less than a call.
//
//	w << v       appends v as str() gives it
//	w >> v       the same, escaped for HTML
//	w | v        appends v, which must be text
//	(w & x) + y  x + y; so for - * / // %
//	(w & x) ^ y  x[y]
//	(w - x) + y  a comparison: pysyntax.CompareTokens has the operators
//	x in w       the iterable of a loop over x
type writer struct {
	buf    []byte
	max    int              // bytes
	thread *starlark.Thread // to call escape, and to be charged
	escape starlark.Value   // the function xhtml_escape of the namespace; nil for the built-in one

	held     []starlark.Value // left operands of operations whose right operands are being evaluated
	operand  heldOperand      // the result of w & x
	compared heldCompared     // the result of w - x
}

// A heldOperand computes with the left operand that its writer has stored.
type heldOperand struct{ writerPart }

// A heldCompared compares with the left operand that its writer has stored.
type heldCompared struct{ writerPart }

// A writerPart is a value that occurs only between two operators of a program.
type writerPart struct{ w *writer }

func (writerPart) String() string        { return "operand" }
func (writerPart) Type() string          { return "operand" }
func (writerPart) Freeze()               {}
func (writerPart) Truth() starlark.Bool  { return true }
func (writerPart) Hash() (uint32, error) { return 0, errUnhashable("operand") }

// hold remembers x until release.
func (w *writer) hold(x starlark.Value) { w.held = append(w.held, x) }

// release removes and returns the operand that was stored last.
func (w *writer) release() starlark.Value {
	last := len(w.held) - 1
	x := w.held[last]
	w.held[last] = nil
	w.held = w.held[:last]
	return x
}

// Binary implements starlark.HasBinary.
func (o *heldOperand) Binary(op syntax.Token, y starlark.Value, _ starlark.Side) (starlark.Value, error) {
	x := o.w.release()
	if op != pysyntax.IndexOperator {
		return arithmetic(o.w.thread, op, x, y)
	}
	if err := checkKey(o.w.thread, y); err != nil {
		return nil, err
	}
	return pyIndex(x, y)
}

// Binary implements starlark.HasBinary.
func (o *heldCompared) Binary(op syntax.Token, y starlark.Value, _ starlark.Side) (starlark.Value, error) {
	x := o.w.release()
	switch token := comparisonTokens[op]; token {
	case syntax.IN, syntax.NOT_IN:
		found, err := pyContains(o.w.thread, x, y)
		return starlark.Bool(found == (token == syntax.IN)), err
	default:
		result, err := pyCompare(token, x, y)
		return starlark.Bool(result), err
	}
}

// comparisonTokens is pysyntax.CompareTokens as an array.
var comparisonTokens = func() (table [syntax.NOT_IN + 1]syntax.Token) {
	for op, token := range pysyntax.CompareTokens {
		table[op] = token
	}
	return table
}()

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
	case pysyntax.HoldOperand:
		w.hold(y)
		return &w.operand, nil
	case pysyntax.HoldCompared:
		w.hold(y)
		return &w.compared, nil
	case syntax.IN:
		if s, ok := y.(starlark.String); ok {
			if err := charge(w.thread, len(s)); err != nil {
				return nil, err
			}
		}
		return iterable(y)
	}
	return nil, nil
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
	case starlark.Bool, starlark.Float, starlark.NoneType: // nothing to escape
		w.buf, err = appendStr(w.buf, y)
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

// utf8Text implements tornado.escape.utf8. Its argument must be text or bytes.
func utf8Text(v starlark.Value) (string, error) {
	switch v := v.(type) {
	case starlark.String:
		return string(v), nil
	case starlark.Bytes:
		return string(v), nil
	}
	return "", raise("TypeError", "Expected bytes, unicode, or None; got <class '%s'>", pyType(v))
}
