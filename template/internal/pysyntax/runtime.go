package pysyntax

import (
	"strings"

	"go.starlark.net/syntax"
)

// Writer is the name of the variable that holds the output of a run. Its operators replace
// operators of Starlark that behave unlike Python's. Package pyvalue documents them.
const Writer = "_tt_w"

// CallMark is appended to the name of an attribute that is called at once. It distinguishes the
// call of a Go method from a property: x.name reads the result of Name(), and x.name() calls
// Name.
const CallMark = "()"

// HoldOperand and HoldCompared are operators of the writer that store x for an operation with y:
// (w & x) - y is x - y, and (w - x) + y is a comparison. The second operator is one of
// pairOperators, IndexOperator or one of CompareTokens. Neither of the two may be PLUS, because
// Starlark's compiler joins the displays of a + [b] + [c].
const (
	HoldOperand  = syntax.AMP
	HoldCompared = syntax.MINUS
)

// IndexOperator is the second operator of a subscript: (w & x) ^ key is x[key].
const IndexOperator = syntax.CIRCUMFLEX

// CompareTokens maps the second operator of a comparison to the comparison: (w - x) + y is x ==
// y.
var CompareTokens = map[syntax.Token]syntax.Token{
	syntax.PLUS: syntax.EQL, syntax.PERCENT: syntax.NEQ, syntax.MINUS: syntax.LT, syntax.STAR: syntax.LE,
	syntax.SLASH: syntax.GT, syntax.SLASHSLASH: syntax.GE, syntax.AMP: syntax.IN, syntax.PIPE: syntax.NOT_IN,
}

// compareOperators is the inverse of CompareTokens.
var compareOperators = func() map[syntax.Token]syntax.Token {
	inverse := map[syntax.Token]syntax.Token{}
	for operator, token := range CompareTokens {
		inverse[token] = operator
	}
	return inverse
}()

// attributePrefix begins the name of an intrinsic that reads an attribute.
const attributePrefix = "_tt_attr_"

// consumers are the functions and methods that visit all elements of their arguments. For them a
// generator expression can be a list.
var consumers = toSet(strings.Fields(`all any dict frozenset list max min set sorted sum tuple
	_tt_call_extend _tt_call_join _tt_call_union _tt_call_update`))

// pairOperators are the operators that the writer computes: (w & x) + y is x + y.
var pairOperators = map[string]syntax.Token{
	"+": syntax.PLUS, "-": syntax.MINUS, "*": syntax.STAR, "/": syntax.SLASH, "//": syntax.SLASHSLASH, "%": syntax.PERCENT,
}

// operatorNames are the names of the intrinsics that compute operators: _tt_or computes |, and
// _tt_ior computes |=.
var operatorNames = map[string]string{
	"+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow",
	"|": "or", "^": "xor", "&": "and", "<<": "lshift", ">>": "rshift",
}

// MethodNames are the attributes of Python's own types in alphabetical order, most of them
// methods. A call x.name(y) of one becomes _tt_call_name(x, y), and a use x.name becomes x ^
// _tt_attr_name. Starlark's types lack some of these attributes, and have others that behave
// unlike Python's.
var MethodNames = strings.Fields(`__class__ __name__ add append as_integer_ratio bit_count bit_length capitalize casefold center clear
	codepoint_ords codepoints conjugate copy count decode denominator difference difference_update discard
	elem_ords elems encode endswith expandtabs extend find format format_map from_bytes fromhex fromkeys get hex
	imag index insert intersection intersection_update is_integer isalnum isalpha isascii isdecimal isdigit
	isdisjoint isidentifier islower isnumeric isprintable isspace issubset issuperset istitle isupper items join
	keys ljust lower lstrip maketrans numerator partition pop popitem real remove removeprefix removesuffix
	replace reverse rfind rindex rjust rpartition rsplit rstrip setdefault sort split splitlines startswith strip
	swapcase symmetric_difference symmetric_difference_update title to_bytes translate union update upper values
	zfill`)

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
