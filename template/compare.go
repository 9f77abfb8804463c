package template

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// comparison reads a chain such as "0 < x <= y", "x is None" or "x not in y".
func (p *exprParser) comparison() (syntax.Expr, error) {
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
			return nil, errTooLong
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
func (p *exprParser) chain(operands []syntax.Expr, ops []string) syntax.Expr {
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
func (p *exprParser) comparisonOperator() string {
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

func (p *exprParser) compare(op string, x, y syntax.Expr) syntax.Expr {
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

// fstring reads the parts of a formatted string literal.
func (p *exprParser) fstring(t token) ([]syntax.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	var parts []syntax.Expr
	var text strings.Builder
	flush := func() error {
		literal, err := text.String(), error(nil)
		if text.Reset(); !t.raw {
			literal, err = unescape(literal, false)
		}
		if literal != "" {
			parts = append(parts, p.str(literal))
		}
		return err
	}
	for rest := t.text; ; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			text.WriteString(rest)
			return parts, flush()
		}
		brace := rest[i : i+1]
		text.WriteString(rest[:i])
		if rest = rest[i+1:]; strings.HasPrefix(rest, brace) { // {{ and }}
			text.WriteString(brace)
			rest = rest[1:]
			continue
		}
		if brace == "}" {
			return nil, errors.New("f-string: single '}' is not allowed")
		}
		if err := flush(); err != nil {
			return nil, err
		}
		field, after, err := p.field(rest)
		if err != nil {
			return nil, err
		}
		if parts, rest = append(parts, field), after; len(parts) > maxChain {
			return nil, errTooLong
		}
	}
}

// field reads a replacement field behind its "{": expression, !conversion, :format.
func (p *exprParser) field(source string) (syntax.Expr, string, error) {
	end := fieldEnd(source, "!:=}")
	if end < 0 {
		return nil, "", errors.New("f-string: expecting '}'")
	}
	inner, err := newExprParser(source[:end], p.pos, p.scope)
	if err != nil {
		return nil, "", err
	}
	inner.depth, inner.locals = p.depth, p.locals
	value, err := inner.exprList()
	if err == nil {
		err = inner.end()
	}
	if err != nil {
		return nil, "", fmt.Errorf("f-string: %w", err)
	}
	rest := source[end:]
	if rest[0] == '=' {
		return nil, "", errors.New("f-string: {name=} is not supported")
	}
	conversion := ""
	if rest[0] == '!' {
		if len(rest) < 3 || !strings.Contains("sra", rest[1:2]) {
			return nil, "", errors.New("f-string: invalid conversion character: expected 's', 'r', or 'a'")
		}
		conversion, rest = rest[1:2], rest[2:]
	}
	spec := p.str("")
	if strings.HasPrefix(rest, ":") {
		end := fieldEnd(rest[1:], "}")
		if end < 0 {
			return nil, "", errors.New("f-string: expecting '}'")
		}
		nested, err := p.fstring(token{text: rest[1 : end+1], raw: true})
		if err != nil {
			return nil, "", err
		}
		spec, rest = p.call("_tt_concat", p.list(nested)), rest[end+1:]
	}
	if !strings.HasPrefix(rest, "}") {
		return nil, "", errors.New("f-string: expecting '}'")
	}
	return p.call("_tt_format", value, p.str(conversion), spec), rest[1:], nil
}

// fieldEnd returns where the first of the bytes in stop stands in source outside
// brackets and strings; -1 if nowhere. "!=", "==", ">=" and "<=" are no stops.
func fieldEnd(source, stop string) int {
	depth := 0
	var quote byte
	for i := 0; i < len(source); i++ {
		c := source[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			continue
		case c == '\'' || c == '"':
			quote = c
			continue
		case depth == 0 && strings.IndexByte(stop, c) >= 0:
			if i+1 < len(source) && source[i+1] == '=' && c != '}' && c != ':' {
				i++ // a comparison
				continue
			}
			if c == '=' && i > 0 && strings.IndexByte("<>", source[i-1]) >= 0 {
				continue
			}
			return i
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		}
	}
	return -1
}
