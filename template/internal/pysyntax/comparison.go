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

// chain returns the comparisons of neighbouring operands, joined by "and". An operand between two
// operators must be computed once. A name or a literal can occur twice in the tree. If there is
// another operand, the intrinsic _tt_chain gets all operands, which are computed before the first
// comparison.
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

// comparisonOperator takes a comparison operator and returns it. It returns "" if there is none.
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

// Comparisons are the comparison operators with their tokens in Starlark.
var Comparisons = map[string]syntax.Token{
	"==": syntax.EQL, "!=": syntax.NEQ, "<": syntax.LT, "<=": syntax.LE, ">": syntax.GT, ">=": syntax.GE,
	"in": syntax.IN, "not in": syntax.NOT_IN,
}

// compare returns the comparison x op y. It uses an operator of the writer, unless Starlark's own
// operator has the same result for less.
func (p *Parser) compare(op string, x, y syntax.Expr) syntax.Expr {
	switch op {
	case "is":
		return p.identical(x, y)
	case "is not":
		return p.negated(p.identical(x, y))
	}
	token := Comparisons[op]
	if isNative(token, x, y) || isNative(token, y, x) {
		return p.binary(token, x, y)
	}
	return p.onPair(HoldCompared, compareOperators[token], x, y)
}

// identical returns "x is y". For None and booleans it uses Starlark's ==, because in Starlark
// they equal no value of another type.
func (p *Parser) identical(x, y syntax.Expr) syntax.Expr {
	if isConstant(x) || isConstant(y) {
		return p.binary(syntax.EQL, x, y)
	}
	return p.call("_tt_is", x, y)
}

// negated returns "not e". If e is a comparison with ==, it uses Starlark's != instead.
func (p *Parser) negated(e syntax.Expr) syntax.Expr {
	if b, ok := e.(*syntax.BinaryExpr); ok && b.Op == syntax.EQL {
		return p.binary(syntax.NEQ, b.X, b.Y)
	}
	return p.unaryExpr(syntax.NOT, e)
}

// isConstant reports whether e is None, True or False.
func isConstant(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	return ok && (id.Name == "None" || id.Name == "True" || id.Name == "False")
}

// isNative reports whether Starlark compares lit with x as Python does. It does not if a boolean
// may be compared with a number, NaN with a number, or a list with a Go slice.
func isNative(op syntax.Token, lit, x syntax.Expr) bool {
	if id, ok := lit.(*syntax.Ident); ok && id.Name == "None" {
		return op == syntax.EQL || op == syntax.NEQ
	}
	l, ok := lit.(*syntax.Literal)
	switch {
	case !ok || op == syntax.IN || op == syntax.NOT_IN:
		return false
	case l.Token == syntax.STRING:
		return true
	case l.Token != syntax.INT || op != syntax.EQL && op != syntax.NEQ:
		return false
	}
	n, small := l.Value.(int64)
	return !small || n < 0 || n > 1 || isArithmetic(x)
}

// isArithmetic reports whether e is the result of +, -, *, /, // or %: never a boolean.
func isArithmetic(e syntax.Expr) bool {
	b, ok := e.(*syntax.BinaryExpr)
	return ok && b.Op != IndexOperator && heldOperand(HoldOperand, b) != nil
}
