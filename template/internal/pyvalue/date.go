package pyvalue

import (
	"strings"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A date is Python's date.
type date struct{ t time.Time }

func (d *date) String() string        { return d.t.Format("2006-01-02") }
func (d *date) Type() string          { return "date" }
func (d *date) Freeze()               {}
func (d *date) Truth() starlark.Bool  { return true }
func (d *date) Hash() (uint32, error) { return uint32(d.t.Unix()), nil }
func (d *date) AttrNames() []string   { return nil }

func (d *date) strftime(format string) (string, error) { return strftime(d.midnight(), format) }

func (d *date) midnight() *datetime { return &datetime{d.t, true} }

// CompareSameType orders by day.
func (d *date) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return compareOrder(op, d.t.Compare(y.(*date).t)), nil
}

// Binary implements + and - with timedelta, and - with another date.
func (d *date) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		days := time.Duration(y) / day
		switch {
		case op == syntax.PLUS:
			return &date{midnight(d.t.Add(days * day))}, nil
		case op == syntax.MINUS && side == starlark.Left:
			return &date{midnight(d.t.Add(-days * day))}, nil
		}
	case *date:
		if op == syntax.MINUS && side == starlark.Left {
			return timedelta(d.t.Sub(y.t)), nil
		}
	}
	return nil, nil
}

func (d *date) Attr(name string) (starlark.Value, error) {
	plain := strings.TrimSuffix(name, pysyntax.CallMark)
	if v, ok := dateAttr(d.t, plain); ok {
		return v, nil
	}
	switch plain {
	case "strftime":
		return strftimeMethod(d.midnight()), nil
	case "isoformat":
		return getter(plain, func() starlark.Value { return starlark.String(d.String()) }), nil
	case "weekday", "isoweekday", "ctime":
		return d.midnight().method(plain), nil
	}
	return nil, raise("AttributeError", "'date' object has no attribute '%s'", plain)
}
