package pysyntax

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.starlark.net/syntax"
)

// testScope prints a variable that is read as $name, and one that is assigned as @name.
type testScope struct{ temporaries int }

func (s *testScope) Use(name string, pos syntax.Position) syntax.Expr  { return Ident(pos, "$"+name) }
func (s *testScope) Bind(name string, pos syntax.Position) syntax.Expr { return Ident(pos, "@"+name) }
func (s *testScope) Temporary() string {
	s.temporaries++
	return fmt.Sprintf("_tt_t%d", s.temporaries)
}
func (s *testScope) Assigned() []string { return []string{"a", "b"} }
func (s *testScope) CheckImport(module string) error {
	if module == "os" {
		return fmt.Errorf("no module %s", module)
	}
	return nil
}

func TestParseExpr(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		// Literals.
		{"1_000 + 0xff", "w+(1000, 255)"}, {"-1", "-1"}, {"-1.5", "-1.5"}, {"1e3", "1000"}, {"18446744073709551616", "18446744073709551616"},
		{`'a' "b"`, `"ab"`}, {`b'\x00\n'`, `b"\x00\n"`}, {`r'\n'`, `"\\n"`}, {`'\u00e9\101\q'`, `"éA\\q"`}, {`'''a"b'''`, `"a\"b"`},
		{"()", "()"}, {"(1)", "1"}, {"1,", "(1)"}, {"1, 2", "(1, 2)"}, {"[1, *a]", `list("01", [1, $a])`}, {"*a, 1", `tuple("10", [$a, 1])`}, {"{1, 2}", "set([1, 2])"},
		{"{}", "{}"}, {"{'a': 1, 2: 3}", `{"a": 1, 2: 3}`}, {"{'a': 1, 'a': 2}", `dict([pairs([("a", 1), ("a", 2)])])`}, {"{1: 1, 1.0: 2}", "dict([pairs([(1, 1), (1, 2)])])"},
		{"{**a, 'b': 1, **c}", `dict([$a, pairs([("b", 1)]), $c])`}, {"{a: 1}", "dict([pairs([($a, 1)])])"},
		{"None, True, False", "(None, True, False)"},
		// Operators.
		{"a + b * c", "w+($a, w*($b, $c))"}, {"a - b - c", "w-(w-($a, $b), $c)"}, {"a / b // c % d", "w%(w//(w/($a, $b), $c), $d)"}, {"-a ** -b", "neg(pow($a, neg($b)))"}, {"2 ** 3 ** 4", "pow(2, pow(3, 4))"},
		{"a | b ^ c & d << e >> f", "or($a, xor($b, and($c, rshift(lshift($d, $e), $f))))"}, {"~a + +b", "w+(invert($a), pos($b))"},
		{"not a and b or c", "((not $a and $b) or $c)"}, {"a if b else c if d else e", "($a if $b else ($c if $d else $e))"},
		{"a < b", "w($a < $b)"}, {"a < 'b'", `($a < "b")`}, {"0 < a <= 5", "(w(0 < $a) and w($a <= 5))"}, {"a < f() < b", `chain("<,<", [$a, $f(), $b])`}, {"a == b", "w($a == $b)"}, {"a == 5", "($a == 5)"}, {"a == 1", "w($a == 1)"}, {"a % 2 == 1", "(w%($a, 2) == 1)"}, {"a == 'b'", `($a == "b")`}, {"a == None", "($a == None)"}, {"a == True", "w($a == True)"}, {"a != []", "w($a != [])"}, {"a is None", "($a == None)"}, {"a is not None", "($a != None)"}, {"a is b", "is($a, $b)"}, {"a is not b", "not is($a, $b)"}, {"a is True", "($a == True)"},
		{"a in b", "w($a in $b)"}, {"'a' not in b", `w("a" not in $b)`}, {"not a in b", "not w($a in $b)"},
		// Attributes, subscripts, calls.
		{"a.b", "$a.b"}, {"a.b()", "$a.b()()"}, {"a.upper", "($a ^ attr_upper)"}, {"a.upper()", "call_upper($a)"}, {"a.get(b, c)", "call_get($a, $b, $c)"}, {"a['k']", `$a["k"]`}, {"a[0]", "w^($a, 0)"}, {"a[b, c]", "w^($a, ($b, $c))"},
		{"a[1:]", "slice($a, 1, None, None)"}, {"a[::2]", "slice($a, None, None, 2)"}, {"a[:b]", "slice($a, None, $b, None)"},
		{"locals()", `locals([("a", (lambda : $a)), ("b", (lambda : $b))])`}, {"locals", "$locals"}, {"dir()", `names(locals([("a", (lambda : $a)), ("b", (lambda : $b))]))`}, {"dir(a)", "$dir($a)"}, {"f(1, x=2)", "$f(1, x=2)"}, {"f(*a, b, k=1, **m)", `$f(k=1, *list("10", [$a, $b]), **dict([$m]))`}, {"a.get(*b)", `call_get($a, *list("1", [$b]))`}, {"f(x for x in y)", "$f(generator([x for x in ($y in w)]))"}, {"a.join(x for x in y)", "call_join($a, [x for x in ($y in w)])"},
		// Lambdas and comprehensions bind names of their own.
		{"lambda x, *y, z=a, **k: x + y + b", "(lambda x, *y, z=$a, **k: w+(w+(x, y), $b))"}, {"lambda: a", "(lambda : $a)"}, {"lambda x, *, y: y", "(lambda x, *, y: y)"},
		{"[x + a for x in b if x]", "[w+(x, $a) for x in ($b in w) if x]"}, {"[x for x in x]", "[x for x in ($x in w)]"}, {"{x: y for x, y in z}", "[key(x): y for (x, y) in ($z in w)]"}, {"{x for x in y}", "set([x for x in ($y in w)])"}, {"(x for (x, y) in z for w in y)", "generator([x for (x, y) in ($z in w) for w in (y in w)])"},
		{"[lambda a, b: a + x for x in y]", "[(lambda a, b: w+(a, x)) for x in ($y in w)]"}, {"[[x, y] for x in z], x", "([[x, $y] for x in ($z in w)], $x)"}, {"[[x for x in y] for y in x]", "[[x for x in (y in w)] for y in ($x in w)]"},
		// A name that begins with _tt_ is not an intrinsic.
		{"lambda _tt_x: _tt_x", "(lambda  _tt_x:  _tt_x)"}, {"_tt_y", "$_tt_y"},
		// Formatted strings.
		{"f'a{b}c'", `concat(["a", format($b, "", ""), "c"])`}, {"f'{a!r:>{w}}'", `concat([format($a, "r", concat([">", format($w, "", "")]))])`}, {"f'{{}}'", `concat(["{}"])`}, {`f"{a:'>5}"`, `concat([format($a, "", concat(["'>5"]))])`}, {"f'{a != b}'", `concat([format(w($a != $b), "", "")])`}, {"'x' f'{y}' 'z'", `concat(["x", format($y, "", ""), "z"])`}, {`f'{d["k"]}'`, `concat([format($d["k"], "", "")])`},
	} {
		e, err := ParseExpr(tt.in, syntax.Position{}, &testScope{})
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
		} else if got := text(e); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestParseStatements(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"a = 1", "@a = 1"}, {"a = b = c()", "t1 = $c(); @a = t1; @b = t1"}, {"a, (b, c) = d", "(@a, (@b, @c)) = $d"}, {"a, *b, c = d", "(@a, @b, @c) = unpack($d, 1, 1)"}, {"a: int = 1", "@a = 1"}, {"a: int", ""},
		{"a += 1", "@a = iadd($a, 1)"}, {"a[b] -= 1", "$a[key($b)] = isub(w^($a, $b), 1)"}, {"a.b **= 2", "$a.b = ipow($a.b, 2)"}, {"a[0] = a.b = 1", "t1 = 1; $a[0] = t1; $a.b = t1"},
		{"f(x)", "$f($x)"}, {"a = 1; b = a;", "@a = 1; @b = $a"}, {"pass", ""}, {"del a['k'], b[0]", `del($a, "k"); del($b, 0)`}, {"assert a, 'm'", `($a or assert("m"))`}, {"assert a", "($a or assert(None))"}, {"raise E('x')", `raise($E("x"))`},
		{"import a", `@a = import("a")`}, {"import a.b", `import("a.b"); @a = import("a")`}, {"import a.b as c, d", `@c = import("a.b"); @d = import("d")`}, {"from a.b import c as d, e", `@d = from("a.b", "c"); @e = from("a.b", "e")`}, {"from a import (b, c,)", `@b = from("a", "b"); @c = from("a", "c")`},
	} {
		stmts, err := ParseStatements(tt.in, syntax.Position{}, &testScope{})
		var got []string
		for _, s := range stmts {
			got = append(got, text(s))
		}
		if s := strings.Join(got, "; "); err != nil || s != tt.want {
			t.Errorf("%s\n got %s %v\nwant %s", tt.in, s, err, tt.want)
		}
	}
}

