package pysyntax

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// primary reads an atom, and the attributes, subscripts and calls that follow it.
func (p *Parser) primary() (syntax.Expr, error) {
	x, err := p.namesCall()
	if x == nil && err == nil {
		x, err = p.atom()
	}
	for n := 0; err == nil && p.is(".", "[", "("); n++ {
		if n > MaxChain {
			return nil, ErrTooLong
		}
		switch p.next().text {
		case ".":
			x, err = p.attribute(x)
		case "[":
			x, err = p.subscript(x)
		default:
			x, err = p.arguments(x, nil)
		}
	}
	return x, err
}

// namesCall reads a call of locals(), or of vars() or dir() without arguments, which return the
// same names. It returns nil for anything else.
func (p *Parser) namesCall() (syntax.Expr, error) {
	t := p.peek()
	if t.kind != nameToken || !p.peekSecond().is("(") || !p.tokens[p.at+2].is(")") {
		return nil, nil
	}
	switch t.text {
	case "locals", "vars", "dir":
	default:
		return nil, nil
	}
	p.at += 3
	var pairs []syntax.Expr
	for _, name := range p.scope.Assigned() {
		read := &syntax.LambdaExpr{Lambda: p.pos, Body: p.scope.Use(name, p.pos)}
		pairs = append(pairs, p.tuple(p.str(name), read))
	}
	names := p.call("_tt_locals", p.list(pairs))
	if t.text == "dir" {
		names = p.call("_tt_names", names)
	}
	return names, nil
}

// attribute reads the name after "x.", and the call of a method of Python's own types.
func (p *Parser) attribute(x syntax.Expr) (syntax.Expr, error) {
	name, err := p.name()
	if err != nil {
		return nil, err
	}
	if p.is("(") {
		if IsMethod(name) {
			p.next()
			return p.arguments(p.ident("_tt_call_"+name), []syntax.Expr{x})
		}
		name += CallMark
	} else if IsMethod(name) {
		return p.binary(syntax.CIRCUMFLEX, x, p.ident(attributePrefix+name)), nil
	}
	if strings.HasPrefix(name, "__") {
		return nil, fmt.Errorf("the attribute %s is not supported in a template", strings.TrimSuffix(name, CallMark))
	}
	return &syntax.DotExpr{X: x, Dot: p.pos, NamePos: p.pos, Name: p.ident(name)}, nil
}

// subscript reads the rest of a subscript after "[". A literal string can only be a key, so
// Starlark's own operator can be used. Any other subscript may be a position in a string, which
// Starlark counts in bytes and Python in characters.
func (p *Parser) subscript(x syntax.Expr) (syntax.Expr, error) {
	parts, colons, err := p.subscriptParts()
	if err != nil {
		return nil, err
	}
	if err := p.want("]"); err != nil {
		return nil, err
	}
	if colons > 0 {
		for i, part := range parts {
			if part == nil {
				parts[i] = p.none()
			}
		}
		return p.call("_tt_slice", x, parts[0], parts[1], parts[2]), nil
	}
	if parts[0] == nil {
		return nil, ErrSyntax
	}
	if lit, ok := parts[0].(*syntax.Literal); ok && lit.Token == syntax.STRING {
		return p.index(x, lit), nil
	}
	return p.onPair(HoldOperand, IndexOperator, x, parts[0]), nil
}

// subscriptParts reads "key", or "low:high:step" with at most two colons. A missing part is nil.
func (p *Parser) subscriptParts() (parts [3]syntax.Expr, colons int, err error) {
	for !p.is("]") {
		if p.take(":") {
			if colons++; colons > 2 {
				return parts, colons, ErrSyntax
			}
			continue
		}
		if parts[colons] != nil {
			break
		}
		read := p.exprList
		if colons > 0 {
			read = p.expr
		}
		if parts[colons], err = read(); err != nil {
			return parts, colons, err
		}
	}
	return parts, colons, nil
}

// An argList holds the arguments of a call by kind. Starlark requires this order: positional,
// named, *args, **kwargs.
type argList struct {
	positional []syntax.Expr
	stars      []bool // which of positional are *args
	named      []syntax.Expr
	mappings   []syntax.Expr // the operands of **
	anyStar    bool
	consumed   bool // the function is one of consumers
}

// arguments reads the rest of a call after "(", and returns the call of fn. The arguments in
// first precede those that are read.
func (p *Parser) arguments(fn syntax.Expr, first []syntax.Expr) (syntax.Expr, error) {
	var args argList
	if id, ok := fn.(*syntax.Ident); ok {
		args.consumed = consumers[id.Name]
	}
	for n := 0; !p.is(")"); n++ {
		if n > MaxChain {
			return nil, ErrTooLong
		}
		if err := p.argument(&args); err != nil {
			return nil, err
		}
		if !p.take(",") {
			break
		}
	}
	if err := p.want(")"); err != nil {
		return nil, err
	}
	list := first
	if !args.anyStar {
		list = append(list, args.positional...)
	}
	list = append(list, args.named...)
	if args.anyStar { // an argument after *args may be positional
		all := p.display(args.positional, args.stars, false)
		list = append(list, p.unaryExpr(syntax.STAR, all))
	}
	if len(args.mappings) > 0 {
		list = append(list, p.unaryExpr(syntax.STARSTAR, p.call("_tt_dict", p.list(args.mappings))))
	}
	return &syntax.CallExpr{Fn: fn, Lparen: p.pos, Args: list, Rparen: p.pos}, nil
}

// argument reads one argument: x, *x, **x, name=x, or a generator expression.
func (p *Parser) argument(args *argList) error {
	if p.take("**") {
		e, err := p.expr()
		args.mappings = append(args.mappings, e)
		return err
	}
	if t := p.peek(); t.kind == nameToken && p.peekSecond().is("=") {
		p.at += 2
		value, err := p.expr()
		args.named = append(args.named, p.binary(syntax.EQ, p.ident(t.text), value))
		return err
	}
	names := p.comprehensionNames()
	p.bindLocals(names)
	defer p.releaseLocals()
	e, star, err := p.starred()
	if err != nil {
		return err
	}
	if star && len(args.mappings) > 0 {
		return fmt.Errorf("%w: iterable argument unpacking follows keyword argument unpacking", ErrSyntax)
	}
	if !star && (len(args.named) > 0 || len(args.mappings) > 0) {
		return fmt.Errorf("%w: positional argument follows keyword argument", ErrSyntax)
	}
	if p.atComprehension() {
		if e, err = p.comprehension(e, false); err != nil {
			return err
		}
		if !args.consumed {
			e = p.call("_tt_generator", e)
		}
	}
	args.positional, args.stars = append(args.positional, e), append(args.stars, star)
	args.anyStar = args.anyStar || star
	return nil
}
