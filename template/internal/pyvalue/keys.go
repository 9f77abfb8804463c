package pyvalue

import (
	"fmt"

	"go.starlark.net/starlark"
)

// maxKeyParts is how large a tuple may be that is a key of a dict or a member of a set,
// with all that it holds: one that holds another one twice, and so on, has more parts than
// it takes memory, and the interpreter hashes them all without counting.
const maxKeyParts = 1 << 20

var errKeyTooLarge = &limitError{fmt.Sprintf("a key of more than %d parts", maxKeyParts)}

// checkKey is called before v is hashed.
func checkKey(thread *starlark.Thread, v starlark.Value) error {
	t, ok := v.(starlark.Tuple)
	if !ok {
		return nil
	}
	left := maxKeyParts
	if !countParts(t, &left) {
		return errKeyTooLarge
	}
	return charge(thread, maxKeyParts-left)
}

// countParts takes the parts of t off left, which must last.
func countParts(t starlark.Tuple, left *int) bool {
	for _, elem := range t {
		*left--
		switch elem := elem.(type) {
		case starlark.Tuple:
			if !countParts(elem, left) {
				return false
			}
		case starlark.String:
			*left -= len(elem) / 64
		case starlark.Bytes:
			*left -= len(elem) / 64
		}
		if *left < 0 {
			return false
		}
	}
	return true
}

// checkKeys is checkKey for whatever a function of dicts or sets, or one of their methods,
// may take for a key: its arguments, their elements, and the first of a pair.
func checkKeys(thread *starlark.Thread, args starlark.Tuple) error {
	for _, arg := range args {
		if err := checkKey(thread, arg); err != nil {
			return err
		}
		list, ok := arg.(*starlark.List)
		if !ok {
			continue
		}
		for i := range list.Len() {
			key := list.Index(i)
			if pair, ok := key.(*starlark.List); ok && pair.Len() > 0 {
				key = pair.Index(0)
			}
			if err := checkKey(thread, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyOf is its argument, where that becomes a key by an instruction of the interpreter.
func keyOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return args[0], checkKey(thread, args[0])
}
