package pyvalue

import (
	"fmt"

	"go.starlark.net/starlark"
)

// maxKeyParts limits the elements of a tuple that is a key of a dict or a member of a set, with
// those of nested tuples. A tuple that holds another tuple twice, which holds a third one twice,
// and so on, has many more elements than there are values in memory. Starlark hashes all of them
// without counting steps.
const maxKeyParts = 1 << 20

var errKeyTooLarge = &limitError{fmt.Sprintf("a key of more than %d parts", maxKeyParts)}

// checkKey returns an error if v has too many elements to be hashed. It counts the elements as
// steps of the run.
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

// countParts subtracts the elements of t from left, and reports whether left is enough.
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

// keyOf implements the intrinsic _tt_key: it checks and returns a value that becomes a
// key.
func keyOf(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	return args[0], checkKey(thread, args[0])
}
