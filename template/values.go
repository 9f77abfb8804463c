package template

import "github.com/gotornado/tornado/template/internal/pyvalue"

// Kwargs is a map[string]any that a Go function declares to take keyword arguments: a
// parameter of this type, anywhere in its list, gets them and takes no position.
//
//	"static": func(path string, kw template.Kwargs) string
type Kwargs = pyvalue.Kwargs

// A Dict is a Go value whose names are not fixed. x["name"], x.name, x.get("name") and
// "name" in x call Lookup in a template. A name that Lookup does not find is looked up
// among the fields and methods of the value.
type Dict interface {
	// Lookup returns the value of name. ok is false if there is none.
	Lookup(name string) (value any, ok bool)
}

var _ pyvalue.Dict = Dict(nil)

// ErrLimit is the error of a template that exceeds a limit: too many steps, too much
// output, or a value that is too large. Test for it with errors.Is.
var ErrLimit = pyvalue.ErrLimit
