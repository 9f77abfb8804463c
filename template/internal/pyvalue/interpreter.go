package pyvalue

import (
	"context"
	"sync"
	"time"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Options tune an Interpreter. All limits must be set.
type Options struct {
	Namespace map[string]any   // names that every run sees; the names passed to Run replace them
	Imports   map[string]any   // modules beside the standard ones, by name
	MaxSteps  uint64           // of one run
	MaxOutput int              // bytes that one run may write
	Now       func() time.Time // the clock of datetime.now and its like
}

// An Interpreter runs the programs of a loader's templates. The programs share its adaptor,
// built-in names, modules, limits and idle runs. Any goroutine may use it.
type Interpreter struct {
	options    Options
	adaptor    adaptor
	intrinsics starlark.StringDict
	builtins   map[string]starlark.Value
	modules    map[string]*module
	idle       sync.Pool // of *run
}

// New returns an interpreter.
func New(o Options) *Interpreter {
	in := &Interpreter{options: o}
	in.builtins = in.pythonBuiltins()
	in.modules = in.standardModules()
	for name, ns := range o.Imports {
		in.modules[name] = newModule(name, in.adaptor.members(ns))
	}
	in.intrinsics = in.environment()
	return in
}

// HasModule reports whether import finds the module name.
func (in *Interpreter) HasModule(name string) bool { return in.modules[name] != nil }

// A Program is a compiled function body. It does not change: many runs may use it at once.
type Program struct {
	function *starlark.Function
	names    []string
}

// functionName is the name of the function that a program consists of.
const functionName = "_tt_execute"

// Load compiles body as a function. Its parameters are the writer and names; a run looks
// the values of names up before it starts. pos is the position of the function, file the
// name of the template. The error is a resolve.ErrorList.
func (in *Interpreter) Load(file string, pos syntax.Position, names []string, body []syntax.Stmt) (*Program, error) {
	params := []syntax.Expr{&syntax.Ident{NamePos: pos, Name: pysyntax.Writer}}
	for _, name := range names {
		params = append(params, &syntax.Ident{NamePos: pos, Name: name})
	}
	fn := &syntax.DefStmt{Def: pos, Name: &syntax.Ident{NamePos: pos, Name: functionName}, Lparen: pos, Params: params, Rparen: pos, Body: body}
	f := &syntax.File{Path: file, Stmts: []syntax.Stmt{fn}, Options: &syntax.FileOptions{While: true, Set: true}}
	compiled, err := starlark.FileProgram(f, in.intrinsics.Has)
	if err != nil {
		return nil, err
	}
	globals, err := compiled.Init(&starlark.Thread{}, in.intrinsics)
	if err != nil {
		return nil, err
	}
	return &Program{globals[functionName].(*starlark.Function), names}, nil
}

// Run runs p on the calling goroutine and returns its output, or the failure of the run. It
// ends early when ctx is done. A value in namespace replaces one in Options.Namespace.
func (in *Interpreter) Run(ctx context.Context, p *Program, namespace map[string]any) ([]byte, *Failure) {
	if ctx.Err() != nil {
		return nil, &Failure{Err: context.Cause(ctx)}
	}
	r := in.newRun()
	r.begin(ctx, p, namespace)
	if own, ok := in.lookup("xhtml_escape", namespace); ok {
		r.w.escape = own
	}
	for _, name := range p.names {
		r.args = append(r.args, in.name(name, namespace))
	}
	stop := r.cancelWith(ctx)
	_, err := starlark.Call(&r.thread, p.function, r.args, nil)
	onTime := stop()
	if err != nil {
		return nil, r.failure(err)
	}
	out := append([]byte(nil), r.w.buf...)
	if onTime { // a late call of Cancel must not end the next run
		in.recycle(r)
	}
	return out, nil
}

// name returns the value of a name that the template does not assign, or nil if it has none.
func (in *Interpreter) name(name string, namespace map[string]any) starlark.Value {
	if v, ok := in.lookup(name, namespace); ok {
		return v
	}
	if v, ok := in.builtins[name]; ok {
		return v
	}
	return nil
}

// lookup returns the value of a name in namespace or in Options.Namespace.
func (in *Interpreter) lookup(name string, namespace map[string]any) (starlark.Value, bool) {
	if v, ok := namespace[name]; ok {
		return in.adaptor.value(v), true
	}
	if v, ok := in.options.Namespace[name]; ok {
		return in.adaptor.value(v), true
	}
	return nil, false
}
