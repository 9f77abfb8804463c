package template

import (
	"context"
	"errors"
	"strings"
	"sync"

	"go.starlark.net/starlark"
)

// An engine is what the templates of a loader share: what they know of Go's types, the
// functions and names they see, the limits they run under, and idle threads.
type engine struct {
	options  Options
	adaptor  adaptor
	env      starlark.StringDict
	builtins map[string]starlark.Value
	modules  map[string]*module
	idle     sync.Pool // of *run
}

func newEngine(o Options) *engine {
	e := &engine{options: o.withDefaults()}
	e.builtins = e.pythonBuiltins()
	e.modules = e.standardModules()
	for name, ns := range e.options.Imports {
		e.modules[name] = newModule(name, e.adaptor.members(ns))
	}
	e.env = e.environment()
	return e
}

// A run is one execution of a template, or an idle thread that waits for the next one.
type run struct {
	thread  starlark.Thread
	w       writer
	program *program
	args    starlark.Tuple
	ctx     context.Context
	max     uint64 // steps
}

const runKey = "run"

var noRun = &run{ctx: context.Background()}

// runOf finds the run that a thread belongs to.
func runOf(thread *starlark.Thread) *run {
	if thread != nil {
		if r, ok := thread.Local(runKey).(*run); ok {
			return r
		}
	}
	return noRun
}

func (r *run) context() context.Context { return r.ctx }

var errSteps = &limitError{"too many steps"}

// charge counts n more steps: work that a built-in function does beyond its own call.
func charge(thread *starlark.Thread, n int) error {
	if n <= 0 || thread == nil {
		return nil
	}
	thread.Steps += uint64(n)
	if r := runOf(thread); r != noRun && thread.Steps > r.max {
		return errSteps
	}
	return nil
}

func (e *engine) newRun() *run {
	if r, ok := e.idle.Get().(*run); ok {
		return r
	}
	r := &run{max: e.options.MaxSteps}
	r.thread.Name = "template"
	r.thread.SetMaxExecutionSteps(r.max)
	r.thread.SetLocal(runKey, r)
	r.w.max, r.w.thread = e.options.MaxOutput, &r.thread
	return r
}

// execute runs p and returns what it wrote.
func (e *engine) execute(ctx context.Context, p *program, namespace map[string]any) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, &Error{Err: context.Cause(ctx)}
	}
	r := e.newRun()
	r.begin(ctx, p)
	if own, ok := e.lookup(DefaultAutoescape, namespace); ok {
		r.w.escape = own
	}
	for _, name := range p.params {
		r.args = append(r.args, e.name(name, namespace))
	}
	stop := r.cancelWith(ctx)
	_, err := starlark.Call(&r.thread, p.execute, r.args, nil)
	onTime := stop()
	if err != nil {
		return nil, p.failure(ctx, err)
	}
	out := append([]byte(nil), r.w.buf...)
	if onTime { // else a late Cancel could hit the next run
		e.recycle(r)
	}
	return out, nil
}

// begin readies an idle run.
func (r *run) begin(ctx context.Context, p *program) {
	r.ctx, r.program = ctx, p
	r.thread.Steps = 0
	r.w.buf = r.w.buf[:0]
	r.args = append(r.args[:0], &r.w)
}

// cancelWith ends the run when ctx is done; stop reports whether that did not happen.
func (r *run) cancelWith(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { r.thread.Cancel(ctx.Err().Error()) })
}

// maxIdleBuffer is the largest output buffer that an idle run keeps.
const maxIdleBuffer = 1 << 20

func (e *engine) recycle(r *run) {
	clear(r.args)
	r.ctx, r.program, r.w.escape = nil, nil, nil
	if cap(r.w.buf) > maxIdleBuffer {
		r.w.buf = nil
	}
	e.idle.Put(r)
}

// name is the value of a name that the template does not set; nil if there is none.
func (e *engine) name(name string, namespace map[string]any) starlark.Value {
	if v, ok := e.lookup(name, namespace); ok {
		return v
	}
	if v, ok := e.builtins[name]; ok {
		return v
	}
	return nil
}

func (e *engine) lookup(name string, namespace map[string]any) (starlark.Value, bool) {
	if v, ok := namespace[name]; ok {
		return e.adaptor.value(v), true
	}
	if v, ok := e.options.Namespace[name]; ok {
		return e.adaptor.value(v), true
	}
	return nil, false
}

// failure says where in the template a run ended.
func (p *program) failure(ctx context.Context, err error) error {
	out := &Error{Err: err}
	if eval := innermost(err); eval != nil {
		for i := range eval.CallStack {
			pos := eval.CallStack.At(i).Pos
			if n := int(pos.Line); pos.Filename() != "<builtin>" && 0 < n && n <= len(p.places) {
				place := p.places[n-1]
				out.Place, out.Via = place.Place, place.via
				break
			}
		}
	}
	cause := pythonError(err)
	switch c := cause.(type) {
	case *pyError:
		c = p.missingName(c)
		out.Kind, out.Err = c.kind, c
	case *limitError:
		out.Err = c
		if ctx.Err() != nil {
			out.Err = context.Cause(ctx)
		}
	case goError:
		out.Err = c.error
	default:
		if g := (goError{}); errors.As(err, &g) {
			out.Err = g.error
		}
	}
	return out
}

// pythonError is err as Python has it.
func (r *run) pythonError(err error) error {
	err = pythonError(err)
	if e, ok := err.(*pyError); ok && r.program != nil {
		return r.program.missingName(e)
	}
	return err
}

// missingName tells a name that nobody gave from a variable that is not set yet.
func (p *program) missingName(e *pyError) *pyError {
	const prefix, suffix = "cannot access local variable '", "' where it is not associated with a value"
	if e.kind != "UnboundLocalError" {
		return e
	}
	name := strings.TrimSuffix(strings.TrimPrefix(e.message, prefix), suffix)
	for _, param := range p.params {
		if param == name {
			return &pyError{kind: "NameError", message: "name '" + strings.TrimSpace(name) + "' is not defined"}
		}
	}
	return e
}

// innermost is the first error of the interpreter in a chain, the one nearest the cause.
func innermost(err error) *starlark.EvalError {
	var found *starlark.EvalError
	for err != nil {
		if eval, ok := err.(*starlark.EvalError); ok {
			found = eval
		}
		err = errors.Unwrap(err)
	}
	return found
}
