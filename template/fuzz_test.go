package template

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"
)

// small are the limits for hostile templates in these tests.
var small = Options{MaxSteps: 20_000, MaxOutput: 1 << 16, Timeout: 5 * time.Second}

// checkHostile compiles and runs a template of any bytes. In time, it must give output within its
// limit, a ParseError, or an Error.
func checkHostile(t *testing.T, generate func() ([]byte, error), load error) {
	t.Helper()
	if load != nil {
		if parse := (*ParseError)(nil); !errors.As(load, &parse) && !errors.Is(load, fs.ErrNotExist) && !errors.Is(load, fs.ErrInvalid) {
			t.Fatalf("not a ParseError: %v", load)
		}
		return
	}
	out, err := generate()
	if run := (*Error)(nil); err != nil && !errors.As(err, &run) {
		t.Fatalf("not an Error: %v", err)
	}
	if err != nil && strings.Contains(err.Error(), "deadline") {
		t.Fatalf("the steps did not end it: %v", err)
	}
	if err == nil && len(out) > small.MaxOutput {
		t.Fatalf("%d bytes of output", len(out))
	}
}

// FuzzTemplate checks that any bytes as a template give output or an error of a documented kind,
// and never a panic or an endless run.
func FuzzTemplate(f *testing.F) {
	for _, source := range judgeTemplates {
		f.Add(source)
	}
	for _, files := range judgeFiles {
		f.Add(files["main"])
	}
	f.Add("{% include 'self' %}")
	f.Add("{% extends 'self' %}")
	f.Add("{% include 'base' %}{% extends 'base' %}{% block a %}{{ x }}{% end %}")
	f.Fuzz(func(t *testing.T, source string) {
		loader := NewDictLoader(map[string]string{"self": source, "base": "{% block a %}{% end %}{% for x in y %}{% block b %}{% end %}{% end %}"}, small)
		tpl, err := loader.LoadTemplate("self")
		checkHostile(t, func() ([]byte, error) { return tpl.Generate(judgeFunctions()) }, err)
	})
}

// FuzzExpression checks that any expression stays within its limits.
func FuzzExpression(f *testing.F) {
	for _, e := range judgeExpressions {
		f.Add(e)
	}
	for _, e := range hostileExpressions {
		f.Add(e)
	}
	for i, row := range expressionRows(f) {
		if i%10 == 0 {
			f.Add(row.source)
		}
	}
	names := judgeNames()[0]
	for name, v := range names {
		names[name] = natural(v)
	}
	for name, fn := range judgeFunctions() {
		names[name] = fn
	}
	f.Fuzz(func(t *testing.T, e string) {
		tpl, err := New("", "{{ "+e+" }}", small)
		checkHostile(t, func() ([]byte, error) { return tpl.Generate(names) }, err)
	})
}

// hostileExpressions need more time or memory than the limits allow.
var hostileExpressions = []string{
	"list(range(10**12))", "sum(range(10**9))", "'a' * 10**9", "[0] * 10**9", "10**10**10", "1 << 10**9", "[x for x in range(10**9)]", "sorted(range(10**9))", "max(range(10**9))",
	"'%1000000000d' % 1", "'{:>1000000000}'.format(1)", "'a'.ljust(10**9)", "'a'.center(10**9)", "'%*d' % (10**9, 1)", "f'{1:1000000000}'", "('a' * 10000).replace('a', 'b' * 10000)", "('a' * 10000).join(['x'] * 10000)",
	"[[[x for x in range(10**4)] for y in range(10**4)] for z in range(10**4)]", "(lambda f: f(f))(lambda f: f(f))", "list(map(lambda x: list(range(10**6)), range(10**6)))", "list(zip(range(10**9), range(10**9)))", "tuple(enumerate(range(10**9)))",
	"dict(zip(range(10**8), range(10**8)))", "set(range(10**9))", "any(x for x in range(10**9))", "all(range(1, 10**9))", "10**9 in list(range(10**9))", "[*range(10**9)]", "(*range(10**9),)", "f(*range(10**9))", "range(10**9)[::-1][5]", "str(list(range(10**9)))",
	"int('9' * 100000)", "round(10 ** 4000, -10 ** 9)", "round(1.5, 10**6)", "9" + strings.Repeat("9", 5000), strings.Repeat("(", 100000), strings.Repeat("[", 200) + strings.Repeat("]", 200), strings.Repeat("-", 100000) + "1", strings.Repeat("not ", 100000) + "1", "a" + strings.Repeat(".a", 100000), "a" + strings.Repeat("+a", 100000),
	"1" + strings.Repeat(" if 1 else 1", 100000), strings.Repeat("lambda: ", 100000) + "1", "f" + strings.Repeat("(", 5000), strings.Repeat("f'{", 100), strings.Repeat("{1:", 5000), "[" + strings.Repeat("1,", 200000) + "]", "1" + strings.Repeat("<n", 5000), "x" + strings.Repeat("[0]", 5000), "'a'" + strings.Repeat("'a'", 50000), "1" + strings.Repeat("**1", 50000),
	strings.Repeat("1<(", 90) + "1" + strings.Repeat(")<1", 90), strings.Repeat("{", 90) + "1" + strings.Repeat("}", 90), strings.Repeat("[x for x in ", 90) + "[]" + strings.Repeat("]", 90), strings.Repeat("f(", 90) + strings.Repeat(")", 90), strings.Repeat("x[", 90) + "0" + strings.Repeat("]", 90),
}

