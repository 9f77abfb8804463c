package template

import (
	"errors"
	"fmt"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/syntax"
)

// A clause is one part of a control block: its tag and what stands up to the next.
type clause struct {
	node *node
	body []*node
}

// clauses splits the body of a control block at else, elif, except and finally.
func clauses(n *node) []clause {
	list := []clause{{node: n}}
	start := 0
	for i, child := range n.body {
		if child.kind == middleNode {
			list[len(list)-1].body = n.body[start:i]
			list = append(list, clause{node: child})
			start = i + 1
		}
	}
	list[len(list)-1].body = n.body[start:]
	return list
}

// head starts to read the tag of a clause; word is its first token.
func (e *emitter) head(c clause) (p *pysyntax.Parser, word string, err error) {
	p, err = pysyntax.NewParser(c.node.text, e.at(c.node.line), e)
	if err != nil {
		return nil, "", e.syntaxError(c.node.line, err)
	}
	return p, p.Word(), nil
}

// bare checks that the tag of c is one word.
func (e *emitter) bare(c clause) error {
	p, _, err := e.head(c)
	if err != nil {
		return err
	}
	return e.syntaxError(c.node.line, p.End())
}

func (e *emitter) body(c clause) ([]syntax.Stmt, error) {
	return e.suite(e.at(c.node.line), func() error { return e.nodes(c.body) })
}

func (e *emitter) control(n *node, pos syntax.Position) error {
	e.flush()
	list := clauses(n)
	if len(list) > pysyntax.MaxChain {
		return pysyntax.ErrTooLong
	}
	p, word, err := e.head(list[0])
	if err != nil {
		return err
	}
	switch word {
	case "if":
		stmts, err := e.ifChain(list)
		e.add(stmts...)
		return err
	case "try":
		if err := e.bare(list[0]); err != nil {
			return err
		}
		return e.try(list, pos)
	}
	return e.loop(p, word, list, pos)
}

// ifChain emits list[0] as if or elif, and what follows it as its else.
func (e *emitter) ifChain(list []clause) ([]syntax.Stmt, error) {
	c := list[0]
	p, word, err := e.head(c)
	if err != nil {
		return nil, err
	}
	pos := e.at(c.node.line)
	if word == "else" {
		if len(list) > 1 {
			return nil, e.errorf(list[1].node.line, "invalid syntax: %s after else", list[1].node.text)
		}
		if err := p.End(); err != nil {
			return nil, e.syntaxError(c.node.line, err)
		}
		return e.body(c)
	}
	cond, err := p.Condition()
	if err != nil {
		return nil, e.syntaxError(c.node.line, err)
	}
	stmt := &syntax.IfStmt{If: pos, Cond: cond, ElsePos: pos}
	if stmt.True, err = e.body(c); err != nil {
		return nil, err
	}
	if len(list) > 1 {
		stmt.False, err = e.ifChain(list[1:])
	}
	return []syntax.Stmt{stmt}, err
}

// loop emits for and while. Starlark's loops have no else: a variable remembers whether
// the loop was left by break.
func (e *emitter) loop(p *pysyntax.Parser, word string, list []clause, pos syntax.Position) error {
	if len(list) > 2 {
		return e.errorf(list[2].node.line, "invalid syntax: two else clauses")
	}
	f := &flow{}
	if len(list) == 2 {
		f.flag = e.Temporary()
		if err := e.bare(list[1]); err != nil {
			return err
		}
	}
	var vars, x syntax.Expr
	var err error
	if word == "for" {
		vars, x, err = p.ForClause()
	} else {
		x, err = p.Condition()
	}
	if err != nil {
		return err
	}
	e.flow = append(e.flow, f)
	body, err := e.body(list[0])
	e.flow = e.flow[:len(e.flow)-1]
	if err != nil {
		return err
	}
	if f.breakSeen && f.flag != "" {
		e.add(assign(pos, f.flag, ident("False", pos)))
	}
	if word == "for" {
		e.add(&syntax.ForStmt{For: pos, Vars: vars, X: x, Body: body})
	} else {
		e.add(&syntax.WhileStmt{While: pos, Cond: x, Body: body})
	}
	if len(list) == 1 {
		return nil
	}
	otherwise, err := e.body(list[1])
	if f.breakSeen {
		not := &syntax.UnaryExpr{OpPos: pos, Op: syntax.NOT, X: ident(f.flag, pos)}
		e.add(&syntax.IfStmt{If: pos, Cond: not, True: otherwise, ElsePos: pos})
	} else {
		e.add(otherwise...)
	}
	return err
}

// The signals with which the body of a try is left.
const (
	breakSignal = iota + 1
	continueSignal
)

func (e *emitter) branch(word string, pos syntax.Position) error {
	signal, op := breakSignal, syntax.BREAK
	if word == "continue" {
		signal, op = continueSignal, syntax.CONTINUE
	}
	if len(e.flow) == 0 {
		return fmt.Errorf("%s outside {'for', 'while'} block", word)
	}
	f := e.flow[len(e.flow)-1]
	if f.isTry {
		f.left[signal-1] = true
		number := &syntax.Literal{Token: syntax.INT, TokenPos: pos, Value: int64(signal)}
		e.add(&syntax.ReturnStmt{Return: pos, Result: number})
		return nil
	}
	if signal == breakSignal {
		f.breakSeen = true
		if f.flag != "" {
			e.add(assign(pos, f.flag, ident("True", pos)))
		}
	}
	e.add(&syntax.BranchStmt{Token: op, TokenPos: pos})
	return nil
}

