package pyvalue

import (
	"go.starlark.net/starlark"
)

// pyType is the name of v's type in messages.
func pyType(v starlark.Value) string { return classOf(v).path }
