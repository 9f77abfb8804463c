package pysyntax

import (
	"fmt"

	"go.starlark.net/syntax"
)

// primary reads an atom and what follows it: .name, [index], (arguments).
func (p *Parser) primary() (syntax.Expr, error) {
	x, err := p.atom()
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
	}
	return &syntax.DotExpr{X: x, Dot: p.pos, NamePos: p.pos, Name: p.ident(name)}, nil
}

// subscript reads what follows "[". A literal string can only be a key, which needs no
// help; anything else may be a position in a string, which Starlark counts in bytes.
func (p *Parser) subscript(x syntax.Expr) (syntax.Expr, error) {
	parts := []syntax.Expr{nil, nil, nil}
	colons := 0
	for !p.is("]") {
		if p.take(":") {
			if colons++; colons > 2 {
				return nil, ErrSyntax
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
		e, err := read()
		if err != nil {
			return nil, err
		}
		parts[colons] = e
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
		return &syntax.IndexExpr{X: x, Lbrack: p.pos, Y: lit, Rbrack: p.pos}, nil
	}
	return p.binary(IndexOperator, p.ident("_tt_w"), p.tuple([]syntax.Expr{x, parts[0]})), nil
}

// An argList gathers the arguments of a call in the order Starlark wants: positional,
// named, *args, **kwargs.
type argList struct {
	positional []syntax.Expr
	stars      []bool
	named      []syntax.Expr
	mappings   []syntax.Expr
	anyStar    bool
}

// arguments reads what follows "(": fn is called with first before the arguments.
func (p *Parser) arguments(fn syntax.Expr, first []syntax.Expr) (syntax.Expr, error) {
	args := argList{positional: first, stars: make([]bool, len(first))}
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
	list := args.positional
	if args.anyStar {
		list = list[:len(first):len(first)]
	}
	list = append(list, args.named...)
	if args.anyStar {
		rest := p.flat(args.positional[len(first):], args.stars[len(first):], false)
		list = append(list, &syntax.UnaryExpr{OpPos: p.pos, Op: syntax.STAR, X: rest})
	}
	if len(args.mappings) > 0 {
		list = append(list, &syntax.UnaryExpr{OpPos: p.pos, Op: syntax.STARSTAR, X: p.call("_tt_dict", p.list(args.mappings))})
	}
	return &syntax.CallExpr{Fn: fn, Lparen: p.pos, Args: list, Rparen: p.pos}, nil
}

func (p *Parser) argument(args *argList) error {
	if p.take("**") {
		e, err := p.expr()
		args.mappings = append(args.mappings, e)
		return err
	}
	if t := p.peek(); t.kind == nameToken && p.tokens[p.at+1].kind == opToken && p.tokens[p.at+1].text == "=" {
		p.at += 2
		value, err := p.expr()
		args.named = append(args.named, p.binary(syntax.EQ, p.ident(t.text), value))
		return err
	}
	e, star, err := p.starred()
	if err != nil {
		return err
	}
	if !star && (len(args.named) > 0 || len(args.mappings) > 0) {
		return fmt.Errorf("%w: positional argument follows keyword argument", ErrSyntax)
	}
	if p.is("for") {
		if e, err = p.comprehension(e, false); err != nil {
			return err
		}
	}
	args.positional, args.stars = append(args.positional, e), append(args.stars, star)
	args.anyStar = args.anyStar || star
	return nil
}