// try emits
//
//	def body(): ...
//	r = _tt_try(body)
//	if r: (one if for each except, the error again if none fits)
//	elif _tt_left(r, 1): break
//	elif _tt_left(r, 2): continue
//	else: ...
//
// and, for finally, the same again around it.
func (e *emitter) try(list []clause, pos syntax.Position) error {
	parts, err := e.tryParts(list)
	if err != nil {
		return err
	}
	if parts.finally == nil {
		return e.tryExcept(parts, pos)
	}
	name, result := e.Temporary(), e.Temporary()
	f, err := e.tryBody(name, pos, func() error {
		if len(parts.except) == 0 {
			return e.nodes(parts.body.body)
		}
		return e.tryExcept(parts, pos)
	})
	if err != nil {
		return err
	}
	e.add(assign(pos, result, call(pos, "_tt_try", ident(name, pos))))
	finally, err := e.body(*parts.finally)
	if err != nil {
		return err
	}
	e.add(finally...)
	raise := &syntax.ExprStmt{X: call(pos, "_tt_reraise", ident(result, pos))}
	stmt := &syntax.IfStmt{If: pos, Cond: ident(result, pos), True: []syntax.Stmt{raise}, ElsePos: pos}
	stmt.False, err = e.signals(f, result, pos)
	e.add(stmt)
	return err
}

// tryParts are the clauses of a try block, sorted.
type tryParts struct {
	body            clause
	except          []clause
	orElse, finally *clause
}

func (e *emitter) tryParts(list []clause) (parts tryParts, err error) {
	parts.body = list[0]
	for i, c := range list[1:] {
		_, word, err := e.head(c)
		if err != nil {
			return parts, err
		}
		misplaced := e.errorf(c.node.line, "invalid syntax: %s is misplaced", word)
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
			err = misplaced
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

// tryBody defines a function whose errors are caught.
func (e *emitter) tryBody(name string, pos syntax.Position, body func() error) (*flow, error) {
	f := &flow{isTry: true}
	inLoop := len(e.flow) > 0
	if inLoop {
		e.flow = append(e.flow, f)
	}
	s := e.scopes[len(e.scopes)-1]
	s.trying++
	stmts, err := e.suite(pos, body)
	s.trying--
	if inLoop {
		e.flow = e.flow[:len(e.flow)-1]
	}
	e.add(e.define(name, pos, stmts))
	return f, err
}

func (e *emitter) tryExcept(parts tryParts, pos syntax.Position) error {
	name, result := e.Temporary(), e.Temporary()
	f, err := e.tryBody(name, pos, func() error { return e.nodes(parts.body.body) })
	if err != nil {
		return err
	}
	e.add(assign(pos, result, call(pos, "_tt_try", ident(name, pos))))
	stmt := &syntax.IfStmt{If: pos, Cond: ident(result, pos), ElsePos: pos}
	if stmt.True, err = e.handlers(parts.except, result, pos); err != nil {
		return err
	}
	signals, err := e.signals(f, result, pos)
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

// joinIfs puts otherwise into the last else of a chain of ifs.
func joinIfs(chain, otherwise []syntax.Stmt) []syntax.Stmt {
	if len(chain) == 0 {
		return otherwise
	}
	last := chain[len(chain)-1].(*syntax.IfStmt)
	last.False = joinIfs(last.False, otherwise)
	return chain
}

// signals emits what the body of a try could not do itself: leave the loop around it.
func (e *emitter) signals(f *flow, result string, pos syntax.Position) ([]syntax.Stmt, error) {
	var chain []syntax.Stmt
	for i, word := range []string{"break", "continue"} {
		if !f.left[i] {
			continue
		}
		number := &syntax.Literal{Token: syntax.INT, TokenPos: pos, Value: int64(i + 1)}
		stmt := &syntax.IfStmt{If: pos, Cond: call(pos, "_tt_left", ident(result, pos), number), ElsePos: pos}
		var err error
		if stmt.True, err = e.suite(pos, func() error { return e.branch(word, pos) }); err != nil {
			return nil, err
		}
		chain = joinIfs(chain, []syntax.Stmt{stmt})
	}
	return chain, nil
}

// handlers emits the except clauses as a chain of ifs.
func (e *emitter) handlers(list []clause, result string, pos syntax.Position) ([]syntax.Stmt, error) {
	if len(list) == 0 {
		return []syntax.Stmt{&syntax.ExprStmt{X: call(pos, "_tt_reraise", ident(result, pos))}}, nil
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
	stmt := &syntax.IfStmt{If: at, Cond: call(at, "_tt_caught", ident(result, at), class), ElsePos: at}
	stmt.True, err = e.suite(at, func() error {
		if name != "" {
			to := e.Bind(name, at)
			e.add(&syntax.AssignStmt{OpPos: at, Op: syntax.EQ, LHS: to, RHS: call(at, "_tt_exception", ident(result, at))})
		}
		return e.nodes(c.body)
	})
	if err == nil {
		stmt.False, err = e.handlers(list[1:], result, pos)
	}
	return []syntax.Stmt{stmt}, err
}
