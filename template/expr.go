package template

import (
	"errors"
	"fmt"
	"math/big"
	"strings"

	"go.starlark.net/syntax"
)

// An exprParser turns Python source into Starlark's syntax tree. What Starlark spells
// differently, or does differently from Python, becomes a call of a function whose name
// starts with _tt_ (internal.go). All nodes of one tag share one position: the line of
// the tag, as in Tornado's tracebacks.
type exprParser struct {
	tokens []token
	at     int
	pos    syntax.Position
	scope  namer
	depth  int
	inner  bool       // reading the targets of a comprehension, which are its own
	locals [][]string // parameters of the lambdas around, which shadow shared variables
}

// A namer decides what a variable is: the emitter knows the scopes.
type namer interface {
	use(name string, pos syntax.Position) syntax.Expr
	bind(name string, pos syntax.Position) syntax.Expr
	temporary() string
	checkImport(name string) error
}

// maxDepth limits how deep expressions nest, maxChain how many operands, calls or
// elements follow each other: the compiler beneath recurses over them.
const (
	maxDepth = 100
	maxChain = 1000
)

var errSyntax = errors.New("invalid syntax")

func newExprParser(source string, pos syntax.Position, scope namer) (*exprParser, error) {
	tokens, err := tokenize(source)
	if err != nil {
		return nil, err
	}
	return &exprParser{tokens: tokens, pos: pos, scope: scope}, nil
}

// parseExpr reads source as one expression; "a, b" is a tuple.
func parseExpr(source string, pos syntax.Position, scope namer) (syntax.Expr, error) {
	p, err := newExprParser(source, pos, scope)
	if err != nil {
		return nil, err
	}
	e, err := p.exprList()
	if err != nil {
		return nil, err
	}
	return e, p.end()
}

func (p *exprParser) peek() token { return p.tokens[p.at] }

// next takes a token; the last one, endToken, is never passed.
func (p *exprParser) next() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

func (p *exprParser) is(ops ...string) bool {
	if t := p.peek(); t.kind == opToken {
		for _, op := range ops {
			if t.text == op {
				return true
			}
		}
	}
	return false
}

// take passes the token op if it is next.
func (p *exprParser) take(op string) bool {
	if !p.is(op) {
		return false
	}
	p.at++
	return true
}

func (p *exprParser) want(op string) error {
	if !p.take(op) {
		return fmt.Errorf("%w: %s where %q was expected", errSyntax, p.peek(), op)
	}
	return nil
}

func (p *exprParser) name() (string, error) {
	if t := p.next(); t.kind == nameToken {
		return t.text, nil
	}
	p.at = max(p.at-1, 0)
	return "", fmt.Errorf("%w: %s where a name was expected", errSyntax, p.peek())
}

func (p *exprParser) end() error {
	if t := p.peek(); t.kind != endToken {
		if t.text == ":=" {
			return errors.New("assignment expressions are not supported: write {% set name = value %} before")
		}
		return fmt.Errorf("%w: unexpected %s", errSyntax, t)
	}
	return nil
}

// Builders of nodes.

func (p *exprParser) ident(name string) *syntax.Ident {
	return &syntax.Ident{NamePos: p.pos, Name: name}
}

func (p *exprParser) str(s string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: p.pos, Value: s}
}

func (p *exprParser) int(n int64) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: p.pos, Value: n}
}

func (p *exprParser) none() syntax.Expr { return p.ident("None") }

func (p *exprParser) list(elems []syntax.Expr) syntax.Expr {
	return &syntax.ListExpr{Lbrack: p.pos, List: elems, Rbrack: p.pos}
}

func (p *exprParser) tuple(elems []syntax.Expr) syntax.Expr {
	return &syntax.TupleExpr{Lparen: p.pos, List: elems, Rparen: p.pos}
}

func (p *exprParser) call(fn string, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: p.ident(fn), Lparen: p.pos, Args: args, Rparen: p.pos}
}

func (p *exprParser) binary(op syntax.Token, x, y syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: x, OpPos: p.pos, Op: op, Y: y}
}

// enter guards every recursion of the parser.
func (p *exprParser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("an expression nested deeper than %d levels", maxDepth)
	}
	return nil
}

// exprList reads "a", "a, b" or "a,"; the latter two are tuples.
func (p *exprParser) exprList() (syntax.Expr, error) {
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
		if elems, stars = append(elems, e), append(stars, star); len(elems) > maxChain {
			return nil, errTooLong
		}
	}
	if star && len(elems) == 1 && p.tokens[p.at-1].text != "," {
		return nil, fmt.Errorf("%w: can't use starred expression here", errSyntax)
	}
	return p.flat(elems, stars, true), nil
}

var errTooLong = fmt.Errorf("more than %d parts in one expression or block", maxChain)

func (p *exprParser) atListEnd() bool {
	return p.peek().kind == endToken || p.is(")", "]", "}", "=", ":", ";", "in") || p.isAugmented()
}

func (p *exprParser) isAugmented() bool {
	t := p.peek()
	return t.kind == opToken && len(t.text) > 1 && strings.HasSuffix(t.text, "=") && !p.is("==", "!=", "<=", ">=", ":=")
}

// starred reads "x" or "*x".
func (p *exprParser) starred() (e syntax.Expr, star bool, err error) {
	if p.take("*") {
		e, err = p.binaryLevel(0)
		return e, true, err
	}
	e, err = p.expr()
	return e, false, err
}

