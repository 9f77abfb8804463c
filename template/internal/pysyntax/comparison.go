package pysyntax

import (
	"strings"

	"go.starlark.net/syntax"
)

// comparison reads a chain such as "0 < x <= y", "x is None" or "x not in y".
func (p *Parser) comparison() (syntax.Expr, error) {
	x, err := p.binaryLevel(0)
	if err != nil {
		return nil, err
	}
	operands, ops := []syntax.Expr{x}, []string{}
	for op := p.comparisonOperator(); op != ""; op = p.comparisonOperator() {
		if x, err = p.binaryLevel(0); err != nil {
			return nil, err
		}
		operands, ops = append(operands, x), append(ops, op)
		if len(ops) > maxDepth {
			return nil, ErrTooLong
		}
	}
	if len(ops) == 0 {
		return x, nil
	}
	return p.chain(operands, ops), nil
}

// chain returns the comparisons of neighbours, joined by "and". An operand between two
// operators must be computed once. A name or literal can stand in the tree twice; for
// anything else _tt_chain gets all operands, computed before the first comparison.
func (p *Parser) chain(operands []syntax.Expr, ops []string) syntax.Expr {
	result := p.compare(ops[0], operands[0], operands[1])
	for i, op := range ops[1:] {
		again := duplicate(operands[i+1])
		if again == nil {
			return p.call("_tt_chain", p.str(strings.Join(ops, ",")), p.list(operands))
		}
		result = p.binary(syntax.AND, result, p.compare(op, again, operands[i+2]))
	}
	return result
}

// duplicate returns a copy of a name or literal, nil for anything else.
func duplicate(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: e.NamePos, Name: e.Name}
	case *syntax.Literal:
		return &syntax.Literal{Token: e.Token, TokenPos: e.TokenPos, Value: e.Value}
	}
	return nil
}

// comparisonOperator takes a comparison operator and returns it, "" if there is none.
func (p *Parser) comparisonOperator() string {
	switch {
	case p.is("==", "!=", "<", "<=", ">", ">=", "in"):
		return p.next().text
	case p.take("is"):
		if p.take("not") {
			return "is not"
		}
		return "is"
	case p.is("not") && p.peekSecond().is("in"):
		p.at += 2
		return "not in"
	}
	return ""
}

// orders are the comparisons that Starlark does as Python does.
var orders = map[string]syntax.Token{"<": syntax.LT, "<=": syntax.LE, ">": syntax.GT, ">=": syntax.GE}

// compare returns the comparison x op y.
func (p *Parser) compare(op string, x, y syntax.Expr) syntax.Expr {
	if token, ok := orders[op]; ok {
		return p.binary(token, x, y)
	}
	switch op {
	case "in":
		return p.binary(syntax.IN, p.key(x), y)
	case "not in":
		return p.binary(syntax.NOT_IN, p.key(x), y)
	case "!=":
		return p.negated(p.equal(x, y))
	case "is":
		return p.identical(x, y)
	case "is not":
		return p.negated(p.identical(x, y))
	}
	return p.equal(x, y)
}

// equal returns x == y.
func (p *Parser) equal(x, y syntax.Expr) syntax.Expr {
	if isNone(x) || isNone(y) || !needsPythonsEqual(x) && !needsPythonsEqual(y) {
		return p.binary(syntax.EQL, x, y)
	}
	return p.call("_tt_eq", x, y)
}

// identical returns "x is y". Starlark's == does for None and booleans, which equal no
// value of another type there.
func (p *Parser) identical(x, y syntax.Expr) syntax.Expr {
	if isNone(x) || isNone(y) || isBoolean(x) || isBoolean(y) {
		return p.binary(syntax.EQL, x, y)
	}
	return p.call("_tt_is", x, y)
}

// negated returns "not e", for which Starlark has != when e is ==.
func (p *Parser) negated(e syntax.Expr) syntax.Expr {
	if b, ok := e.(*syntax.BinaryExpr); ok && b.Op == syntax.EQL {
		return p.binary(syntax.NEQ, b.X, b.Y)
	}
	return p.unaryExpr(syntax.NOT, e)
}

func isNone(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	return ok && id.Name == "None"
}

func isBoolean(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	return ok && (id.Name == "True" || id.Name == "False")
}

// needsPythonsEqual reports whether Starlark's == differs from Python's when e is an
// operand: for a boolean, since True == 1, and for a display, which may be compared with
// a slice or map of Go.
func needsPythonsEqual(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.ListExpr, *syntax.DictExpr, *syntax.TupleExpr:
		return true
	case *syntax.ParenExpr:
		return needsPythonsEqual(e.X)
	}
	return isBoolean(e)
}
