package pysyntax

import (
	"errors"
	"fmt"

	"go.starlark.net/syntax"
)

// A Parser reads one directive, such as the head of a for block. It turns Python source
// into Starlark's syntax tree.
type Parser struct {
	tokens []token
	at     int
	pos    syntax.Position
	scope  Scope
	depth  int
	inner  bool       // reading the targets of a comprehension, which are its own
	locals [][]string // parameters of the lambdas around, which shadow shared variables
}

// A Scope decides what a variable is.
type Scope interface {
	// Use returns the expression that name is where it is read.
	Use(name string, pos syntax.Position) syntax.Expr
	// Bind returns the target that name is where it is set.
	Bind(name string, pos syntax.Position) syntax.Expr
	// Temporary returns the name of a new variable that no template can name.
	Temporary() string
	// CheckImport returns the error of an import of module that cannot succeed.
	CheckImport(module string) error
}

// maxDepth limits how deep expressions nest: the compiler of Starlark recurses over them.
const maxDepth = 100

// MaxChain limits how many operands, calls or clauses follow each other: the compiler of
// Starlark recurses over them.
const MaxChain = 1000

// ErrSyntax is the error of source that is not Python.
var ErrSyntax = errors.New("invalid syntax")

// ErrTooLong is the error of more than MaxChain parts.
var ErrTooLong = fmt.Errorf("more than %d parts in one expression or block", MaxChain)

// NewParser returns a parser of source, the text of the directive at pos.
func NewParser(source string, pos syntax.Position, scope Scope) (*Parser, error) {
	tokens, err := tokenize(source)
	if err != nil {
		return nil, err
	}
	return &Parser{tokens: tokens, pos: pos, scope: scope}, nil
}

// ParseExpr reads source as one expression; "a, b" is a tuple.
func ParseExpr(source string, pos syntax.Position, scope Scope) (syntax.Expr, error) {
	p, err := NewParser(source, pos, scope)
	if err != nil {
		return nil, err
	}
	e, err := p.exprList()
	if err != nil {
		return nil, err
	}
	return e, p.End()
}

// Word takes a token and returns its text, "" at the end.
func (p *Parser) Word() string { return p.next().text }

// Condition reads an expression up to the end: what follows "if", "elif" or "while".
func (p *Parser) Condition() (syntax.Expr, error) {
	cond, err := p.expr()
	if err != nil {
		return nil, err
	}
	return cond, p.End()
}

// ForClause reads "targets in iterable" up to the end.
func (p *Parser) ForClause() (targets, iterable syntax.Expr, err error) {
	if targets, err = p.targets(); err != nil {
		return nil, nil, err
	}
	if err = p.want("in"); err != nil {
		return nil, nil, err
	}
	if iterable, err = p.exprList(); err != nil {
		return nil, nil, err
	}
	return targets, p.visit(iterable), p.End()
}

// ExceptClause reads what follows "except": nothing, "class" or "class as name". class
// is nil for nothing, name "" when there is none.
func (p *Parser) ExceptClause() (class syntax.Expr, name string, err error) {
	if p.peek().kind == endToken {
		return nil, "", nil
	}
	if class, err = p.expr(); err != nil {
		return nil, "", err
	}
	if p.take("as") {
		if name, err = p.name(); err != nil {
			return nil, "", err
		}
	}
	return class, name, p.End()
}

func (p *Parser) peek() token { return p.tokens[p.at] }

// next takes a token; the last one, endToken, is never passed.
func (p *Parser) next() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

func (p *Parser) is(ops ...string) bool {
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
func (p *Parser) take(op string) bool {
	if !p.is(op) {
		return false
	}
	p.at++
	return true
}

func (p *Parser) want(op string) error {
	if !p.take(op) {
		return fmt.Errorf("%w: %s where %q was expected", ErrSyntax, p.peek(), op)
	}
	return nil
}

func (p *Parser) name() (string, error) {
	if t := p.next(); t.kind == nameToken {
		return t.text, nil
	}
	p.at = max(p.at-1, 0)
	return "", fmt.Errorf("%w: %s where a name was expected", ErrSyntax, p.peek())
}

// End returns the error of a token that is left.
func (p *Parser) End() error {
	if t := p.peek(); t.kind != endToken {
		if t.text == ":=" {
			return errors.New("assignment expressions are not supported: write {% set name = value %} before")
		}
		return fmt.Errorf("%w: unexpected %s", ErrSyntax, t)
	}
	return nil
}

// Builders of nodes.

func (p *Parser) ident(name string) *syntax.Ident {
	return &syntax.Ident{NamePos: p.pos, Name: name}
}

func (p *Parser) str(s string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: p.pos, Value: s}
}

func (p *Parser) int(n int64) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: p.pos, Value: n}
}

func (p *Parser) none() syntax.Expr { return p.ident("None") }

func (p *Parser) list(elems []syntax.Expr) syntax.Expr {
	return &syntax.ListExpr{Lbrack: p.pos, List: elems, Rbrack: p.pos}
}

func (p *Parser) tuple(elems []syntax.Expr) syntax.Expr {
	return &syntax.TupleExpr{Lparen: p.pos, List: elems, Rparen: p.pos}
}

func (p *Parser) call(fn string, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: p.ident(fn), Lparen: p.pos, Args: args, Rparen: p.pos}
}

func (p *Parser) binary(op syntax.Token, x, y syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: x, OpPos: p.pos, Op: op, Y: y}
}

// enter guards every recursion of the parser.
func (p *Parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("an expression nested deeper than %d levels", maxDepth)
	}
	return nil
}
