package template

import (
	"errors"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/syntax"
)

// try emits
//
//	def body(): ...
//	r = _tt_try(body)
//	if r: (an if for each except; the error again if no except fits)
//	elif _tt_left(r, 1): break
//	elif _tt_left(r, 2): continue
//	else: ...
//
// and for finally the same again around it.
func (e *emitter) try(list []clause, pos syntax.Position) error {
	parts, err := e.tryParts(list)
	if err != nil {
		return err
	}
	if parts.finally == nil {
		return e.tryExcept(parts, pos)
	}
	result, x, err := e.tryBody(pos, func() error {
		if len(parts.except) == 0 {
			return e.nodes(parts.body.body)
		}
		return e.tryExcept(parts, pos)
	})
	if err != nil {
		return err
	}
	finally, err := e.body(*parts.finally)
	if err != nil {
		return err
	}
	e.add(finally...)
	stmt := &syntax.IfStmt{If: pos, Cond: pysyntax.Ident(pos, result), True: reraise(pos, result), ElsePos: pos}
	stmt.False, err = e.signals(x, result, pos)
	e.add(stmt)
	return err
}

// tryParts holds the clauses of a try block, sorted by kind.
type tryParts struct {
	body            clause
	except          []clause
	orElse, finally *clause
}

// tryParts sorts the clauses of a try block and checks their order.
func (e *emitter) tryParts(list []clause) (parts tryParts, err error) {
	parts.body = list[0]
	for i, c := range list[1:] {
		_, word, err := e.head(c)
		if err != nil {
			return parts, err
		}
		switch {
		case word == "except" && parts.orElse == nil && parts.finally == nil:
			parts.except = append(parts.except, c)
		case word == "else" && parts.orElse == nil && parts.finally == nil && len(parts.except) > 0:
			parts.orElse = &list[1:][i]
			err = e.bare(c)
		case word == "finally" && parts.finally == nil:
			parts.finally = &list[1:][i]
			err = e.bare(c)
		default:
			err = e.errorf(c.node.line, "invalid syntax: %s is misplaced", word)
		}
		if err != nil {
			return parts, err
		}
	}
	if len(list) == 1 {
		return parts, errors.New("invalid syntax: expected 'except' or 'finally' block")
	}
	return parts, nil
}

// tryBody emits a function with the statements that emit emits, and a call of the function.
// result is the variable with the outcome. x says which signals the function returns.
func (e *emitter) tryBody(pos syntax.Position, emit func() error) (result string, x *jumpTarget, err error) {
	name, result := e.Temporary(), e.Temporary()
	x = &jumpTarget{isTry: true}
	suite := func() ([]syntax.Stmt, error) { return e.suite(pos, emit) }
	s := e.innermost()
	s.trying++
	var stmts []syntax.Stmt
	if len(e.exits) > 0 {
		stmts, err = e.within(x, suite)
	} else { // not in a loop, so break is an error
		stmts, err = suite()
	}
	s.trying--
	e.add(define(name, pos, stmts))
	outcome := pysyntax.Call(pos, "_tt_try", pysyntax.Ident(pos, name))
	e.add(pysyntax.Assign(pos, pysyntax.Ident(pos, result), outcome))
	return result, x, err
}

// tryExcept emits a try block, except for its finally.
func (e *emitter) tryExcept(parts tryParts, pos syntax.Position) error {
	result, x, err := e.tryBody(pos, func() error { return e.nodes(parts.body.body) })
	if err != nil {
		return err
	}
	stmt := &syntax.IfStmt{If: pos, Cond: pysyntax.Ident(pos, result), ElsePos: pos}
	if stmt.True, err = e.handlers(parts.except, result, pos); err != nil {
		return err
	}
	signals, err := e.signals(x, result, pos)
	if err != nil {
		return err
	}
	var otherwise []syntax.Stmt
	if parts.orElse != nil {
		if otherwise, err = e.body(*parts.orElse); err != nil {
			return err
		}
	}
	stmt.False = joinIfs(signals, otherwise)
	e.add(stmt)
	return nil
}

// joinIfs adds otherwise to the last else of a chain of ifs, and returns the chain.
func joinIfs(chain, otherwise []syntax.Stmt) []syntax.Stmt {
	if len(chain) == 0 {
		return otherwise
	}
	last := chain[len(chain)-1].(*syntax.IfStmt)
	last.False = joinIfs(last.False, otherwise)
	return chain
}

// signals returns a chain of ifs that repeats the break or continue which has left the body of a
// try. The body is a function, so it cannot leave the loop around it by itself.
func (e *emitter) signals(x *jumpTarget, result string, pos syntax.Position) ([]syntax.Stmt, error) {
	var chain []syntax.Stmt
	for i, word := range []string{"break", "continue"} {
		if !x.signals[i] {
			continue
		}
		left := pysyntax.Call(pos, "_tt_left", pysyntax.Ident(pos, result), pysyntax.Int(pos, int64(i+1)))
		stmt := &syntax.IfStmt{If: pos, Cond: left, ElsePos: pos}
		var err error
		if stmt.True, err = e.suite(pos, func() error { return e.branch(word, pos) }); err != nil {
			return nil, err
		}
		chain = joinIfs(chain, []syntax.Stmt{stmt})
	}
	return chain, nil
}

// handlers returns the except clauses as a chain of ifs.
func (e *emitter) handlers(list []clause, result string, pos syntax.Position) ([]syntax.Stmt, error) {
	if len(list) == 0 {
		return reraise(pos, result), nil
	}
	c := list[0]
	p, _, err := e.head(c)
	if err != nil {
		return nil, err
	}
	class, name, err := p.ExceptClause()
	if err != nil {
		return nil, e.syntaxError(c.node.line, err)
	}
	if class == nil {
		if len(list) > 1 {
			return nil, e.errorf(c.node.line, "invalid syntax: default 'except:' must be last")
		}
		return e.body(c)
	}
	at := e.at(c.node.line)
	caught := pysyntax.Call(at, "_tt_caught", pysyntax.Ident(at, result), class)
	stmt := &syntax.IfStmt{If: at, Cond: caught, ElsePos: at}
	stmt.True, err = e.suite(at, func() error {
		if name != "" {
			exception := pysyntax.Call(at, "_tt_exception", pysyntax.Ident(at, result))
			e.add(pysyntax.Assign(at, e.Bind(name, at), exception))
		}
		return e.nodes(c.body)
	})
	if err == nil {
		stmt.False, err = e.handlers(list[1:], result, pos)
	}
	return []syntax.Stmt{stmt}, err
}

// reraise returns the statement that raises the error in the variable result again.
func reraise(pos syntax.Position, result string) []syntax.Stmt {
	return []syntax.Stmt{&syntax.ExprStmt{X: pysyntax.Call(pos, "_tt_reraise", pysyntax.Ident(pos, result))}}
}
