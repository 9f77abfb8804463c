package pysyntax

import (
	"errors"
	"fmt"

	"go.starlark.net/syntax"
)

// parenthesis reads what follows "(": (), (x), a tuple or a generator expression, which
// becomes a list.
func (p *Parser) parenthesis() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if p.take(")") {
		return p.tuple(nil), nil
	}
	e, err := p.exprList()
	if err == nil && p.is("for") {
		e, err = p.comprehension(e, false)
	}
	if err != nil {
		return nil, err
	}
	if p.is(":=") {
		return nil, errors.New("assignment expressions are not supported: write {% set name = value %} before")
	}
	return &syntax.ParenExpr{Lparen: p.pos, X: e, Rparen: p.pos}, p.want(")")
}

func (p *Parser) listDisplay() (syntax.Expr, error) {
	elems, stars, err := p.display("]", nil, nil)
	if err != nil {
		return nil, err
	}
	if len(elems) == 1 && !stars[0] && p.is("for") {
		e, err := p.comprehension(elems[0], false)
		if err != nil {
			return nil, err
		}
		return e, p.want("]")
	}
	return p.flat(elems, stars, false), p.want("]")
}

// display reads the elements of a list or set, after those given, up to close or to a "for".
func (p *Parser) display(close string, elems []syntax.Expr, stars []bool) ([]syntax.Expr, []bool, error) {
	for !p.is(close) {
		e, star, err := p.starred()
		if err != nil {
			return nil, nil, err
		}
		if elems, stars = append(elems, e), append(stars, star); len(elems) > maxElements {
			return nil, nil, fmt.Errorf("a display of more than %d elements", maxElements)
		}
		if !p.take(",") {
			break
		}
	}
	return elems, stars, nil
}

// maxElements is what a list, set or dict display may have.
const maxElements = 100_000

// comprehension reads "for x in y if z ...". body is what stands before it.
func (p *Parser) comprehension(body syntax.Expr, curly bool) (syntax.Expr, error) {
	c := &syntax.Comprehension{Curly: curly, Lbrack: p.pos, Body: body, Rbrack: p.pos}
	for p.is("for", "if", "async") {
		if len(c.Clauses) > maxDepth {
			return nil, ErrTooLong
		}
		switch p.next().text {
		case "if":
			cond, err := p.or()
			if err != nil {
				return nil, err
			}
			c.Clauses = append(c.Clauses, &syntax.IfClause{If: p.pos, Cond: cond})
		case "for":
			p.inner = true
			vars, err := p.targets()
			p.inner = false
			if err != nil {
				return nil, err
			}
			if err := p.want("in"); err != nil {
				return nil, err
			}
			in, err := p.or()
			if err != nil {
				return nil, err
			}
			c.Clauses = append(c.Clauses, &syntax.ForClause{For: p.pos, Vars: vars, In: p.pos, X: p.visit(in)})
		default:
			return nil, errors.New("async is not supported in a template")
		}
	}
	return c, nil
}

// braces reads a dict or a set.
func (p *Parser) braces() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if p.take("}") {
		return &syntax.DictExpr{Lbrace: p.pos, Rbrace: p.pos}, nil
	}
	if p.is("**") {
		return p.dict(nil)
	}
	first, star, err := p.starred()
	if err != nil {
		return nil, err
	}
	if !star && p.take(":") {
		value, err := p.expr()
		if err != nil {
			return nil, err
		}
		if p.is("for") {
			first = p.key(first)
		}
		entry := &syntax.DictEntry{Key: first, Colon: p.pos, Value: value}
		if p.is("for") {
			c, err := p.comprehension(entry, true)
			if err != nil {
				return nil, err
			}
			return c, p.want("}")
		}
		return p.dict(entry)
	}
	if p.is("for") {
		if first, err = p.comprehension(first, false); err != nil {
			return nil, err
		}
		return p.call("_tt_set", first), p.want("}")
	}
	elems, stars := []syntax.Expr{first}, []bool{star}
	if p.take(",") {
		if elems, stars, err = p.display("}", elems, stars); err != nil {
			return nil, err
		}
	}
	return p.call("_tt_set", p.flat(elems, stars, false)), p.want("}")
}

// dict reads the entries behind first. Entries are gathered in one dict as long as no
// "**mapping" stands between them. A key that is repeated wins, as in Python.
func (p *Parser) dict(first *syntax.DictEntry) (syntax.Expr, error) {
	var parts, entries []syntax.Expr
	flush := func() {
		if len(entries) > 0 {
			parts = append(parts, p.call("_tt_pairs", p.list(entries)))
		}
		entries = nil
	}
	plain, count := true, 0
	var display []syntax.Expr
	seen := map[any]bool{}
	add := func(key, value syntax.Expr) {
		lit, ok := key.(*syntax.Literal)
		plain = plain && ok && !seen[lit.Value]
		if ok {
			seen[lit.Value] = true
		}
		entries = append(entries, p.tuple([]syntax.Expr{key, value}))
		display = append(display, &syntax.DictEntry{Key: key, Colon: p.pos, Value: value})
	}
	if first != nil {
		add(first.Key, first.Value)
		p.take(",")
	}
	for ; !p.is("}"); count++ {
		if count > maxElements {
			return nil, ErrTooLong
		}
		if p.take("**") {
			flush()
			e, err := p.binaryLevel(0)
			if err != nil {
				return nil, err
			}
			parts, plain = append(parts, e), false
		} else {
			key, err := p.expr()
			if err != nil {
				return nil, err
			}
			if err := p.want(":"); err != nil {
				return nil, err
			}
			value, err := p.expr()
			if err != nil {
				return nil, err
			}
			add(key, value)
		}
		if !p.take(",") {
			break
		}
	}
	if err := p.want("}"); err != nil {
		return nil, err
	}
	if plain {
		return &syntax.DictExpr{Lbrace: p.pos, List: display, Rbrace: p.pos}, nil
	}
	flush()
	return p.call("_tt_dict", p.list(parts)), nil
}

// key has e checked when it is evaluated. A literal needs that not.
func (p *Parser) key(e syntax.Expr) syntax.Expr {
	if _, ok := e.(*syntax.Literal); ok {
		return e
	}
	return p.call("_tt_key", e)
}

// flat is a list or tuple display, which may contain starred elements.
func (p *Parser) flat(elems []syntax.Expr, stars []bool, tuple bool) syntax.Expr {
	pattern, any := make([]byte, len(elems)), false
	for i := range elems {
		pattern[i] = '0'
		if stars[i] {
			pattern[i], any = '1', true
		}
	}
	switch {
	case any && tuple:
		return p.call("_tt_tuple", p.str(string(pattern)), p.list(elems))
	case any:
		return p.call("_tt_list", p.str(string(pattern)), p.list(elems))
	case tuple:
		return p.tuple(elems)
	}
	return p.list(elems)
}
