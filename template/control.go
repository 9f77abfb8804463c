package template

import (
	"fmt"

	"github.com/gotornado/tornado/template/internal/pysyntax"
	"go.starlark.net/syntax"
)

// A clause is one part of a control block, such as an elif: its tag and its nodes.
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

// head begins to read the tag of a clause. word is the first token of the tag.
func (e *emitter) head(c clause) (p *pysyntax.Parser, word string, err error) {
	p, err = pysyntax.NewParser(c.node.text, e.at(c.node.line), e)
	if err != nil {
		return nil, "", e.syntaxError(c.node.line, err)
	}
	return p, p.Word(), nil
}

// bare returns an error unless the tag of c is a single word.
func (e *emitter) bare(c clause) error {
	p, _, err := e.head(c)
	if err != nil {
		return err
	}
	return e.syntaxError(c.node.line, p.End())
}

// body returns the statements of a clause.
func (e *emitter) body(c clause) ([]syntax.Stmt, error) {
	return e.suite(e.at(c.node.line), func() error { return e.nodes(c.body) })
}

// control emits an if, for, while or try block.
func (e *emitter) control(n *node, pos syntax.Position) error {
	e.flushWrites()
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

// ifChain returns list[0] as an if, and the clauses after it as its else.
func (e *emitter) ifChain(list []clause) ([]syntax.Stmt, error) {
	c := list[0]
	p, word, err := e.head(c)
	if err != nil {
		return nil, err
	}
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
	pos := e.at(c.node.line)
	stmt := &syntax.IfStmt{If: pos, Cond: cond, ElsePos: pos}
	if stmt.True, err = e.body(c); err != nil {
		return nil, err
	}
	if len(list) > 1 {
		stmt.False, err = e.ifChain(list[1:])
	}
	return []syntax.Stmt{stmt}, err
}

// A jumpTarget is a construct that a break or continue leaves: a loop, or the body of a try.
type jumpTarget struct {
	isTry   bool
	flag    string  // for a loop with an else: the variable that is true if the loop has ended without a break
	breaks  bool    // for a loop: a break was emitted for it
	signals [2]bool // for a try body: break and continue leave it
}

// within emits a suite inside of x.
func (e *emitter) within(x *jumpTarget, emit func() ([]syntax.Stmt, error)) ([]syntax.Stmt, error) {
	e.exits = append(e.exits, x)
	stmts, err := emit()
	e.exits = e.exits[:len(e.exits)-1]
	return stmts, err
}

// loop emits a for or while block. Starlark's loops have no else, so a variable records whether
// the loop has ended without a break.
func (e *emitter) loop(p *pysyntax.Parser, word string, list []clause, pos syntax.Position) error {
	if len(list) > 2 {
		return e.errorf(list[2].node.line, "invalid syntax: two else clauses")
	}
	x := &jumpTarget{}
	if len(list) == 2 {
		x.flag = e.Temporary()
		if err := e.bare(list[1]); err != nil {
			return err
		}
	}
	stmt, err := e.loopStmt(p, word, list[0], pos, x)
	if err != nil {
		return err
	}
	if x.breaks && x.flag != "" {
		e.add(setFlag(pos, x.flag, "True"))
	}
	e.add(stmt)
	if len(list) == 1 {
		return nil
	}
	otherwise, err := e.body(list[1])
	if x.breaks {
		e.add(&syntax.IfStmt{If: pos, Cond: pysyntax.Ident(pos, x.flag), True: otherwise, ElsePos: pos})
	} else {
		e.add(otherwise...)
	}
	return err
}

// loopStmt returns the loop without its else.
func (e *emitter) loopStmt(p *pysyntax.Parser, word string, c clause, pos syntax.Position, x *jumpTarget) (syntax.Stmt, error) {
	body := func() ([]syntax.Stmt, error) { return e.body(c) }
	if word == "for" {
		targets, iterable, err := p.ForClause()
		if err != nil {
			return nil, err
		}
		stmts, err := e.within(x, body)
		return &syntax.ForStmt{For: pos, Vars: targets, X: iterable, Body: stmts}, err
	}
	cond, err := p.Condition()
	if err != nil {
		return nil, err
	}
	stmts, err := e.within(x, body)
	return &syntax.WhileStmt{While: pos, Cond: cond, Body: stmts}, err
}

// setFlag returns the assignment of True or False to the variable name.
func setFlag(pos syntax.Position, name, value string) syntax.Stmt {
	return pysyntax.Assign(pos, pysyntax.Ident(pos, name), pysyntax.Ident(pos, value))
}

// These are the values that the body of a try returns when break or continue leaves it.
const (
	breakSignal = iota + 1
	continueSignal
)

// branch emits break or continue.
func (e *emitter) branch(word string, pos syntax.Position) error {
	signal, op := breakSignal, syntax.BREAK
	switch word {
	case "break":
	case "continue":
		signal, op = continueSignal, syntax.CONTINUE
	default:
		return pysyntax.ErrSyntax
	}
	if len(e.exits) == 0 {
		return fmt.Errorf("%s outside {'for', 'while'} block", word)
	}
	x := e.exits[len(e.exits)-1]
	if x.isTry {
		x.signals[signal-1] = true
		e.add(&syntax.ReturnStmt{Return: pos, Result: pysyntax.Int(pos, int64(signal))})
		return nil
	}
	if signal == breakSignal {
		x.breaks = true
		if x.flag != "" {
			e.add(setFlag(pos, x.flag, "False"))
		}
	}
	e.add(&syntax.BranchStmt{Token: op, TokenPos: pos})
	return nil
}
