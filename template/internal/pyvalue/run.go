package pyvalue

import (
	"context"

	"go.starlark.net/starlark"
)

// A run is one execution of a program. A finished run keeps its thread for the next one.
type run struct {
	in        *Interpreter
	namespace map[string]any
	thread    starlark.Thread
	w         writer
	program   *Program
	args      starlark.Tuple
	ctx       context.Context
	max       uint64 // steps
}

const runKey = "run"

var noRun = &run{ctx: context.Background()}

// runOf returns the run to which a thread belongs.
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

// charge adds n steps to the run, for work that a built-in function does beyond its own call.
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

func (in *Interpreter) newRun() *run {
	if r, ok := in.idle.Get().(*run); ok {
		return r
	}
	r := &run{in: in, max: in.options.MaxSteps}
	r.thread.Name = "template"
	r.thread.SetMaxExecutionSteps(r.max)
	r.thread.SetLocal(runKey, r)
	r.w.max, r.w.thread = in.options.MaxOutput, &r.thread
	r.w.operand.w, r.w.compared.w = &r.w, &r.w
	return r
}

// begin readies an idle run.
func (r *run) begin(ctx context.Context, p *Program, namespace map[string]any) {
	r.ctx, r.program, r.namespace = ctx, p, namespace
	r.thread.Steps = 0
	r.w.buf, r.w.held = r.w.buf[:0], r.w.held[:0]
	r.args = append(r.args[:0], &r.w)
}

// cancelWith ends the run when ctx is done. stop ends the watch, and reports whether ctx was not
// done before.
func (r *run) cancelWith(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { r.thread.Cancel(ctx.Err().Error()) })
}

// maxIdleBuffer is the largest output buffer that an idle run keeps.
const maxIdleBuffer = 1 << 20

func (in *Interpreter) recycle(r *run) {
	clear(r.args)
	r.ctx, r.program, r.namespace, r.w.escape = nil, nil, nil, nil
	if cap(r.w.buf) > maxIdleBuffer {
		r.w.buf = nil
	}
	in.idle.Put(r)
}
