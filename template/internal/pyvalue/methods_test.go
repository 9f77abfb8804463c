package pyvalue

import (
	"slices"
	"strings"
	"testing"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
)

// TestMethodNamesAreKnownToTheParser checks that the parser knows all attributes of Python's
// types. Otherwise an attribute of Starlark's own types would be used.
func TestMethodNamesAreKnownToTheParser(t *testing.T) {
	want := map[string]bool{}
	for _, c := range []*class{strClass, bytesClass, listClass, tupleClass, dictClass, setClass, frozenSetClass, intClass, floatClass} {
		for name := range c.methods {
			want[name] = true
		}
		for name := range c.members {
			want[name] = true
		}
		for name := range c.getters {
			want[name] = true
		}
	}
	for _, x := range []starlark.HasAttrs{starlark.String(""), starlark.Bytes(""), new(starlark.List), new(starlark.Dict), new(starlark.Set)} {
		for _, name := range x.AttrNames() {
			want[name] = true
		}
	}
	var missing []string
	for name := range want {
		if !pysyntax.IsMethod(name) {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("pysyntax.MethodNames lacks %s", strings.Join(missing, " "))
	}
}
