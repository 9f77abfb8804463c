package pyvalue

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A frozenSet is Python's frozenset: a set that cannot be changed, and can be a key.
type frozenSet struct{ *starlark.Set }

func (s frozenSet) Type() string { return "frozenset" }

func (s frozenSet) String() string { return string(must(appendRepr(nil, s))) }

// Hash does not depend on the order of the elements.
func (s frozenSet) Hash() (uint32, error) {
	var sum uint32
	for _, v := range elements(s.Set) {
		h, err := v.Hash()
		if err != nil {
			return 0, err
		}
		sum += h
	}
	return sum, nil
}

// CompareSameType compares as sets do.
func (s frozenSet) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return s.Set.CompareSameType(op, y.(frozenSet).Set, depth)
}

// Attr implements starlark.HasAttrs.
func (s frozenSet) Attr(name string) (starlark.Value, error) { return nativeAttr(s, plainName(name)) }

// setOperand returns the set x, or a set of the keys in the view x. It returns nil for other
// values.
func setOperand(x starlark.Value) (*starlark.Set, error) {
	switch x := x.(type) {
	case *starlark.Set:
		return x, nil
	case frozenSet:
		return x.Set, nil
	case *dictView:
		return x.asSet()
	}
	return nil, nil
}

// addElement adds v to s, where True, 1 and 1.0 are one element.
func addElement(thread *starlark.Thread, s *starlark.Set, v starlark.Value) error {
	if err := checkHash(thread, v); err != nil {
		return err
	}
	if other := twin(v); other != nil {
		if found, _ := s.Has(other); found {
			return nil
		}
	}
	return s.Insert(v)
}

// hasElement reports "v in s".
func hasElement(thread *starlark.Thread, s *starlark.Set, v starlark.Value) (bool, error) {
	if err := checkHash(thread, v); err != nil {
		return false, err
	}
	found, err := s.Has(v)
	if other := twin(v); !found && other != nil {
		return s.Has(other)
	}
	return found, err
}

