package pyvalue

import (
	"strings"

	"go.starlark.net/starlark"
)

// jsonEncode is json_encode: dicts keep their order, Go values are Go's JSON.
func jsonEncode(thread *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	e := newJSONEncoder(thread)
	err := e.value(args[0], 0)
	return starlark.String(strings.ReplaceAll(string(e.dst), "</", `<\/`)), err
}
