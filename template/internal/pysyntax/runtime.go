package pysyntax

import (
	"strings"

	"go.starlark.net/syntax"
)

// Writer is the name of the variable that holds the output of a run. Its operators do
// what Starlark's own operators do differently; package pyvalue documents them.
const Writer = "_tt_w"

// CallMark is appended to the name of an attribute that is called at once. It tells a
// method of Go from a property: x.name reads what Name() returns, x.name() calls Name.
const CallMark = "()"

// IndexOperator is the writer's operator for subscripts: w ^ (x, key) is x[key].
const IndexOperator = syntax.CIRCUMFLEX

// pairOperators are the operators that the writer computes on a pair: w + (x, y) is x + y.
var pairOperators = map[string]syntax.Token{
	"+": syntax.PLUS, "-": syntax.MINUS, "*": syntax.STAR, "/": syntax.SLASH, "//": syntax.SLASHSLASH, "%": syntax.PERCENT,
}

// operatorNames are the names of the intrinsics that compute operators: _tt_or is |, and
// _tt_ior is |=.
var operatorNames = map[string]string{
	"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
	"|": "or", "^": "xor", "&": "and", "<<": "lshift", ">>": "rshift",
}

// MethodNames are the methods of Python's own types, in alphabetical order. A call of one,
// x.name(y), becomes _tt_call_name(x, y), since Starlark's types lack some methods and
// differ in others.
var MethodNames = strings.Fields(`add append capitalize casefold center clear copy count decode difference discard elems encode
	endswith expandtabs extend find format format_map get index insert intersection isalnum isalpha isdecimal isdigit
	islower isnumeric isspace issubset issuperset istitle isupper items join keys ljust lower lstrip partition pop popitem
	remove removeprefix removesuffix replace reverse rfind rindex rjust rpartition rsplit rstrip setdefault sort split
	splitlines startswith strip swapcase symmetric_difference title union update upper values zfill`)

var methods = toSet(MethodNames)

func toSet(list []string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, name := range list {
		set[name] = true
	}
	return set
}

// IsMethod reports whether name is in MethodNames.
func IsMethod(name string) bool { return methods[name] }

// VariableName returns the name that a variable of a template has in the tree. One that
// begins with _tt_ gets a blank in front, so that no template can name an intrinsic;
// _tt_modules is Tornado's own name.
func VariableName(name string) string {
	if strings.HasPrefix(name, "_tt_") && name != "_tt_modules" {
		return " " + name
	}
	return name
}