// setFrom makes a set of the elements that x yields.
func setFrom(thread *starlark.Thread, x starlark.Value) (*starlark.Set, error) {
	list, err := chargedIterable(thread, x)
	if err != nil {
		return nil, err
	}
	s := new(starlark.Set)
	for _, v := range elements(list) {
		if err := addElement(thread, s, v); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// combine computes a op b for the operators of sets.
func combine(thread *starlark.Thread, op syntax.Token, a, b *starlark.Set) (*starlark.Set, error) {
	if err := charge(thread, a.Len()+b.Len()); err != nil {
		return nil, err
	}
	out := new(starlark.Set)
	add := func(from, other *starlark.Set, keep bool) error {
		for _, v := range elements(from) {
			found, err := hasElement(thread, other, v)
			if err == nil && found == keep {
				err = addElement(thread, out, v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	none := new(starlark.Set)
	switch op {
	case syntax.PIPE:
		if err := add(a, none, false); err != nil {
			return nil, err
		}
		return out, add(b, none, false)
	case syntax.AMP:
		return out, add(a, b, true)
	case syntax.MINUS:
		return out, add(a, b, false)
	}
	if err := add(a, b, false); err != nil {
		return nil, err
	}
	return out, add(b, a, false)
}

// setOrder compares sets: < means a proper subset.
func setOrder(op syntax.Token, a, b *starlark.Set) (bool, error) {
	switch op {
	case syntax.GT, syntax.GE:
		a, b, op = b, a, map[syntax.Token]syntax.Token{syntax.GT: syntax.LT, syntax.GE: syntax.LE}[op]
	}
	switch {
	case op == syntax.EQL && a.Len() != b.Len(), op == syntax.LT && a.Len() >= b.Len():
		return false, nil
	case op == syntax.NEQ:
		equal, err := setOrder(syntax.EQL, a, b)
		return !equal, err
	}
	for _, v := range elements(a) {
		if found, err := hasElement(nil, b, v); !found || err != nil {
			return false, err
		}
	}
	return true, nil
}

// setArithmetic returns x op y when x is a set; ok is false when it is not defined.
func setArithmetic(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (v starlark.Value, ok bool, err error) {
	switch op {
	case syntax.PIPE, syntax.AMP, syntax.MINUS, syntax.CIRCUMFLEX:
	default:
		return nil, false, nil
	}
	a, err := setOperand(x)
	if a == nil || err != nil {
		return nil, false, err
	}
	b, err := setOperand(y)
	if b == nil && err == nil {
		if _, isView := x.(*dictView); !isView {
			return nil, false, nil
		}
		b, err = setFrom(thread, y) // a view takes any iterable
	}
	if err != nil {
		return nil, false, err
	}
	out, err := combine(thread, op, a, b)
	return likeSet(x, out), true, err
}

// likeSet returns s in the type of x: a set or a frozenset.
func likeSet(x starlark.Value, s *starlark.Set) starlark.Value {
	if _, frozen := x.(frozenSet); frozen {
		return frozenSet{s}
	}
	return s
}

func makeSet(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == nil {
		return new(starlark.Set), nil
	}
	return setFrom(thread, args[0])
}

func makeFrozenSet(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == nil {
		return frozenSet{new(starlark.Set)}, nil
	}
	s, err := setFrom(thread, args[0])
	return frozenSet{s}, err
}

// frozenSetMethods are the methods of set and frozenset.
var frozenSetMethods = []routine{
	{"copy()", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s, err := setFrom(thread, args[0])
		return likeSet(args[0], s), err
	}},
	{"difference(*others)", combining(syntax.MINUS)},
	{"intersection(*others)", combining(syntax.AMP)},
	{"isdisjoint(other, /)", asking(isDisjoint)},
	{"issubset(other, /)", asking(func(a, b *starlark.Set) (bool, error) { return setOrder(syntax.LE, a, b) })},
	{"issuperset(other, /)", asking(func(a, b *starlark.Set) (bool, error) { return setOrder(syntax.GE, a, b) })},
	{"symmetric_difference(other, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return combining(syntax.CIRCUMFLEX)(thread, starlark.Tuple{args[0], args[1:]})
	}},
	{"union(*others)", combining(syntax.PIPE)},
}

// setMethods are the methods that only set has.
var setMethods = []routine{
	{"add(elem, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return starlark.None, addElement(thread, args[0].(*starlark.Set), args[1])
	}},
	{"clear()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return starlark.None, args[0].(*starlark.Set).Clear()
	}},
	{"difference_update(*others)", updating(syntax.MINUS)},
	{"discard(elem, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		_, err := deleteElement(thread, args[0].(*starlark.Set), args[1])
		return starlark.None, err
	}},
	{"intersection_update(*others)", updating(syntax.AMP)},
	{"pop()", func(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s := args[0].(*starlark.Set)
		if s.Len() == 0 {
			return nil, keyError(starlark.String("pop from an empty set"))
		}
		first := elements(s)[0]
		_, err := s.Delete(first)
		return first, err
	}},
	{"remove(elem, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		found, err := deleteElement(thread, args[0].(*starlark.Set), args[1])
		if !found && err == nil {
			err = keyError(args[1])
		}
		return starlark.None, err
	}},
	{"symmetric_difference_update(other, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return updating(syntax.CIRCUMFLEX)(thread, starlark.Tuple{args[0], args[1:]})
	}},
	{"update(*others)", updating(syntax.PIPE)},
}

func isDisjoint(a, b *starlark.Set) (bool, error) {
	common, err := combine(nil, syntax.AMP, a, b)
	return err == nil && common.Len() == 0, err
}

func deleteElement(thread *starlark.Thread, s *starlark.Set, v starlark.Value) (bool, error) {
	if err := checkHash(thread, v); err != nil {
		return false, err
	}
	found, err := s.Delete(v)
	if other := twin(v); !found && other != nil && err == nil {
		return s.Delete(other)
	}
	return found, err
}

// combining returns a method that combines a set with any number of iterables.
func combining(op syntax.Token) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		s, err := setFrom(thread, args[0])
		if err != nil {
			return nil, err
		}
		for _, x := range args[1].(starlark.Tuple) {
			other, err := setFrom(thread, x)
			if err != nil {
				return nil, err
			}
			if s, err = combine(thread, op, s, other); err != nil {
				return nil, err
			}
		}
		return likeSet(args[0], s), nil
	}
}

// updating returns a method that changes a set to its combination with iterables.
func updating(op syntax.Token) builtinFunc {
	combined := combining(op)
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, err := combined(thread, args)
		if err != nil {
			return nil, err
		}
		return starlark.None, assignSet(args[0].(*starlark.Set), v.(*starlark.Set))
	}
}

// assignSet gives s the elements of other.
func assignSet(s, other *starlark.Set) error {
	if err := s.Clear(); err != nil {
		return err
	}
	for _, elem := range elements(other) {
		if err := s.Insert(elem); err != nil {
			return err
		}
	}
	return nil
}

// asking returns a method that compares a set with an iterable.
func asking(fn func(a, b *starlark.Set) (bool, error)) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		a, err := setFrom(thread, args[0])
		if err != nil {
			return nil, err
		}
		b, err := setFrom(thread, args[1])
		if err != nil {
			return nil, err
		}
		ok, err := fn(a, b)
		return starlark.Bool(ok), err
	}
}
