package pysyntax

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// ParseStatements reads the simple statements of {% set %}, {% import %} and {% from %}.
func ParseStatements(source string, pos syntax.Position, scope Scope) ([]syntax.Stmt, error) {
	p, err := NewParser(source, pos, scope)
	if err != nil {
		return nil, err
	}
	var stmts []syntax.Stmt
	for {
		more, err := p.statement()
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, more...)
		if !p.take(";") {
			return stmts, p.End()
		}
		if p.peek().kind == endToken {
			return stmts, nil
		}
	}
}

func (p *Parser) statement() ([]syntax.Stmt, error) {
	switch t := p.peek(); {
	case p.take("pass"):
		return nil, nil
	case p.take("import"):
		return p.importStatement()
	case p.take("from"):
		return p.fromStatement()
	case p.take("del"):
		return p.deleteStatement()
	case p.take("assert"):
		return p.assertStatement()
	case p.take("raise"):
		value, err := p.expr()
		return p.evaluate(p.call("_tt_raise", value)), err
	case p.is("global", "nonlocal", "return", "yield", "def", "class", "with", "async", "await"):
		return nil, fmt.Errorf("%s is not supported in a template", t.text)
	}
	return p.assignment()
}

func (p *Parser) evaluate(e syntax.Expr) []syntax.Stmt {
	return []syntax.Stmt{&syntax.ExprStmt{X: e}}
}

func (p *Parser) assign(to, value syntax.Expr) syntax.Stmt {
	return &syntax.AssignStmt{OpPos: p.pos, Op: syntax.EQ, LHS: to, RHS: value}
}

// assignment reads a = b = value, a += value, a: type = value, or an expression.
func (p *Parser) assignment() ([]syntax.Stmt, error) {
	start := p.at
	value, err := p.exprList()
	if err != nil {
		return nil, err
	}
	switch {
	case p.isAugmented():
		return p.augmented(start)
	case p.take(":"):
		if _, err := p.expr(); err != nil {
			return nil, err
		}
		if !p.is("=") {
			return nil, nil
		}
	case !p.is("="):
		return p.evaluate(value), nil
	}
	// Targets are read again, as targets: a name there is bound, not used.
	starts := []int{start}
	for p.take("=") {
		starts = append(starts, p.at)
		if len(starts) > maxDepth {
			return nil, ErrTooLong
		}
		if value, err = p.exprList(); err != nil {
			return nil, err
		}
	}
	end := p.at
	defer func() { p.at = end }()
	var stmts []syntax.Stmt
	last := starts[len(starts)-1]
	if len(starts) > 2 {
		temporary := p.scope.Temporary()
		stmts = append(stmts, p.assign(p.ident(temporary), value))
		value = p.ident(temporary)
		for _, at := range starts[:len(starts)-1] {
			to, unpacked, err := p.target(at, p.ident(temporary))
			if err != nil {
				return nil, err
			}
			stmts = append(stmts, p.assign(to, unpacked))
		}
		return stmts, nil
	}
	to, value, err := p.target(start, value)
	p.at = last
	return append(stmts, p.assign(to, value)), err
}

// target reads the target list at a token; a starred target makes value a call that
// splits it.
func (p *Parser) target(at int, value syntax.Expr) (to, from syntax.Expr, err error) {
	p.at = at
	to, star, err := p.targetList()
	if err != nil {
		return nil, nil, err
	}
	if p.is(":") {
		return to, value, nil
	}
	if !p.is("=") {
		return nil, nil, fmt.Errorf("%w: cannot assign to expression here", ErrSyntax)
	}
	if star >= 0 {
		n := len(to.(*syntax.TupleExpr).List)
		value = p.call("_tt_unpack", value, p.int(int64(star)), p.int(int64(n-star-1)))
	}
	return to, value, nil
}

// targets reads the targets of a for loop.
func (p *Parser) targets() (syntax.Expr, error) {
	to, star, err := p.targetList()
	if err == nil && star >= 0 {
		err = errors.New("a starred target in a loop is not supported: unpack it with {% set %} in the loop")
	}
	return to, err
}

// targetList reads a, b or (a, b) or a.b or a[i]; star is the position of the starred
// one, -1 for none.
func (p *Parser) targetList() (to syntax.Expr, star int, err error) {
	var list []syntax.Expr
	star = -1
	for tuple := false; ; tuple = true {
		if p.take("*") {
			if star >= 0 {
				return nil, 0, fmt.Errorf("%w: multiple starred expressions in assignment", ErrSyntax)
			}
			star = len(list)
		}
		t, err := p.singleTarget()
		if err != nil {
			return nil, 0, err
		}
		list = append(list, t)
		if len(list) > maxDepth {
			return nil, 0, ErrTooLong
		}
		if !p.take(",") {
			if !tuple && star < 0 {
				return t, star, nil
			}
			break
		}
		if p.atListEnd() {
			break
		}
	}
	return p.tuple(list), star, nil
}

func (p *Parser) singleTarget() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if p.is("(", "[") {
		close := map[string]string{"(": ")", "[": "]"}[p.next().text]
		to, star, err := p.targetList()
		if err == nil && star >= 0 {
			err = errors.New("a starred target within brackets is not supported")
		}
		if err != nil {
			return nil, err
		}
		return to, p.want(close)
	}
	if t := p.peek(); t.kind == nameToken {
		if next := p.tokens[p.at+1]; next.kind != opToken || next.text != "." && next.text != "[" && next.text != "(" {
			p.at++
			if p.inner {
				return p.scope.Use(t.text, p.pos), nil
			}
			return p.scope.Bind(t.text, p.pos), nil
		}
	}
	return p.placeTarget()
}

