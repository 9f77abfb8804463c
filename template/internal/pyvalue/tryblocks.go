package pyvalue

import (
	"strings"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// A tryScope holds the variables that the body of a try shares with the code around the
// try.
type tryScope struct{ vars map[string]starlark.Value }

func newScope(*starlark.Thread, starlark.Tuple) (starlark.Value, error) {
	return &tryScope{map[string]starlark.Value{}}, nil
}

func (s *tryScope) String() string { return "scope" }

func (s *tryScope) Type() string { return "scope" }

func (s *tryScope) Freeze() {}

func (s *tryScope) Truth() starlark.Bool { return true }

func (s *tryScope) Hash() (uint32, error) { return 0, errUnhashable("scope") }

func (s *tryScope) AttrNames() []string { return nil }

func (s *tryScope) Attr(name string) (starlark.Value, error) {
	v, ok := s.vars[strings.TrimSuffix(name, pysyntax.CallMark)]
	if !ok {
		return nil, raise("UnboundLocalError", "cannot access local variable '%s' where it is not associated with a value", name)
	}
	return v, nil
}

func (s *tryScope) SetField(name string, v starlark.Value) error {
	s.vars[name] = v
	return nil
}

// An outcome says how the body of a try has ended: with an error, or with a signal.
type outcome struct {
	err    error
	signal int
}

func (o *outcome) String() string { return "outcome" }

func (o *outcome) Type() string { return "outcome" }

func (o *outcome) Freeze() {}

func (o *outcome) Truth() starlark.Bool { return o.err != nil }

func (o *outcome) Hash() (uint32, error) { return 0, errUnhashable("outcome") }

func try(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	w := &runOf(thread).w
	held := len(w.held)
	v, err := starlark.Call(thread, args[0], nil, nil)
	if err != nil {
		w.held = w.held[:held] // operations that failed have not released their operands
		if _, isLimit := pythonError(err).(*limitError); isLimit {
			return nil, err
		}
		return &outcome{err: err}, nil
	}
	signal, _ := starlark.AsInt32(v) // 0 for None
	return &outcome{signal: signal}, nil
}

func leftBy(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	n, _ := starlark.AsInt32(args[1])
	return starlark.Bool(args[0].(*outcome).signal == n), nil
}

func reraise(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return nil, args[0].(*outcome).err
}

func caught(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	ok, err := caughtBy(runOf(thread).pythonError(args[0].(*outcome).err), args[1])
	return starlark.Bool(ok), err
}

func caughtValue(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return &exception{runOf(thread).pythonError(args[0].(*outcome).err)}, nil
}

func raiseValue(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	switch v := args[0].(type) {
	case *exception:
		return nil, v.err
	case *class:
		if isExceptionClass(v) && v.make != nil {
			return nil, &pyError{kind: v.name}
		}
	case *goObject:
		if err, ok := v.value.Interface().(error); ok {
			return nil, goError{err}
		}
	}
	return nil, raise("TypeError", "exceptions must derive from BaseException")
}

func assertFailed(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	if args[0] == starlark.None {
		return nil, &pyError{kind: "AssertionError"}
	}
	text, err := appendStr(nil, args[0])
	if err != nil {
		return nil, err
	}
	return nil, raise("AssertionError", "%s", text)
}
