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

// statement reads one simple statement. The result may be several statements of Starlark.
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

// assignment reads a = b = value, a += value, a: type = value, or an expression. It reads the
// text before "=" as an expression first, because it cannot know that "=" follows.
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
			return nil, nil // an annotation alone sets nothing
		}
	case !p.is("="):
		return p.evaluate(value), nil
	}
	targets, last := []int{}, start
	for p.take("=") {
		targets, last = append(targets, last), p.at
		if len(targets) > maxDepth {
			return nil, ErrTooLong
		}
		if value, err = p.exprList(); err != nil {
			return nil, err
		}
	}
	return p.assignAll(targets, value)
}

// assignAll assigns value to the target lists that begin at the tokens in targets. It reads these
// tokens again as targets, whose names are assigned and not read.
func (p *Parser) assignAll(targets []int, value syntax.Expr) ([]syntax.Stmt, error) {
	end := p.at
	defer func() { p.at = end }()
	var stmts []syntax.Stmt
	from := func() syntax.Expr { return value }
	if len(targets) > 1 { // the value is computed once
		name := p.scope.Temporary()
		stmts = append(stmts, p.assign(p.ident(name), value))
		from = func() syntax.Expr { return p.ident(name) }
	}
	for _, at := range targets {
		to, unpacked, err := p.target(at, from())
		if err != nil {
			return nil, err
		}
		stmts = append(stmts, p.assign(to, unpacked))
	}
	return stmts, nil
}

// target reads the target list that begins at the token at. It returns the list and the value to
// assign: value itself, or a call that splits value if a target is starred.
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

// targetList reads targets such as a, b or (a, b) or a.b or a[i]. Several targets, or one before
// a comma, are a tuple. star is the index of the starred target, or -1.
func (p *Parser) targetList() (to syntax.Expr, star int, err error) {
	list, tuple, star, err := p.targetItems()
	if err != nil {
		return nil, 0, err
	}
	if !tuple {
		return list[0], star, nil
	}
	return p.tuple(list...), star, nil
}

// targetItems reads targets with commas between them. tuple is false for a single target that is
// not starred.
func (p *Parser) targetItems() (list []syntax.Expr, tuple bool, star int, err error) {
	for star = -1; ; tuple = true {
		if p.take("*") {
			if star >= 0 {
				return nil, false, 0, fmt.Errorf("%w: multiple starred expressions in assignment", ErrSyntax)
			}
			star = len(list)
		}
		t, err := p.singleTarget()
		if err != nil {
			return nil, false, 0, err
		}
		if list = append(list, t); len(list) > maxDepth {
			return nil, false, 0, ErrTooLong
		}
		if !p.take(",") {
			return list, tuple || star >= 0, star, nil
		}
		if p.atListEnd() {
			return list, true, star, nil
		}
	}
}

// singleTarget reads a name, a target list in brackets, x.name or x[key].
func (p *Parser) singleTarget() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.is("(", "[") {
		return p.bracketedTargets()
	}
	if t := p.peek(); t.kind == nameToken && !p.peekSecond().is(".", "[", "(") {
		p.at++
		if p.inner {
			return p.local(t.text), nil
		}
		return p.scope.Bind(t.text, p.pos), nil
	}
	return p.placeTarget()
}

// bracketedTargets reads (a, b) or [a, b]. (a) is a, while [a] unpacks a sequence.
func (p *Parser) bracketedTargets() (syntax.Expr, error) {
	close := ")"
	if p.next().text == "[" {
		close = "]"
	}
	list, tuple, star, err := p.targetItems()
	if err == nil && star >= 0 {
		err = errors.New("a starred target within brackets is not supported")
	}
	if err != nil {
		return nil, err
	}
	if !tuple && close == ")" {
		return list[0], p.want(close)
	}
	return p.tuple(list...), p.want(close)
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
		if id, ok := e.Y.(*syntax.Ident); ok && strings.HasPrefix(id.Name, attributePrefix) {
			name := strings.TrimPrefix(id.Name, attributePrefix)
			return &syntax.DotExpr{X: e.X, Dot: p.pos, NamePos: p.pos, Name: p.ident(name)}, nil
		}
		if x := heldOperand(HoldOperand, e); x != nil && e.Op == IndexOperator {
			return p.index(x, p.key(e.Y)), nil
		}
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && fn.Name == "_tt_slice" {
			return nil, errors.New("assignment to a slice is not supported")
		}
	}
	return nil, fmt.Errorf("%w: cannot assign to expression", ErrSyntax)
}

// augmented reads the operator and the value of "x += value". x begins at the token start.
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
		return nil, errMatMul
	}
	return []syntax.Stmt{p.assign(to, p.call("_tt_i"+operatorNames[op], old, value))}, nil
}

// deleteStatement reads what follows "del".
func (p *Parser) deleteStatement() ([]syntax.Stmt, error) {
	var stmts []syntax.Stmt
	for {
		if t := p.peek(); t.kind == nameToken && (p.peekSecond().kind == endToken || p.peekSecond().is(",")) {
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

// assertStatement reads the rest of a statement after "assert". The message is computed only if
// the assertion fails.
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
	return p.evaluate(p.binary(syntax.OR, cond, p.call("_tt_assert", message))), nil
}

// dottedName reads "a.b.c".
func (p *Parser) dottedName() (string, error) {
	name, err := p.name()
	for err == nil && p.take(".") {
		var more string
		more, err = p.name()
		name += "." + more
	}
	return name, err
}

// importStatement reads "a.b as c, d". Without "as", it assigns the first part of the name.
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

// fromStatement reads "module import a, b as c".
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
