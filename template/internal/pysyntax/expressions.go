package pysyntax

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/syntax"
)

// exprList reads "a", "a, b" or "a,"; the latter two are tuples.
func (p *Parser) exprList() (syntax.Expr, error) {
	first, star, err := p.starred()
	if err != nil {
		return nil, err
	}
	if !star && !p.is(",") {
		return first, nil
	}
	elems, stars := []syntax.Expr{first}, []bool{star}
	for p.take(",") && !p.atListEnd() {
		e, star, err := p.starred()
		if err != nil {
			return nil, err
		}
		if elems, stars = append(elems, e), append(stars, star); len(elems) > MaxChain {
			return nil, ErrTooLong
		}
	}
	if star && len(elems) == 1 && p.tokens[p.at-1].text != "," {
		return nil, fmt.Errorf("%w: can't use starred expression here", ErrSyntax)
	}
	return p.display(elems, stars, true), nil
}

// atListEnd reports whether the next token ends a list of expressions after a comma.
func (p *Parser) atListEnd() bool {
	return p.peek().kind == endToken || p.is(")", "]", "}", "=", ":", ";", "in") || p.isAugmented()
}

// isAugmented reports whether the next token is an operator such as +=.
func (p *Parser) isAugmented() bool {
	t := p.peek()
	return t.kind == opToken && len(t.text) > 1 && strings.HasSuffix(t.text, "=") && !p.is("==", "!=", "<=", ">=", ":=")
}

// starred reads "x" or "*x".
func (p *Parser) starred() (e syntax.Expr, star bool, err error) {
	if p.take("*") {
		e, err = p.binaryLevel(0)
		return e, true, err
	}
	e, err = p.expr()
	return e, false, err
}

// expr reads what Python's grammar calls an expression: a conditional or a lambda.
func (p *Parser) expr() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.take("lambda") {
		return p.lambda()
	}
	x, err := p.or()
	if err != nil || !p.take("if") {
		return x, err
	}
	cond, err := p.or()
	if err != nil {
		return nil, err
	}
	if err := p.want("else"); err != nil {
		return nil, err
	}
	y, err := p.expr()
	if err != nil {
		return nil, err
	}
	return &syntax.CondExpr{If: p.pos, Cond: cond, True: x, ElsePos: p.pos, False: y}, nil
}

// lambda reads the parameters and the body of a lambda.
func (p *Parser) lambda() (syntax.Expr, error) {
	var params []syntax.Expr
	var names []string
	for !p.is(":") {
		param, name, err := p.param()
		if err != nil {
			return nil, err
		}
		params, names = append(params, param), append(names, name)
		if len(params) > MaxChain {
			return nil, ErrTooLong
		}
		if !p.take(",") {
			break
		}
	}
	if err := p.want(":"); err != nil {
		return nil, err
	}
	p.bindLocals(names)
	body, err := p.expr()
	p.releaseLocals()
	if err != nil {
		return nil, err
	}
	return &syntax.LambdaExpr{Lambda: p.pos, Params: params, Body: body}, nil
}

// param reads x, x=default, *, *args or **kwargs, and returns the name that it binds.
func (p *Parser) param() (syntax.Expr, string, error) {
	if p.is("*", "**") {
		op := syntax.STAR
		if p.next().text == "**" {
			op = syntax.STARSTAR
		} else if p.is(",") {
			return &syntax.UnaryExpr{OpPos: p.pos, Op: op}, "", nil
		}
		name, err := p.name()
		return p.unaryExpr(op, p.local(name)), name, err
	}
	name, err := p.name()
	if err != nil || !p.take("=") {
		return p.local(name), name, err
	}
	value, err := p.expr()
	return p.binary(syntax.EQ, p.local(name), value), name, err
}

func (p *Parser) or() (syntax.Expr, error)  { return p.logical("or", syntax.OR, p.and) }
func (p *Parser) and() (syntax.Expr, error) { return p.logical("and", syntax.AND, p.not) }

// logical reads operands that word joins.
func (p *Parser) logical(word string, op syntax.Token, operand func() (syntax.Expr, error)) (syntax.Expr, error) {
	x, err := operand()
	for n := 0; err == nil && p.take(word); n++ {
		if n > MaxChain {
			return nil, ErrTooLong
		}
		var y syntax.Expr
		if y, err = operand(); err == nil {
			x = p.binary(op, x, y)
		}
	}
	return x, err
}

