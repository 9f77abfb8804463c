package pysyntax

import (
	"errors"
	"fmt"
	"math/big"
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
	return p.flat(elems, stars, true), nil
}

func (p *Parser) atListEnd() bool {
	return p.peek().kind == endToken || p.is(")", "]", "}", "=", ":", ";", "in") || p.isAugmented()
}

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

// expr is Python's "expression": a conditional or a lambda.
func (p *Parser) expr() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
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
	p.locals = append(p.locals, names)
	body, err := p.expr()
	p.locals = p.locals[:len(p.locals)-1]
	if err != nil {
		return nil, err
	}
	return &syntax.LambdaExpr{Lambda: p.pos, Params: params, Body: body}, nil
}

// param reads x, x=default, *, *args or **kwargs.
func (p *Parser) param() (syntax.Expr, string, error) {
	if p.is("*", "**") {
		op := syntax.STAR
		if p.next().text == "**" {
			op = syntax.STARSTAR
		} else if p.is(",") {
			return &syntax.UnaryExpr{OpPos: p.pos, Op: op}, "", nil
		}
		name, err := p.name()
		return &syntax.UnaryExpr{OpPos: p.pos, Op: op, X: p.ident(name)}, name, err
	}
	name, err := p.name()
	if err != nil || !p.take("=") {
		return p.ident(name), name, err
	}
	value, err := p.expr()
	return p.binary(syntax.EQ, p.ident(name), value), name, err
}

func (p *Parser) or() (syntax.Expr, error)  { return p.logical("or", syntax.OR, p.and) }
func (p *Parser) and() (syntax.Expr, error) { return p.logical("and", syntax.AND, p.not) }

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
	defer func() { p.depth-- }()
	if !p.take("not") {
		return p.comparison()
	}
	x, err := p.not()
	return &syntax.UnaryExpr{OpPos: p.pos, Op: syntax.NOT, X: x}, err
}

// binaryLevels are the operators from the loosest to the tightest.
var binaryLevels = [][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "//", "%", "@"}}

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

// arithmetic does not use Starlark's own operators, which know no formats, no Python
// booleans and no limits. The commonest are operators of the writer on a pair, the others
// calls.
func (p *Parser) arithmetic(op string, x, y syntax.Expr) (syntax.Expr, error) {
	if op == "@" {
		return nil, errors.New("the operator @ is not supported")
	}
	if token, ok := pairOperators[op]; ok {
		return p.binary(token, p.ident("_tt_w"), p.tuple([]syntax.Expr{x, y})), nil
	}
	return p.call("_tt_"+operatorName(op), x, y), nil
}

func (p *Parser) unary() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
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
	if lit, ok := x.(*syntax.Literal); ok && op == "-" {
		switch v := lit.Value.(type) {
		case int64:
			return p.int(-v), nil
		case float64:
			lit.Value = -v
			return lit, nil
		}
	}
	return p.call(map[string]string{"+": "_tt_pos", "-": "_tt_neg", "~": "_tt_invert"}[op], x), nil
}

func (p *Parser) power() (syntax.Expr, error) {
	x, err := p.primary()
	if err != nil || !p.take("**") {
		return x, err
	}
	y, err := p.unary()
	return p.call("_tt_pow", x, y), err
}

func (p *Parser) atom() (syntax.Expr, error) {
	switch t := p.next(); t.kind {
	case nameToken:
		return p.variable(t.text), nil
	case numberToken:
		switch v := t.value.(type) {
		case float64:
			return &syntax.Literal{Token: syntax.FLOAT, TokenPos: p.pos, Value: v}, nil
		case *big.Int:
			return &syntax.Literal{Token: syntax.INT, TokenPos: p.pos, Value: v}, nil
		}
		return p.int(t.value.(int64)), nil
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
		case "yield":
			return nil, errors.New("yield is not supported in a template")
		}
		return nil, fmt.Errorf("%w: unexpected %s", ErrSyntax, t)
	}
	return nil, fmt.Errorf("%w: the expression ends early", ErrSyntax)
}

// variable is a use of name, unless a lambda around binds it.
func (p *Parser) variable(name string) syntax.Expr {
	for _, names := range p.locals {
		for _, local := range names {
			if local == name {
				return p.ident(name)
			}
		}
	}
	return p.scope.Use(name, p.pos)
}
