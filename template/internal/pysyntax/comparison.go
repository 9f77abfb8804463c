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

// chain compares neighbours. An operand between two operators is computed once: names
// and literals may stand in the program twice, for anything else all operands are
// computed before the first comparison.
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

// duplicate copies a name or literal; nil for anything else.
func duplicate(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: e.NamePos, Name: e.Name}
	case *syntax.Literal:
		return &syntax.Literal{Token: e.Token, TokenPos: e.TokenPos, Value: e.Value}
	}
	return nil
}

// comparisonOperator takes an operator, "" if there is none.
func (p *Parser) comparisonOperator() string {
	switch {
	case p.is("==", "!=", "<", "<=", ">", ">=", "in"):
		return p.next().text
	case p.take("is"):
		if p.take("not") {
			return "is not"
		}
		return "is"
	case p.is("not") && p.tokens[p.at+1].text == "in" && p.tokens[p.at+1].kind == opToken:
		p.at += 2
		return "not in"
	}
	return ""
}

func (p *Parser) compare(op string, x, y syntax.Expr) syntax.Expr {
	negate := op == "!=" || op == "is not" || op == "not in"
	switch op {
	case "in", "not in":
		return p.binary(map[bool]syntax.Token{false: syntax.IN, true: syntax.NOT_IN}[negate], p.key(x), y)
	case "<":
		return p.binary(syntax.LT, x, y)
	case "<=":
		return p.binary(syntax.LE, x, y)
	case ">":
		return p.binary(syntax.GT, x, y)
	case ">=":
		return p.binary(syntax.GE, x, y)
	}
	is := op == "is" || op == "is not"
	var equal syntax.Expr
	switch {
	case isNone(x) || isNone(y), !is && !needsPythonsEqual(x) && !needsPythonsEqual(y), is && (isBoolean(x) || isBoolean(y)):
		if negate {
			return p.binary(syntax.NEQ, x, y)
		}
		return p.binary(syntax.EQL, x, y)
	case is:
		equal = p.call("_tt_is", x, y)
	default:
		equal = p.call("_tt_eq", x, y)
	}
	if negate {
		return &syntax.UnaryExpr{OpPos: p.pos, Op: syntax.NOT, X: equal}
	}
	return equal
}

func isNone(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	return ok && id.Name == "None"
}

func isBoolean(e syntax.Expr) bool {
	id, ok := e.(*syntax.Ident)
	return ok && (id.Name == "True" || id.Name == "False")
}

// needsPythonsEqual finds the operands for which Starlark's == differs: True == 1, and
// a display compared with a Go slice or map.
func needsPythonsEqual(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.ListExpr, *syntax.DictExpr, *syntax.TupleExpr:
		return true
	case *syntax.ParenExpr:
		return needsPythonsEqual(e.X)
	}
	return isBoolean(e)
}
