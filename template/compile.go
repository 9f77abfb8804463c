package template

import (
	"errors"

	"github.com/gotornado/tornado/template/internal/pyvalue"
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// A program is the compiled code of a template.
type program struct {
	code   *pyvalue.Program
	places []placement // by the lines of positions in code
}

// A placement is a line of a template, with the extends and include directives through which its
// file became a part of the program.
type placement struct {
	Place
	via []Place
}

// compileFiles compiles the inheritance chain of a template, the base first. include
// finds the files that include directives name.
func (en *engine) compileFiles(chain []*file, include includer) (*program, error) {
	blocks := map[string]*node{}
	for _, f := range chain {
		if err := findBlocks(f, include, blocks, 0); err != nil {
			return nil, err
		}
	}
	e := &emitter{include: include, hasModule: en.interpreter.HasModule, blocks: blocks}
	body, err := e.emitProgram(chain[0])
	if err == nil && e.sharesVariables() { // the first pass has found the shared variables, with which the second pass emits the code
		e = &emitter{include: include, hasModule: en.interpreter.HasModule, blocks: blocks, past: e.all}
		body, err = e.emitProgram(chain[0])
	}
	if err != nil {
		return nil, err
	}
	return e.program(en.interpreter, chain[len(chain)-1].name, body)
}

// findBlocks stores the blocks of f, and of the files that f includes, in blocks. A later block
// replaces an earlier one of the same name. depth is the number of include directives that lead
// to f.
func findBlocks(f *file, include includer, blocks map[string]*node, depth int) error {
	var walk func(list []*node) error
	walk = func(list []*node) error {
		for _, n := range list {
			switch n.kind {
			case blockNode:
				blocks[n.text] = n
			case includeNode:
				included, err := includedFile(n, include, depth)
				if err != nil {
					return err
				}
				if err := findBlocks(included, include, blocks, depth+1); err != nil {
					return err
				}
			}
			if err := walk(n.body); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(f.body)
}

// includedFile returns the file that the include directive n names.
func includedFile(n *node, include includer, depth int) (*file, error) {
	ref := n.reference("include")
	if include == nil {
		return nil, ref.errorf("{%% include %%} block found, but no template loader")
	}
	if depth > maxNesting {
		return nil, ref.errorf("too many levels of includes")
	}
	return include(ref)
}

// program returns the program that executes body, the code that e has emitted.
func (e *emitter) program(in *pyvalue.Interpreter, name string, body []syntax.Stmt) (*program, error) {
	var names []string // names that the template reads and never assigns
	for name := range e.used {
		if !e.all[0].assigned[name] {
			names = append(names, name)
		}
	}
	code, err := in.Load(name, e.start, names, body)
	if err != nil {
		return nil, e.resolveError(err)
	}
	return &program{code, e.places}, nil
}

// resolveError returns the first error of Starlark's resolver, with its place in the template.
func (e *emitter) resolveError(err error) error {
	var list resolve.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		place := e.places[list[0].Pos.Line-1]
		return &ParseError{Message: "invalid syntax: " + list[0].Msg, Filename: place.File, Line: place.Line}
	}
	return err
}

// failed returns the error of a run, with its place in the template.
func (p *program) failed(f *pyvalue.Failure) *Error {
	err := &Error{Kind: f.Kind, Err: f.Err}
	if 0 < f.Line && f.Line <= len(p.places) {
		place := p.places[f.Line-1]
		err.Place, err.Via = place.Place, place.via
	}
	return err
}