func TestParserErrors(t *testing.T) {
	deep := strings.Repeat("(", 200)
	for _, tt := range []struct{ in, want string }{
		{"", "invalid syntax: the expression ends early"}, {"1 +", "invalid syntax: the expression ends early"}, {"a b", "invalid syntax: unexpected b"}, {"(a", `invalid syntax: the end where ")" was expected`}, {"a.", "invalid syntax: the end where a name was expected"}, {"a.1", "invalid syntax: unexpected 0.1"}, {"a if b", `invalid syntax: the end where "else" was expected`},
		{"*a", "invalid syntax: can't use starred expression here"}, {"f(a=1, b)", "invalid syntax: positional argument follows keyword argument"}, {"'a' b'b'", "invalid syntax: cannot mix bytes and nonbytes literals"}, {"(a, b for b in c)", `invalid syntax: for where ")" was expected`}, {"a[]", "invalid syntax"}, {"a[::1:]", "invalid syntax"}, {"{'a': 1, 'b'}", `invalid syntax: } where ":" was expected`},
		{"a := 1", "assignment expressions are not supported: write {% set name = value %} before"}, {"(a := 1)", "assignment expressions are not supported: write {% set name = value %} before"}, {"[a := 1]", "assignment expressions are not supported: write {% set name = value %} before"}, {"f(a := 1)", "assignment expressions are not supported: write {% set name = value %} before"}, {"a if (b := c) else d", "assignment expressions are not supported: write {% set name = value %} before"},
		{"a @ b", "the operator @ is not supported"}, {"a.__len__()", "the attribute __len__ is not supported in a template"}, {"...", "... is not supported in a template"}, {"await a", "await is not supported in a template: pass the result"}, {"(yield a)", "yield is not supported in a template"}, {"[a async for a in b]", "async is not supported in a template"}, {"[*a for a in b]", `invalid syntax: for where "]" was expected`},
		{"'a", "unterminated string literal"}, {"$", `invalid character '$'`}, {"017", `invalid number "017"`}, {"5j", "complex numbers are not supported"}, {"1__0", `invalid number "1__0"`}, {`'\x4'`, `truncated \x escape`}, {`'\xzz'`, `invalid \x escape`}, {`'\N{BULLET}'`, `\N{...} is not supported: write the character, or \u and its number`}, {"b'é'", "bytes can only contain ASCII literal characters"}, {"a\nb", "invalid syntax: a line break outside brackets; put the expression into parentheses"},
		{"f'{a'", "f-string: expecting '}'"}, {"f'a}'", "f-string: single '}' is not allowed"}, {"f'{a=}'", "f-string: {name=} is not supported"}, {"f'{a!x}'", "f-string: invalid conversion character: expected 's', 'r', or 'a'"}, {"f'{}'", "f-string: invalid syntax: the expression ends early"},
		{deep, "an expression nested deeper than 100 levels"}, {"a" + strings.Repeat("+a", 2000), "more than 1000 parts in one expression or block"}, {"[" + strings.Repeat("1,", 100_002), "a display of more than 100000 elements"}, {strings.Repeat("9", 4301), "a number of more than 4300 digits"},
	} {
		if _, err := ParseExpr(tt.in, syntax.Position{}, &testScope{}); err == nil || err.Error() != tt.want {
			t.Errorf("%.40s\n got %v\nwant %s", tt.in, err, tt.want)
		}
	}
	for _, tt := range []struct{ in, want string }{
		{"1 = a", "invalid syntax: cannot assign to expression"}, {"f() = a", "invalid syntax: cannot assign to expression"}, {"a + b = c", "invalid syntax: cannot assign to expression here"}, {"a[1:2] = b", "assignment to a slice is not supported"}, {"*a, *b = c", "invalid syntax: multiple starred expressions in assignment"}, {"(*a, b), c = d", "a starred target within brackets is not supported"}, {"a, b += 1", "invalid syntax: illegal expression for augmented assignment"}, {"a @= b", "the operator @ is not supported"},
		{"del a", "del a is not supported: write {% set a = None %}"}, {"del a.b", "del of an attribute is not supported"}, {"global a", "global is not supported in a template"}, {"return", "return is not supported in a template"}, {"import os", "no module os"}, {"from os import a", "no module os"}, {"from a import *", "import * is not supported: name what is imported"}, {"import a b", "invalid syntax: unexpected b"},
	} {
		if _, err := ParseStatements(tt.in, syntax.Position{}, &testScope{}); err == nil || err.Error() != tt.want {
			t.Errorf("%s\n got %v\nwant %s", tt.in, err, tt.want)
		}
	}
}

