package template

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/syntax"
)

// A funcScope is a function in Python's sense: the template, or the body of an apply block.
// Starlark has no exceptions, so the body of a try block becomes a Starlark function of its own.
// The variables that such a body assigns are fields of an object that the body and the code
// around it share.
type funcScope struct {
	object   string // name of the object with the shared variables
	assigned map[string]bool
	shared   map[string]bool
	trying   int // number of open try bodies
}

var _ pysyntax.Scope = (*emitter)(nil)

// function returns the statements that emitBody emits, as a function in Python's sense.
func (e *emitter) function(pos syntax.Position, emitBody func() error) ([]syntax.Stmt, error) {
	s := &funcScope{object: fmt.Sprintf("_tt_s%d", len(e.all)), assigned: map[string]bool{}, shared: map[string]bool{}}
	if n := len(e.all); n < len(e.past) {
		s.assigned, s.shared = e.past[n].assigned, e.past[n].shared
	}
	e.all, e.scopes = append(e.all, s), append(e.scopes, s)
	exits := e.exits
	e.exits = nil
	stmts, err := e.suite(pos, emitBody)
	e.exits, e.scopes = exits, e.scopes[:len(e.scopes)-1]
	if len(s.shared) > 0 {
		object := pysyntax.Assign(pos, pysyntax.Ident(pos, s.object), pysyntax.Call(pos, "_tt_scope"))
		stmts = append([]syntax.Stmt{object}, stmts...)
	}
	return stmts, err
}

// innermost returns the function that is being emitted.
func (e *emitter) innermost() *funcScope { return e.scopes[len(e.scopes)-1] }

// sharesVariables reports whether the body of a try shares a variable with the code around it.
func (e *emitter) sharesVariables() bool {
	for _, s := range e.all {
		if len(s.shared) > 0 {
			return true
		}
	}
	return false
}

// isLocal reports whether the template sets name.
func (e *emitter) isLocal(name string) bool {
	for _, s := range e.scopes {
		if s.assigned[name] {
			return true
		}
	}
	return false
}

// Use implements pysyntax.Scope: it returns the expression for name where it is read.
func (e *emitter) Use(name string, pos syntax.Position) syntax.Expr {
	if name == argumentName && e.argument != nil {
		return e.argument
	}
	name = pysyntax.VariableName(name)
	e.used[name] = true
	return e.variable(name, pos)
}

// Bind implements pysyntax.Scope: it returns the target for name where it is set.
func (e *emitter) Bind(name string, pos syntax.Position) syntax.Expr {
	name = pysyntax.VariableName(name)
	s := e.innermost()
	s.assigned[name] = true
	if s.trying > 0 {
		s.shared[name] = true
	}
	return e.variable(name, pos)
}

// Assigned implements pysyntax.Scope: it returns the variables that the function has set
// so far, in order.
func (e *emitter) Assigned() []string {
	return slices.Sorted(maps.Keys(e.innermost().assigned))
}

// variable returns the variable name, or the field of the shared object that stands for it.
func (e *emitter) variable(name string, pos syntax.Position) syntax.Expr {
	for i := len(e.scopes) - 1; i >= 0; i-- {
		s := e.scopes[i]
		if e.past != nil && s.shared[name] {
			object := pysyntax.Ident(pos, s.object)
			return &syntax.DotExpr{X: object, Dot: pos, NamePos: pos, Name: pysyntax.Ident(pos, name)}
		}
		if s.assigned[name] {
			break
		}
	}
	return pysyntax.Ident(pos, name)
}

// CheckImport implements pysyntax.Scope: it refuses an import that cannot succeed, unless
// it stands in a try, which may catch the error.
func (e *emitter) CheckImport(name string) error {
	if e.hasModule(name) || e.innermost().trying > 0 {
		return nil
	}
	//lint:ignore ST1005 it begins as Python's does
	return fmt.Errorf("No module named '%s': register a namespace of that name in Options.Imports", name)
}

// Temporary implements pysyntax.Scope: it returns the name of a new variable.
func (e *emitter) Temporary() string {
	e.serial++
	return fmt.Sprintf("_tt_t%d", e.serial)
}
