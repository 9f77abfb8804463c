package pyvalue

import (
	"go.starlark.net/starlark"
)

// dictMethods are the methods of dict. Those that do not change it work on a map of Go.
var dictMethods = []routine{
	{"clear()", changingDict(func(_ *starlark.Thread, d *starlark.Dict, _ starlark.Tuple) (starlark.Value, error) {
		return starlark.None, d.Clear()
	})},
	{"copy()", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		return dictOf(thread, starlark.Tuple{starlark.NewList(args[:1])})
	}},
	{"get(key, default=None, /)", func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		v, found, err := lookup(thread, args[0].(starlark.Mapping), args[1])
		if err != nil || found {
			return v, err
		}
		return args[2], nil
	}},
	{"items()", viewOf("items")},
	{"keys()", viewOf("keys")},
	{"pop(key, default=?, /)", changingDict(dictPop)},
	{"popitem()", changingDict(func(_ *starlark.Thread, d *starlark.Dict, _ starlark.Tuple) (starlark.Value, error) {
		if d.Len() == 0 {
			return nil, keyError(starlark.String("popitem(): dictionary is empty"))
		}
		keys := d.Keys()
		key := keys[len(keys)-1]
		v, _, err := d.Delete(key)
		return starlark.Tuple{key, v}, err
	})},
	{"setdefault(key, default=None, /)", changingDict(func(thread *starlark.Thread, d *starlark.Dict, args starlark.Tuple) (starlark.Value, error) {
		v, found, err := lookup(thread, d, args[0])
		if err != nil || found {
			return v, err
		}
		return args[1], d.SetKey(args[0], args[1])
	})},
	{"update(*args, **kwargs)", changingDict(func(thread *starlark.Thread, d *starlark.Dict, args starlark.Tuple) (starlark.Value, error) {
		return starlark.None, updateDict(thread, d, "update", args[0].(starlark.Tuple), args[1])
	})},
	{"values()", viewOf("values")},
}

// changingDict returns a method that changes a dict. A map of Go cannot be changed.
func changingDict(fn func(thread *starlark.Thread, d *starlark.Dict, args starlark.Tuple) (starlark.Value, error)) builtinFunc {
	return func(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
		d, ok := args[0].(*starlark.Dict)
		if !ok {
			return nil, notSupported("changing a dict of Go")
		}
		return fn(thread, d, args[1:])
	}
}

// lookup returns the value of key in a dict. True, 1 and 1.0 are the same key.
func lookup(thread *starlark.Thread, m starlark.Mapping, key starlark.Value) (starlark.Value, bool, error) {
	if err := checkHash(thread, key); err != nil {
		return nil, false, err
	}
	v, found, err := m.Get(key)
	if !found && err == nil {
		if other := twin(key); other != nil {
			return m.Get(other)
		}
	}
	return v, found, err
}

// twin returns the boolean that equals a number, or the number that equals a boolean; nil
// for anything else.
func twin(key starlark.Value) starlark.Value {
	switch k := key.(type) {
	case starlark.Bool:
		return boolInt(k)
	case starlark.Int:
		if n, ok := k.Int64(); ok && (n == 0 || n == 1) {
			return starlark.Bool(n == 1)
		}
	case starlark.Float:
		if k == 0 || k == 1 {
			return starlark.Bool(k == 1)
		}
	}
	return nil
}

// setItem sets d[key] to v. If d has an equal key, such as 1 for True, that key stays.
func setItem(thread *starlark.Thread, d *starlark.Dict, key, v starlark.Value) error {
	if err := checkHash(thread, key); err != nil {
		return err
	}
	if other := twin(key); other != nil {
		if _, found, _ := d.Get(other); found {
			key = other
		}
	}
	return d.SetKey(key, v)
}

// checkHash calls checkKey, and also refuses keys that have no hash.
func checkHash(thread *starlark.Thread, key starlark.Value) error {
	switch k := key.(type) {
	case starlark.String, starlark.Int, starlark.Bool, starlark.NoneType, starlark.Bytes, starlark.Float:
		return nil
	case starlark.Tuple:
		if err := checkKey(thread, key); err != nil {
			return err
		}
		for _, part := range k {
			if err := checkHash(nil, part); err != nil {
				return err
			}
		}
		return nil
	}
	if _, err := key.Hash(); err != nil {
		return errUnhashable(pyType(key))
	}
	return nil
}

func keyError(key starlark.Value) error {
	text, err := appendRepr(nil, key)
	if err != nil {
		return err
	}
	return &pyError{kind: "KeyError", message: string(text), args: starlark.Tuple{key}}
}

func dictPop(thread *starlark.Thread, d *starlark.Dict, args starlark.Tuple) (starlark.Value, error) {
	if err := checkHash(thread, args[0]); err != nil {
		return nil, err
	}
	v, found, err := d.Delete(args[0])
	if other := twin(args[0]); !found && other != nil && err == nil {
		v, found, err = d.Delete(other)
	}
	switch {
	case err != nil || found:
		return v, err
	case args[1] != nil:
		return args[1], nil
	}
	return nil, keyError(args[0])
}

// updateDict implements dict(...) and update(...). It adds the pairs of at most one
// mapping or iterable, then the arguments by name.
func updateDict(thread *starlark.Thread, d *starlark.Dict, name string, args starlark.Tuple, named starlark.Value) error {
	if len(args) > 1 {
		return raise("TypeError", "%s expected at most 1 argument, got %d", name, len(args))
	}
	if len(args) == 1 {
		if err := mergeDict(thread, d, args[0]); err != nil {
			return err
		}
	}
	pairs, _ := named.(starlark.Tuple)
	for _, kw := range pairs {
		if err := d.SetKey(kw.(starlark.Tuple)[0], kw.(starlark.Tuple)[1]); err != nil {
			return err
		}
	}
	return charge(thread, len(pairs))
}

func mergeDict(thread *starlark.Thread, d *starlark.Dict, x starlark.Value) error {
	if m, ok := x.(starlark.IterableMapping); ok {
		items := m.Items()
		for _, item := range items {
			if err := setItem(thread, d, item[0], item[1]); err != nil {
				return err
			}
		}
		return charge(thread, len(items))
	}
	list, err := chargedIterable(thread, x)
	if err != nil {
		return err
	}
	for i, v := range elements(list) {
		pair, err := iterable(v)
		if err != nil {
			return raise("TypeError", "cannot convert dictionary update sequence element #%d to a sequence", i)
		}
		parts := elements(pair)
		if len(parts) != 2 {
			return raise("ValueError", "dictionary update sequence element #%d has length %d; 2 is required", i, len(parts))
		}
		if err := setItem(thread, d, parts[0], parts[1]); err != nil {
			return err
		}
	}
	return nil
}

func makeDict(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	d := new(starlark.Dict)
	return d, updateDict(thread, d, "dict", args[0].(starlark.Tuple), args[1])
}

// fromKeys implements dict.fromkeys.
func fromKeys(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	list, err := iterable(args[0])
	if err != nil {
		return nil, err
	}
	d := new(starlark.Dict)
	if err := charge(thread, starlark.Len(list)); err != nil {
		return nil, err
	}
	for _, key := range elements(list) {
		if err := setItem(thread, d, key, args[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}
