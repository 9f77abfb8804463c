package template

import (
	"context"
	"strings"

	"github.com/gotornado/tornado/template/internal/pyvalue"
)

// An engine compiles and runs the templates of a loader, or a single template.
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

// parse returns the tree of the file name.
func (e *engine) parse(name, text string) (*file, error) {
	if at := pyvalue.InvalidUTF8(text); at >= 0 {
		return nil, &ParseError{Message: "the template is not UTF-8", Filename: name, Line: 1 + strings.Count(text[:at], "\n")}
	}
	f := &file{name: name, autoescape: e.options.Autoescape}
	if f.autoescape == NoAutoescape {
		f.autoescape = ""
	}
	return f, parseFile(f, text, e.options.whitespaceFor(name))
}

// compile returns the template whose source is text. l finds the templates that it extends and
// includes. If l is nil, these directives are errors.
func (e *engine) compile(name, text string, l templateSource) (*Template, error) {
	f, err := e.parse(name, text)
	if err != nil {
		return nil, err
	}
	t := &Template{name: name, engine: e, file: f}
	ancestors, err := t.ancestors(l)
	if err != nil {
		return nil, err
	}
	t.chain = append(ancestors, f)
	var include includer
	if l != nil {
		include = func(ref reference) (*file, error) {
			included, err := l.load(ref)
			if err != nil {
				return nil, err
			}
			t.sources = append(t.sources, included.sources...)
			return included.file, nil
		}
	}
	t.program, err = e.compileFiles(t.chain, include)
	return t, err
}

// execute runs p and returns its output.
func (e *engine) execute(ctx context.Context, p *program, namespace map[string]any) ([]byte, error) {
	out, failure := e.interpreter.Run(ctx, p.code, namespace)
	if failure != nil {
		return nil, p.failed(failure)
	}
	return out, nil
}