func (p *Parser) not() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if !p.take("not") {
		return p.comparison()
	}
	x, err := p.not()
	return p.unaryExpr(syntax.NOT, x), err
}

// binaryLevels are the operators by precedence, from the loosest to the tightest.
var binaryLevels = [][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%", "@"}}

// binaryLevel reads operands that the operators of a level or of tighter ones join.
func (p *Parser) binaryLevel(level int) (syntax.Expr, error) {
	if level == len(binaryLevels) {
		return p.unary()
	}
	x, err := p.binaryLevel(level + 1)
	for n := 0; err == nil && p.is(binaryLevels[level]...); n++ {
		if n > MaxChain {
			return nil, ErrTooLong
		}
		op := p.next().text
		var y syntax.Expr
		if y, err = p.binaryLevel(level + 1); err == nil {
			x, err = p.arithmetic(op, x, y)
		}
	}
	return x, err
}

// arithmetic returns x op y. Starlark's own operators know no formats, no Python booleans
// and no limits. The commonest operators become operators of the writer on a pair, which
// cost less than the calls that the others become.
func (p *Parser) arithmetic(op string, x, y syntax.Expr) (syntax.Expr, error) {
	if op == "@" {
		return nil, errMatMul
	}
	if token, ok := pairOperators[op]; ok {
		return p.onPair(HoldOperand, token, x, y), nil
	}
	return p.call("_tt_"+operatorNames[op], x, y), nil
}

var errMatMul = errors.New("the operator @ is not supported")

func (p *Parser) unary() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.is("await") {
		return nil, errors.New("await is not supported in a template: pass the result")
	}
	if !p.is("+", "-", "~") {
		return p.power()
	}
	op := p.next().text
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	switch op {
	case "+":
		return p.call("_tt_pos", x), nil
	case "~":
		return p.call("_tt_invert", x), nil
	}
	return p.negative(x), nil
}

// negative returns -x, as a literal when x is one.
func (p *Parser) negative(x syntax.Expr) syntax.Expr {
	if lit, ok := x.(*syntax.Literal); ok {
		switch v := lit.Value.(type) {
		case int64:
			return p.int(-v)
		case float64:
			if v != 0 { // Starlark's constants do not tell -0.0 from 0.0
				lit.Value = -v
				return lit
			}
		}
	}
	return p.call("_tt_neg", x)
}

func (p *Parser) power() (syntax.Expr, error) {
	x, err := p.primary()
	if err != nil || !p.take("**") {
		return x, err
	}
	y, err := p.unary()
	return p.call("_tt_pow", x, y), err
}

// atom reads a name, a literal, or what stands in brackets.
func (p *Parser) atom() (syntax.Expr, error) {
	switch t := p.next(); t.kind {
	case nameToken:
		return p.variable(t.text), nil
	case numberToken:
		return p.numberLiteral(t), nil
	case stringToken, bytesToken, fstringToken:
		return p.strings(t)
	case opToken:
		switch t.text {
		case "None", "True", "False":
			return p.ident(t.text), nil
		case "(":
			return p.parenthesis()
		case "[":
			return p.listDisplay()
		case "{":
			return p.braces()
		case "...":
			return nil, errors.New("... is not supported in a template")
		case "yield":
			return nil, errors.New("yield is not supported in a template")
		}
		return nil, fmt.Errorf("%w: unexpected %s", ErrSyntax, t)
	}
	return nil, fmt.Errorf("%w: the expression ends early", ErrSyntax)
}

func (p *Parser) numberLiteral(t token) syntax.Expr {
	lit := &syntax.Literal{Token: syntax.INT, TokenPos: p.pos, Value: t.value}
	if _, ok := t.value.(float64); ok {
		lit.Token = syntax.FLOAT
	}
	return lit
}

// variable returns a use of name: a local of a lambda or comprehension around, or a
// variable of the scope.
func (p *Parser) variable(name string) syntax.Expr {
	for _, names := range p.locals {
		if slices.Contains(names, name) {
			return p.local(name)
		}
	}
	return p.scope.Use(name, p.pos)
}

// local returns a name that a lambda or comprehension binds.
func (p *Parser) local(name string) *syntax.Ident { return p.ident(VariableName(name)) }

// bindLocals makes names local until releaseLocals is called.
func (p *Parser) bindLocals(names []string) { p.locals = append(p.locals, names) }

func (p *Parser) releaseLocals() { p.locals = p.locals[:len(p.locals)-1] }
