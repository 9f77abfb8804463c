package pyvalue

import (
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A date is Python's date.
type date struct{ t time.Time }

func (d *date) String() string { return string(must(d.appendRepr(nil))) }

func (d *date) Type() string { return "date" }

func (d *date) Freeze() {}

func (d *date) Truth() starlark.Bool { return true }

func (d *date) Hash() (uint32, error) { return uint32(d.t.Unix()), nil }

func (d *date) AttrNames() []string { return nil }

func (d *date) strftime(format string) (string, error) { return strftime(d.midnight(), format) }

func (d *date) midnight() *datetime { return &datetime{t: d.t, naive: true} }

// CompareSameType implements starlark.Comparable.
func (d *date) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	return pyCompare(op, d, y)
}

// Binary implements + and - with timedelta, and - with another date.
func (d *date) Binary(op syntax.Token, y starlark.Value, side starlark.Side) (starlark.Value, error) {
	switch y := y.(type) {
	case timedelta:
		days, _, _ := y.parts()
		switch {
		case op == syntax.PLUS:
			return d.moved(days)
		case op == syntax.MINUS && side == starlark.Left:
			return d.moved(-days)
		}
	case *date:
		if op == syntax.MINUS && side == starlark.Left {
			return timedelta(d.t.Sub(y.t)), nil
		}
	}
	return nil, nil
}

// Attr implements starlark.HasAttrs.
func (d *date) Attr(name string) (starlark.Value, error) { return nativeAttr(d, plainName(name)) }