// flat is a list or tuple display, which may contain starred elements.
func (p *exprParser) flat(elems []syntax.Expr, stars []bool, tuple bool) syntax.Expr {
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

// expr is Python's "expression": a conditional or a lambda.
func (p *exprParser) expr() (syntax.Expr, error) {
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

func (p *exprParser) lambda() (syntax.Expr, error) {
	var params []syntax.Expr
	var names []string
	for !p.is(":") {
		param, name, err := p.param()
		if err != nil {
			return nil, err
		}
		params, names = append(params, param), append(names, name)
		if len(params) > maxChain {
			return nil, errTooLong
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
func (p *exprParser) param() (syntax.Expr, string, error) {
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

func (p *exprParser) or() (syntax.Expr, error)  { return p.logical("or", syntax.OR, p.and) }
func (p *exprParser) and() (syntax.Expr, error) { return p.logical("and", syntax.AND, p.not) }

func (p *exprParser) logical(word string, op syntax.Token, operand func() (syntax.Expr, error)) (syntax.Expr, error) {
	x, err := operand()
	for n := 0; err == nil && p.take(word); n++ {
		if n > maxChain {
			return nil, errTooLong
		}
		var y syntax.Expr
		if y, err = operand(); err == nil {
			x = p.binary(op, x, y)
		}
	}
	return x, err
}

func (p *exprParser) not() (syntax.Expr, error) {
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

func (p *exprParser) binaryLevel(level int) (syntax.Expr, error) {
	if level == len(binaryLevels) {
		return p.unary()
	}
	x, err := p.binaryLevel(level + 1)
	for n := 0; err == nil && p.is(binaryLevels[level]...); n++ {
		if n > maxChain {
			return nil, errTooLong
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
func (p *exprParser) arithmetic(op string, x, y syntax.Expr) (syntax.Expr, error) {
	if op == "@" {
		return nil, errors.New("the operator @ is not supported")
	}
	if token, ok := pairOperators[op]; ok {
		return p.binary(token, p.ident("_tt_w"), p.tuple([]syntax.Expr{x, y})), nil
	}
	return p.call("_tt_"+operatorName(op), x, y), nil
}

// pairOperators are the operators that the writer computes, for w + (x, y) is x + y.
var pairOperators = map[string]syntax.Token{
	"+": syntax.PLUS, "-": syntax.MINUS, "*": syntax.STAR, "/": syntax.SLASH, "//": syntax.SLASHSLASH, "%": syntax.PERCENT,
}

// visit is what a loop over x visits: "x in w".
func visit(x syntax.Expr, pos syntax.Position) syntax.Expr {
	return &syntax.BinaryExpr{X: x, OpPos: pos, Op: syntax.IN, Y: ident("_tt_w", pos)}
}

func operatorName(op string) string {
	switch op {
	case "+":
		return "add"
	case "-":
		return "sub"
	case "*":
		return "mul"
	case "/":
		return "truediv"
	case "//":
		return "floordiv"
	case "%":
		return "mod"
	case "**":
		return "pow"
	case "|":
		return "or"
	case "^":
		return "xor"
	case "&":
		return "and"
	case "<<":
		return "lshift"
	}
	return "rshift"
}

func (p *exprParser) unary() (syntax.Expr, error) {
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

func (p *exprParser) power() (syntax.Expr, error) {
	x, err := p.primary()
	if err != nil || !p.take("**") {
		return x, err
	}
	y, err := p.unary()
	return p.call("_tt_pow", x, y), err
}

func (p *exprParser) atom() (syntax.Expr, error) {
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
		return nil, fmt.Errorf("%w: unexpected %s", errSyntax, t)
	}
	return nil, fmt.Errorf("%w: the expression ends early", errSyntax)
}

// variable is a use of name, unless a lambda around binds it.
func (p *exprParser) variable(name string) syntax.Expr {
	for _, names := range p.locals {
		for _, local := range names {
			if local == name {
				return p.ident(name)
			}
		}
	}
	return p.scope.use(name, p.pos)
}

// strings joins adjacent literals, as Python does.
func (p *exprParser) strings(t token) (syntax.Expr, error) {
	literals := []token{t}
	for k := p.peek().kind; k == stringToken || k == bytesToken || k == fstringToken; k = p.peek().kind {
		literals = append(literals, p.next())
	}
	var text strings.Builder
	var parts []syntax.Expr
	formatted := false
	for _, lit := range literals {
		if (lit.kind == bytesToken) != (t.kind == bytesToken) {
			return nil, fmt.Errorf("%w: cannot mix bytes and nonbytes literals", errSyntax)
		}
		if lit.kind != fstringToken {
			text.WriteString(lit.text)
			continue
		}
		formatted = true
		more, err := p.fstring(lit)
		if err != nil {
			return nil, err
		}
		if text.Len() > 0 {
			parts = append(parts, p.str(text.String()))
			text.Reset()
		}
		parts = append(parts, more...)
	}
	if !formatted && t.kind == bytesToken {
		return &syntax.Literal{Token: syntax.BYTES, TokenPos: p.pos, Value: text.String()}, nil
	}
	if !formatted {
		return p.str(text.String()), nil
	}
	if text.Len() > 0 {
		parts = append(parts, p.str(text.String()))
	}
	return p.call("_tt_concat", p.list(parts)), nil
}
