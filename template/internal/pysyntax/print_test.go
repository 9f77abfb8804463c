package pysyntax

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"
)

// text returns the source of a tree, with brackets around the operands of each operator. The
// writer's operation (_tt_w & x) + y is printed as w+(x, y), and its comparison as w(x < y).
func text(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.Ident:
		return strings.TrimPrefix(n.Name, "_tt_")
	case *syntax.Literal:
		switch n.Token {
		case syntax.STRING:
			return fmt.Sprintf("%q", n.Value)
		case syntax.BYTES:
			return fmt.Sprintf("b%q", n.Value)
		}
		return fmt.Sprint(n.Value)
	case *syntax.ParenExpr:
		return text(n.X)
	case *syntax.DotExpr:
		return text(n.X) + "." + n.Name.Name
	case *syntax.IndexExpr:
		return text(n.X) + "[" + text(n.Y) + "]"
	case *syntax.TupleExpr:
		return "(" + texts(n.List) + ")"
	case *syntax.ListExpr:
		return "[" + texts(n.List) + "]"
	case *syntax.DictExpr:
		return "{" + texts(n.List) + "}"
	case *syntax.DictEntry:
		return text(n.Key) + ": " + text(n.Value)
	case *syntax.CondExpr:
		return "(" + text(n.True) + " if " + text(n.Cond) + " else " + text(n.False) + ")"
	case *syntax.CallExpr:
		return text(n.Fn) + "(" + texts(n.Args) + ")"
	}
	return compound(n)
}

func compound(n syntax.Node) string {
	switch n := n.(type) {
	case *syntax.UnaryExpr:
		if n.X == nil {
			return n.Op.String()
		}
		if n.Op == syntax.NOT {
			return "not " + text(n.X)
		}
		return n.Op.String() + text(n.X)
	case *syntax.BinaryExpr:
		if x := heldOperand(HoldCompared, n); x != nil {
			return "w(" + text(x) + " " + CompareTokens[n.Op].String() + " " + text(n.Y) + ")"
		}
		if x := heldOperand(HoldOperand, n); x != nil {
			return "w" + n.Op.String() + "(" + text(x) + ", " + text(n.Y) + ")"
		}
		if n.Op == syntax.EQ {
			return text(n.X) + "=" + text(n.Y)
		}
		return "(" + text(n.X) + " " + n.Op.String() + " " + text(n.Y) + ")"
	case *syntax.LambdaExpr:
		return "(lambda " + texts(n.Params) + ": " + text(n.Body) + ")"
	case *syntax.Comprehension:
		s := "[" + text(n.Body)
		for _, c := range n.Clauses {
			s += " " + text(c)
		}
		return s + "]"
	case *syntax.ForClause:
		return "for " + text(n.Vars) + " in " + text(n.X)
	case *syntax.IfClause:
		return "if " + text(n.Cond)
	case *syntax.ExprStmt:
		return text(n.X)
	case *syntax.AssignStmt:
		return text(n.LHS) + " " + n.Op.String() + " " + text(n.RHS)
	}
	return fmt.Sprintf("%T", n)
}

func texts(list []syntax.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = text(e)
	}
	return strings.Join(parts, ", ")
}
