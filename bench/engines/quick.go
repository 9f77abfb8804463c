package engines

import (
	"bytes"
)

//go:generate go run github.com/valyala/quicktemplate/qtc@v1.8.0 -file=quick.qtpl

// quick is quicktemplate, which compiles quick.qtpl to quick.qtpl.go.
func quick(name string) (func() ([]byte, error), error) {
	list, s := entries(), page()
	switch name {
	case Table:
		return func() ([]byte, error) {
			var b bytes.Buffer
			writequickTable(&b, list)
			return b.Bytes(), nil
		}, nil
	case Page:
		return func() ([]byte, error) {
			var b bytes.Buffer
			writequickPage(&b, s)
			return b.Bytes(), nil
		}, nil
	}
	return nil, errNoPage
}
