package pysyntax

import (
	"errors"

	"go.starlark.net/syntax"
)

// atComprehension reports whether the clauses of a comprehension follow.
func (p *Parser) atComprehension() bool { return p.is("for", "async") }

// comprehension reads "for x in y if z ..."; body is the expression before it. The names
// that it binds must be locals: see comprehensionNames.
func (p *Parser) comprehension(body syntax.Expr, curly bool) (syntax.Expr, error) {
	c := &syntax.Comprehension{Curly: curly, Lbrack: p.pos, Body: body, Rbrack: p.pos}
	for p.is("for", "if", "async") {
		if len(c.Clauses) > maxDepth {
			return nil, ErrTooLong
		}
		var clause syntax.Node
		var err error
		switch p.next().text {
		case "if":
			clause, err = p.ifClause()
		case "for":
			clause, err = p.forClause(len(c.Clauses) == 0)
		default:
			err = errors.New("async is not supported in a template")
		}
		if err != nil {
			return nil, err
		}
		c.Clauses = append(c.Clauses, clause)
	}
	return c, nil
}

func (p *Parser) ifClause() (syntax.Node, error) {
	cond, err := p.or()
	return &syntax.IfClause{If: p.pos, Cond: cond}, err
}

// forClause reads "targets in iterable". In the first clause, the iterable belongs to the
// scope around the comprehension.
func (p *Parser) forClause(first bool) (syntax.Node, error) {
	p.inner = true
	vars, err := p.targets()
	p.inner = false
	if err != nil {
		return nil, err
	}
	if err := p.want("in"); err != nil {
		return nil, err
	}
	if first {
		names := p.locals[len(p.locals)-1]
		p.releaseLocals()
		defer p.bindLocals(names)
	}
	in, err := p.or()
	return &syntax.ForClause{For: p.pos, Vars: vars, In: p.pos, X: p.visit(in)}, err
}

// comprehensionNames returns the names that a comprehension binds whose body starts at
// the next token, nil if none does. The body uses these names and stands before them, so
// the tokens are searched: up to a comma or the end of the brackets, the names between
// each "for" and its "in" are gathered.
func (p *Parser) comprehensionNames() (names []string) {
	depth, inTargets, inParams := 0, false, false
	for _, t := range p.tokens[p.at:] {
		switch {
		case t.is("(", "[", "{"):
			depth++
		case t.is(")", "]", "}"):
			if depth--; depth < 0 {
				return names
			}
		case t.kind == nameToken && inTargets:
			names = append(names, t.text)
		case depth > 0:
		case t.is("lambda"):
			inParams = true
		case t.is(":"):
			inParams = false
		case t.is("for"):
			inTargets = true
		case t.is("in"):
			inTargets = false
		case t.is(",") && !inTargets && !inParams:
			return names
		}
	}
	return names
}
