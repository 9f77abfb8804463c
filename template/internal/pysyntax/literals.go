package pysyntax

import (
	"fmt"

	"go.starlark.net/syntax"
)

// parenthesis reads the rest of an expression after "(": (), (x), a tuple, or a generator
// expression.
func (p *Parser) parenthesis() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.take(")") {
		return p.tuple(), nil
	}
	names := p.comprehensionNames()
	p.bindLocals(names)
	defer p.releaseLocals()
	e, err := p.exprList()
	if err == nil && names != nil && p.atComprehension() {
		if e, err = p.comprehension(e, false); err == nil {
			e = p.call("_tt_generator", e)
		}
	}
	if err != nil {
		return nil, err
	}
	return &syntax.ParenExpr{Lparen: p.pos, X: e, Rparen: p.pos}, p.want(")")
}

// listDisplay reads the rest of a list or a list comprehension after "[".
func (p *Parser) listDisplay() (syntax.Expr, error) {
	p.bindLocals(p.comprehensionNames())
	defer p.releaseLocals()
	elems, stars, err := p.elements("]", nil, nil)
	if err != nil {
		return nil, err
	}
	if len(elems) == 1 && !stars[0] && p.atComprehension() {
		e, err := p.comprehension(elems[0], false)
		if err != nil {
			return nil, err
		}
		return e, p.want("]")
	}
	return p.display(elems, stars, false), p.want("]")
}

// maxElements limits the elements of a list, set or dict display.
const maxElements = 100_000

var errTooManyElements = fmt.Errorf("a display of more than %d elements", maxElements)

// elements reads the elements of a list or set, and appends them to elems. It stops at close, or
// at the "for" of a comprehension. stars says which elements are starred.
func (p *Parser) elements(close string, elems []syntax.Expr, stars []bool) ([]syntax.Expr, []bool, error) {
	for !p.is(close) {
		e, star, err := p.starred()
		if err != nil {
			return nil, nil, err
		}
		if elems, stars = append(elems, e), append(stars, star); len(elems) > maxElements {
			return nil, nil, errTooManyElements
		}
		if !p.take(",") {
			break
		}
	}
	return elems, stars, nil
}

// braces reads the rest of an expression after "{": a dict, a set, or a comprehension of either
// kind.
func (p *Parser) braces() (syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.is("}", "**") {
		return p.dict(dictDisplay{p: p})
	}
	p.bindLocals(p.comprehensionNames())
	defer p.releaseLocals()
	first, star, err := p.starred()
	if err != nil {
		return nil, err
	}
	if !star && p.take(":") {
		return p.dictFrom(first)
	}
	if p.atComprehension() {
		if first, err = p.comprehension(first, false); err != nil {
			return nil, err
		}
		return p.call("_tt_set", first), p.want("}")
	}
	elems, stars := []syntax.Expr{first}, []bool{star}
	if p.take(",") {
		if elems, stars, err = p.elements("}", elems, stars); err != nil {
			return nil, err
		}
	}
	return p.call("_tt_set", p.display(elems, stars, false)), p.want("}")
}

// dictFrom reads a dict or a dict comprehension from its first value on. key is its first key.
func (p *Parser) dictFrom(key syntax.Expr) (syntax.Expr, error) {
	value, err := p.expr()
	if err != nil {
		return nil, err
	}
	if p.atComprehension() {
		c, err := p.comprehension(&syntax.DictEntry{Key: p.key(key), Colon: p.pos, Value: value}, true)
		if err != nil {
			return nil, err
		}
		return c, p.want("}")
	}
	d := dictDisplay{p: p}
	d.add(key, value)
	if !p.take(",") {
		return d.expr(), p.want("}")
	}
	return p.dict(d)
}

// dict reads the entries of a dict up to "}" and adds them to d.
func (p *Parser) dict(d dictDisplay) (syntax.Expr, error) {
	for !p.is("}") {
		if d.count > maxElements {
			return nil, errTooManyElements
		}
		if err := p.dictEntry(&d); err != nil {
			return nil, err
		}
		if !p.take(",") {
			break
		}
	}
	return d.expr(), p.want("}")
}

// dictEntry reads "key: value" or "**mapping".
func (p *Parser) dictEntry(d *dictDisplay) error {
	if p.take("**") {
		mapping, err := p.binaryLevel(0)
		d.merge(mapping)
		return err
	}
	key, err := p.expr()
	if err != nil {
		return err
	}
	if err := p.want(":"); err != nil {
		return err
	}
	value, err := p.expr()
	d.add(key, value)
	return err
}

// A dictDisplay gathers the entries of a dict. If a key is repeated, the last value counts in
// Python, but Starlark reports an error. So Starlark's own display is used only if all keys are
// different literals.
type dictDisplay struct {
	p       *Parser
	count   int
	parts   []syntax.Expr // the dicts to merge: runs of pairs, and mappings after **
	pairs   []syntax.Expr // the entries since the last mapping
	entries []syntax.Expr // all entries, for Starlark's own display
	seen    map[any]bool  // the literal keys
	general bool          // Starlark's own display cannot be used
}

func (d *dictDisplay) add(key, value syntax.Expr) {
	name := literalKey(key)
	if name == nil || d.seen[name] {
		d.general = true
	} else {
		if d.seen == nil {
			d.seen = map[any]bool{}
		}
		d.seen[name] = true
	}
	d.pairs = append(d.pairs, d.p.tuple(key, value))
	d.entries = append(d.entries, &syntax.DictEntry{Key: key, Colon: d.p.pos, Value: value})
	d.count++
}

// literalKey returns the value of a literal string or integer, and nil for anything else, because
// a float may equal an integer.
func literalKey(key syntax.Expr) any {
	if lit, ok := key.(*syntax.Literal); ok {
		switch lit.Value.(type) {
		case string, int64:
			return lit.Value
		}
	}
	return nil
}

func (d *dictDisplay) merge(mapping syntax.Expr) {
	d.flush()
	d.parts, d.general = append(d.parts, mapping), true
	d.count++
}

// flush ends a run of pairs.
func (d *dictDisplay) flush() {
	if len(d.pairs) > 0 {
		d.parts = append(d.parts, d.p.call("_tt_pairs", d.p.list(d.pairs)))
	}
	d.pairs = nil
}

// expr returns the dict.
func (d *dictDisplay) expr() syntax.Expr {
	if !d.general {
		return &syntax.DictExpr{Lbrace: d.p.pos, List: d.entries, Rbrace: d.p.pos}
	}
	d.flush()
	return d.p.call("_tt_dict", d.p.list(d.parts))
}
