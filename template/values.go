package template

import "github.com/gotornado/tornado/template/internal/pyvalue"

// Kwargs is a map[string]any that a Go function declares to take keyword arguments: a
// parameter of this type, anywhere in its list, gets them and takes no position.
//
//	"static": func(path string, kw template.Kwargs) string
type Kwargs = pyvalue.KeywordArgs

// Dict is implemented by Go values whose names are not fixed. A template reads them as
// x["name"], x.name and x.get("name"), and asks "name" in x. Names that Lookup does not
// have are searched among the fields and methods.
type Dict interface {
	Lookup(name string) (value any, ok bool)
}

var _ pyvalue.Lookuper = Dict(nil)

// ErrLimit matches the error of a template that exceeded a limit with errors.Is: too many steps,
// too much output, or a value that is too large.
var ErrLimit = pyvalue.ErrLimit