// hostileTemplates do the same with statements.
var hostileTemplates = []string{
	"{% while True %}{% end %}", "{% while True %}x{% end %}", "{% set s = 'x' %}{% while True %}{% set s = s + s %}{% end %}", "{% set s = 'x' %}{% while True %}{% set s += s %}{% end %}", "{% set l = [1] %}{% while True %}{% set l = l + l %}{% end %}", "{% set l = [1] %}{% while True %}{% set l += l %}{% end %}", "{% set n = 2 %}{% while True %}{% set n = n * n %}{% end %}",
	"{% set l = [] %}{% while True %}{% set l.append('x' * 1000000) %}{% end %}", "{% set l = [] %}{% for i in range(10000) %}{% set l = [l] %}{% end %}{{ l }}", "{% set t = () %}{% for i in range(1000) %}{% set t = (t,) %}{% end %}{{ {t: 1} }}", "{% set l = [] %}{% set l.append(l) %}{{ l }}", "{% set l = [] %}{% set l.append(l) %}{{ l == l }}{{ json_encode(l) }}",
	"{% try %}{% while True %}{% end %}{% except %}caught{% end %}", "{% while True %}{% try %}{{ 1/0 }}{% except %}{% end %}{% end %}", "{% for x in range(10**12) %}{{ x }}{% end %}", "{% set f = lambda: f() %}{{ f() }}", "{% set d = {} %}{% while True %}{% set d[len(d)] = d %}{% end %}", "{% apply upper %}{% while True %}xxxxxxxxxxxxxxxx{% end %}{% end %}",
	"{% for a in range(9**9) %}{% for b in range(9**9) %}{% set c = sorted(range(9)) %}{% end %}{% end %}", strings.Repeat("{% if 1 %}", 100000), strings.Repeat("{% if 1 %}", 99) + strings.Repeat("{% end %}", 99), strings.Repeat("{% for x in [1] %}", 90) + "x" + strings.Repeat("{% end %}", 90), strings.Repeat("{% try %}", 50) + "x" + strings.Repeat("{% except %}{% end %}", 50), strings.Repeat("{% apply upper %}", 60) + "x" + strings.Repeat("{% end %}", 60),
	"{% if 0 %}" + strings.Repeat("{% elif 1 %}x", 5000) + "{% end %}", strings.Repeat("{{ 1 }}", 50000), strings.Repeat("{% set x = 1 %}", 50000), "{% set " + strings.Repeat("a=", 5000) + "1 %}", "{% set " + strings.Repeat("a[", 90) + "0" + strings.Repeat("]", 90) + " = 1 %}", "{% set " + strings.Repeat("a[", 90) + "0" + strings.Repeat("]", 90) + " += 1 %}", "{% set " + strings.Repeat("(", 90) + "a" + strings.Repeat(")", 90) + " = 1 %}", "{% set " + strings.Repeat("(", 5000) + "a = 1 %}", strings.Repeat("{% block a %}", 90) + strings.Repeat("{% end %}", 90),
}

func TestHostileTemplatesStayWithinTheirBudget(t *testing.T) {
	sources := append([]string{}, hostileTemplates...)
	for _, e := range hostileExpressions {
		sources = append(sources, "{{ "+e+" }}")
	}
	names := judgeFunctions()
	names["n"] = 3
	for _, source := range sources {
		start := time.Now()
		tpl, err := New("", source, small)
		checkHostile(t, func() ([]byte, error) { return tpl.Generate(names) }, err)
		if d := time.Since(start); d > 20*time.Second { // some expressions have 200,000 parts; on an idle machine the slowest takes 0.2 s
			t.Errorf("%.80s: %v", source, d)
		}
	}
}
