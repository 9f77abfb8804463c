package pysyntax

import "go.starlark.net/syntax"

// Ident returns a use of the variable or intrinsic name.
func Ident(pos syntax.Position, name string) *syntax.Ident {
	return &syntax.Ident{NamePos: pos, Name: name}
}

// Call returns a call of the variable or intrinsic fn.
func Call(pos syntax.Position, fn string, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: Ident(pos, fn), Lparen: pos, Args: args, Rparen: pos}
}

// Assign returns the statement "to = value".
func Assign(pos syntax.Position, to, value syntax.Expr) syntax.Stmt {
	return &syntax.AssignStmt{OpPos: pos, Op: syntax.EQ, LHS: to, RHS: value}
}

// Int returns a literal.
func Int(pos syntax.Position, n int64) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: pos, Value: n}
}

// The methods below build nodes at the position of the directive that is being read.

func (p *Parser) ident(name string) *syntax.Ident { return Ident(p.pos, name) }

func (p *Parser) call(fn string, args ...syntax.Expr) syntax.Expr { return Call(p.pos, fn, args...) }

func (p *Parser) assign(to, value syntax.Expr) syntax.Stmt { return Assign(p.pos, to, value) }

func (p *Parser) evaluate(e syntax.Expr) []syntax.Stmt {
	return []syntax.Stmt{&syntax.ExprStmt{X: e}}
}

func (p *Parser) int(n int64) syntax.Expr { return Int(p.pos, n) }

func (p *Parser) str(s string) syntax.Expr {
	return &syntax.Literal{Token: syntax.STRING, TokenPos: p.pos, Value: s}
}

func (p *Parser) none() syntax.Expr { return p.ident("None") }

func (p *Parser) list(elems []syntax.Expr) syntax.Expr {
	return &syntax.ListExpr{Lbrack: p.pos, List: elems, Rbrack: p.pos}
}

func (p *Parser) tuple(elems ...syntax.Expr) *syntax.TupleExpr {
	return &syntax.TupleExpr{Lparen: p.pos, List: elems, Rparen: p.pos}
}

func (p *Parser) unaryExpr(op syntax.Token, x syntax.Expr) *syntax.UnaryExpr {
	return &syntax.UnaryExpr{OpPos: p.pos, Op: op, X: x}
}

func (p *Parser) binary(op syntax.Token, x, y syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: x, OpPos: p.pos, Op: op, Y: y}
}

func (p *Parser) index(x, key syntax.Expr) *syntax.IndexExpr {
	return &syntax.IndexExpr{X: x, Lbrack: p.pos, Y: key, Rbrack: p.pos}
}

// onPair returns an operation of the writer on x and y: (w hold x) op y.
func (p *Parser) onPair(hold, op syntax.Token, x, y syntax.Expr) syntax.Expr {
	return p.binary(op, p.binary(hold, p.ident(Writer), x), y)
}

// heldOperand returns x of an operation that onPair made with hold; nil for anything else.
func heldOperand(hold syntax.Token, e *syntax.BinaryExpr) syntax.Expr {
	held, ok := e.X.(*syntax.BinaryExpr)
	if !ok || held.Op != hold {
		return nil
	}
	if id, ok := held.X.(*syntax.Ident); !ok || id.Name != Writer {
		return nil
	}
	return held.Y
}

// visit returns the iterable that a loop over x visits: "x in w".
func (p *Parser) visit(x syntax.Expr) syntax.Expr { return p.binary(syntax.IN, x, p.ident(Writer)) }

// key returns e as a key, whose size is checked at run time. A literal needs no check.
func (p *Parser) key(e syntax.Expr) syntax.Expr {
	if _, ok := e.(*syntax.Literal); ok {
		return e
	}
	return p.call("_tt_key", e)
}

// display returns a list or tuple display, which may contain starred elements.
func (p *Parser) display(elems []syntax.Expr, stars []bool, tuple bool) syntax.Expr {
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
		return p.tuple(elems...)
	}
	return p.list(elems)
}
