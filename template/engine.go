package template

import (
	"context"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// An engine is what the templates of a loader share: their options, and the interpreter
// that runs them.
type engine struct {
	options     Options
	interpreter *pyvalue.Interpreter
}

func newEngine(o Options) *engine {
	o = o.withDefaults()
	return &engine{o, pyvalue.New(pyvalue.Options{
		Namespace: o.Namespace, Imports: o.Imports, MaxSteps: o.MaxSteps, MaxOutput: o.MaxOutput, Now: o.Now,
	})}
}

// execute runs p and returns what it wrote.
func (e *engine) execute(ctx context.Context, p *program, namespace map[string]any) ([]byte, error) {
	out, failure := e.interpreter.Run(ctx, p.code, namespace)
	if failure != nil {
		return nil, p.failed(failure)
	}
	return out, nil
}

// failed is the error of a run, with its place in the template.
func (p *program) failed(f *pyvalue.Failure) *Error {
	err := &Error{Kind: f.Kind, Err: f.Err}
	if 0 < f.Line && f.Line <= len(p.places) {
		place := p.places[f.Line-1]
		err.Place, err.Via = place.Place, place.via
	}
	return err
}
