package pysyntax

import (
	"strings"

	"go.starlark.net/syntax"
)

// CallMark is appended to the name of an attribute that is called at once, so that Go's
// methods can be told from properties: x.name reads what Name() returns, x.name() calls.
const CallMark = "()"

// IndexOperator computes x[key]: w ^ (x, key).
const IndexOperator = syntax.CIRCUMFLEX

// pairOperators are the operators that the writer computes, for w + (x, y) is x + y.
var pairOperators = map[string]syntax.Token{
	"+": syntax.PLUS, "-": syntax.MINUS, "*": syntax.STAR, "/": syntax.SLASH, "//": syntax.SLASHSLASH, "%": syntax.PERCENT,
}

// visit is what a loop over x visits: "x in w".
func (p *Parser) visit(x syntax.Expr) syntax.Expr { return p.binary(syntax.IN, x, p.ident("_tt_w")) }

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

// MethodNames are the methods of Python's own types. A call of one, x.name(y), becomes
// _tt_call_name(x, y), since Starlark's types lack some methods and differ in others.
var MethodNames = strings.Fields(`add append capitalize casefold center clear copy count decode difference discard elems encode
	endswith expandtabs extend find format format_map get index insert intersection isalnum isalpha isdecimal isdigit
	islower isnumeric isspace issubset issuperset istitle isupper items join keys ljust lower lstrip partition pop popitem
	remove removeprefix removesuffix replace reverse rfind rindex rjust rpartition rsplit rstrip setdefault sort split
	splitlines startswith strip swapcase symmetric_difference title union update upper values zfill`)

var methods = map[string]bool{}

func init() {
	for _, name := range MethodNames {
		methods[name] = true
	}
}

// IsMethod reports whether name is in MethodNames.
func IsMethod(name string) bool { return methods[name] }