// placeTarget reads x.name or x[key].
func (p *Parser) placeTarget() (syntax.Expr, error) {
	e, err := p.primary()
	if err != nil {
		return nil, err
	}
	switch e := e.(type) {
	case *syntax.DotExpr, *syntax.IndexExpr:
		return e, nil
	case *syntax.BinaryExpr:
		if pair, ok := e.Y.(*syntax.TupleExpr); ok && e.Op == IndexOperator {
			return &syntax.IndexExpr{X: pair.List[0], Lbrack: p.pos, Y: p.key(pair.List[1]), Rbrack: p.pos}, nil
		}
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && fn.Name == "_tt_slice" {
			return nil, errors.New("assignment to a slice is not supported")
		}
	}
	return nil, fmt.Errorf("%w: cannot assign to expression", ErrSyntax)
}

// augmented reads "x += value" from the start of x.
func (p *Parser) augmented(start int) ([]syntax.Stmt, error) {
	op := strings.TrimSuffix(p.next().text, "=")
	value, err := p.exprList()
	if err != nil {
		return nil, err
	}
	end := p.at
	p.at = start
	to, err := p.singleTarget()
	if err != nil {
		return nil, err
	}
	if _, ok := to.(*syntax.TupleExpr); ok || !p.isAugmented() {
		return nil, fmt.Errorf("%w: illegal expression for augmented assignment", ErrSyntax)
	}
	p.at = start
	old, err := p.primary()
	if err != nil {
		return nil, err
	}
	p.at = end
	if op == "@" {
		return nil, errors.New("the operator @ is not supported")
	}
	return []syntax.Stmt{p.assign(to, p.call("_tt_i"+operatorName(op), old, value))}, nil
}

func (p *Parser) deleteStatement() ([]syntax.Stmt, error) {
	var stmts []syntax.Stmt
	for {
		if t := p.peek(); t.kind == nameToken && (p.tokens[p.at+1].kind == endToken || p.tokens[p.at+1].text == ",") {
			return nil, fmt.Errorf("del %s is not supported: write {%% set %s = None %%}", t.text, t.text)
		}
		to, err := p.placeTarget()
		if err != nil {
			return nil, err
		}
		index, ok := to.(*syntax.IndexExpr)
		if !ok {
			return nil, errors.New("del of an attribute is not supported")
		}
		stmts = append(stmts, p.evaluate(p.call("_tt_del", index.X, index.Y))...)
		if !p.take(",") {
			return stmts, nil
		}
	}
}

func (p *Parser) assertStatement() ([]syntax.Stmt, error) {
	cond, err := p.expr()
	if err != nil {
		return nil, err
	}
	message := p.none()
	if p.take(",") {
		if message, err = p.expr(); err != nil {
			return nil, err
		}
	}
	check := &syntax.BinaryExpr{X: cond, OpPos: p.pos, Op: syntax.OR, Y: p.call("_tt_assert", message)}
	return p.evaluate(check), nil
}

func (p *Parser) dottedName() (string, error) {
	name, err := p.name()
	for err == nil && p.take(".") {
		var more string
		more, err = p.name()
		name += "." + more
	}
	return name, err
}

// importStatement reads "a.b as c, d": without "as", the first part is bound.
func (p *Parser) importStatement() ([]syntax.Stmt, error) {
	var stmts []syntax.Stmt
	for {
		name, err := p.dottedName()
		if err != nil {
			return nil, err
		}
		if err := p.scope.CheckImport(name); err != nil {
			return nil, err
		}
		as, _, _ := strings.Cut(name, ".")
		from := as
		if p.take("as") {
			if as, err = p.name(); err != nil {
				return nil, err
			}
			from = name
		} else if from != name {
			stmts = append(stmts, p.evaluate(p.call("_tt_import", p.str(name)))...)
		}
		stmts = append(stmts, p.assign(p.scope.Bind(as, p.pos), p.call("_tt_import", p.str(from))))
		if !p.take(",") {
			return stmts, nil
		}
	}
}

func (p *Parser) fromStatement() ([]syntax.Stmt, error) {
	name, err := p.dottedName()
	if err != nil {
		return nil, err
	}
	if err := p.scope.CheckImport(name); err != nil {
		return nil, err
	}
	if err := p.want("import"); err != nil {
		return nil, err
	}
	if p.is("*") {
		return nil, errors.New("import * is not supported: name what is imported")
	}
	parenthesized := p.take("(")
	var stmts []syntax.Stmt
	for {
		member, err := p.name()
		if err != nil {
			return nil, err
		}
		as := member
		if p.take("as") {
			if as, err = p.name(); err != nil {
				return nil, err
			}
		}
		stmts = append(stmts, p.assign(p.scope.Bind(as, p.pos), p.call("_tt_from", p.str(name), p.str(member))))
		if !p.take(",") || parenthesized && p.is(")") {
			break
		}
	}
	if parenthesized {
		return stmts, p.want(")")
	}
	return stmts, nil
}
