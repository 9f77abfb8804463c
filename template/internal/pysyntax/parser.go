package pysyntax

import (
	"errors"
	"fmt"
	"slices"

	"go.starlark.net/syntax"
)

// A Parser reads one directive, such as the head of a for block, and returns Starlark's
// syntax tree of it.
type Parser struct {
	tokens []token
	at     int // index of the next token
	pos    syntax.Position
	scope  Scope
	depth  int        // recursions of the parser
	inner  bool       // the targets of a comprehension are being read
	locals [][]string // names that the surrounding lambdas and comprehensions bind
}

// A Scope decides what a variable is.
type Scope interface {
	// Use returns the expression for a variable that is read.
	Use(name string, pos syntax.Position) syntax.Expr
	// Bind returns the target for a variable that is assigned.
	Bind(name string, pos syntax.Position) syntax.Expr
	// Temporary returns the name of a new variable. Templates cannot use such a name.
	Temporary() string
	// Assigned returns the names that the current function has assigned so far.
	Assigned() []string
	// CheckImport returns an error if no import of module can succeed.
	CheckImport(module string) error
}

// maxDepth limits the nesting of expressions, because Starlark's compiler is recursive.
const maxDepth = 100

// MaxChain limits how many operands, calls or clauses follow each other, because Starlark's
// compiler is recursive.
const MaxChain = 1000

// ErrSyntax is the error of source that is not Python.
var ErrSyntax = errors.New("invalid syntax")

// ErrTooLong is the error of an expression or block with more than MaxChain parts.
var ErrTooLong = fmt.Errorf("more than %d parts in one expression or block", MaxChain)

var errNamedExpr = errors.New("assignment expressions are not supported: write {% set name = value %} before")

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

// Word takes the next token and returns its text, "" at the end.
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

// ExceptClause reads what follows "except" up to the end: nothing, "class" or "class as
// name". class is nil and name "" when they are missing.
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

// End returns an error if a token is left.
func (p *Parser) End() error {
	if t := p.peek(); t.kind != endToken {
		return p.unexpected("unexpected %s", t)
	}
	return nil
}

// unexpected returns ErrSyntax, or an error that says what to write instead of the next token.
func (p *Parser) unexpected(format string, args ...any) error {
	if p.is(":=") {
		return errNamedExpr
	}
	return fmt.Errorf("%w: %s", ErrSyntax, fmt.Sprintf(format, args...))
}

func (p *Parser) peek() token { return p.tokens[p.at] }

// peekSecond returns the token after the next one.
func (p *Parser) peekSecond() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

// next takes a token. At the end it returns endToken, however often it is called.
func (p *Parser) next() token {
	t := p.tokens[p.at]
	if t.kind != endToken {
		p.at++
	}
	return t
}

// is reports whether the next token is one of the operators or keywords ops.
func (p *Parser) is(ops ...string) bool { return p.peek().is(ops...) }

// is reports whether t is one of the operators or keywords ops.
func (t token) is(ops ...string) bool { return t.kind == opToken && slices.Contains(ops, t.text) }

// take takes the next token if it is op, and reports whether it was.
func (p *Parser) take(op string) bool {
	if !p.is(op) {
		return false
	}
	p.at++
	return true
}

// want takes op; any other token is an error.
func (p *Parser) want(op string) error {
	if !p.take(op) {
		return p.unexpected("%s where %q was expected", p.peek(), op)
	}
	return nil
}

// name takes a name; any other token is an error.
func (p *Parser) name() (string, error) {
	if t := p.peek(); t.kind != nameToken {
		return "", p.unexpected("%s where a name was expected", t)
	}
	return p.next().text, nil
}

// enter counts a recursion of the parser. It returns an error if there are too many. leave ends
// the recursion.
func (p *Parser) enter() error {
	if p.depth++; p.depth > maxDepth {
		return fmt.Errorf("an expression nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (p *Parser) leave() { p.depth-- }