func TestHeadsOfBlocks(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"if a", "if $a"}, {"while a or b", "while ($a or $b)"}, {"for a in b", "for @a in ($b in w)"}, {"for a, (b, c.d) in e, f", "for (@a, (@b, $c.d)) in (($e, $f) in w)"}, {"except", "except"}, {"except E", "except $E"}, {"except (E, F) as e", "except ($E, $F) e"},
		{"if", "invalid syntax: the expression ends early"}, {"if a:", "invalid syntax: unexpected :"}, {"for a", `invalid syntax: the end where "in" was expected`}, {"for *a, b in c", "a starred target in a loop is not supported: unpack it with {% set %} in the loop"}, {"except E as", "invalid syntax: the end where a name was expected"},
	} {
		p, err := NewParser(tt.in, syntax.Position{}, &testScope{})
		if err != nil {
			t.Fatal(err)
		}
		if got := head(p); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

// head reads the head of a block and prints it, or its error.
func head(p *Parser) string {
	word := p.Word()
	var list []syntax.Expr
	var name string
	var err error
	switch word {
	case "for":
		var targets, iterable syntax.Expr
		if targets, iterable, err = p.ForClause(); err == nil {
			return "for " + text(targets) + " in " + text(iterable)
		}
	case "except":
		var class syntax.Expr
		if class, name, err = p.ExceptClause(); class != nil {
			list = append(list, class)
		}
	default:
		var cond syntax.Expr
		cond, err = p.Condition()
		list = append(list, cond)
	}
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(word + " " + texts(list) + " " + name)
}

func TestMethodNamesAreInOrder(t *testing.T) {
	if !slices.IsSorted(MethodNames) || len(methods) != len(MethodNames) {
		t.Error("MethodNames is not sorted, or has a name twice")
	}
}

// FuzzParser checks that any source gives a tree or an error in time, without a panic.
func FuzzParser(f *testing.F) {
	for _, s := range []string{"a + b * c", "[x for x in y if z]", "{**a, 'b': 1}", "f'{a!r:>{w}}'", "lambda x, *y, z=1, **k: x", "a, *b = c", "from a import (b, c)", "a[1:2:3].b(*c, d=e)", "a < b is not c not in d", "'''\\N{x}'''", "b'\\x00' rb\"\\\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		if _, err := ParseExpr(source, syntax.Position{}, &testScope{}); err != nil && err.Error() == "" {
			t.Error("an error without a text")
		}
		_, _ = ParseStatements(source, syntax.Position{}, &testScope{})
	})
}
