package template

import "testing"

// judgeSyntax are templates that test the meaning of names, and literals.
var judgeSyntax = []string{
	// A comprehension has variables of its own, even in a try whose variables are shared with the
	// code around it.
	"{% try %}{% set x = 1 %}{% set l = [x for x in [5, 6]] %}{{ x }}{{ l }}{% except %}{% end %}",
	"{% try %}{% set x = [1, 2] %}{{ [x for x in x] }}{{ x }}{% except %}{% end %}",
	"{% try %}{% set x = 1 %}{{ sum(x * y for x, y in [(2, 3)]) }}{{ x }}{% except %}{% end %}",
	"{% try %}{% set k = v = 1 %}{{ {k: v for k, v in [(2, 3)]} }}{{ {k for k in [4]} }}{{ k }}{{ v }}{% except %}{% end %}",
	"{% try %}{% set x = y = 1 %}{{ [[x + y for x in [10]] for y in [x, 2]] }}{{ x }}{{ y }}{% except %}{% end %}",
	"{% try %}{% set x = 1 %}{{ [(lambda a, b: a + b + x)(1, 2) for x in [3]] }}{{ x }}{% except %}{% end %}",
	"{% try %}{% set x = 1 %}{{ f'{[x for x in [2]]}{x}' }}{% except %}{% end %}",
	"{{ [y for x in [[1, 2], [3]] for y in x if y != 2] }}",
	"{{ (lambda x: [x for x in [x, 2]])(1) }}",
	// A key that is repeated wins.
	"{{ {1: 'a', 1.0: 'b'} }}{{ {'a': 1, 'b': 2, 'a': 3} }}{{ {18446744073709551616: 1, 18446744073709551616: 2} }}{{ {b'a': 1, 'a': 2} }}{{ {-1: 1, -1: 2} }}",
	// Quotes mean nothing in a format specification.
	"{{ f\"{'ab':'>5}\" }}{{ f'{7:\">3}' }}{{ f'{\"x\":{\"*\"}^5}' }}",
	// Targets.
	"{% set a = b = [1] %}{% set b.append(2) %}{{ a }}", "{% set d = {} %}{% set d['a'] = d['b'] = 3 %}{{ d['a'] + d['b'] }}", "{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ c }}", "{% set (a), [b], (c,) = 1, [2], (3,) %}{{ a }}{{ b }}{{ c }}", "{% for [a] in [[1], [2]] %}{{ a }}{% end %}{{ [a for [a] in [[3]]] }}", "{% set [a, b] = ['x', 'y'] %}{{ b }}", "{% set l = [0, 0] %}{% set i = l[0] = 1 %}{{ l }}", "{% set x: list = [1] %}{{ x }}",
	"{% set a = 1; b = a + 1; %}{{ b }}", "{% set x = 1 if False else 2, 3 %}{{ x }}", "{% set x = *[1, 2], 3 %}{{ x }}",
	// Errors.
	"{{ (a, b for b in [1]) }}", "{{ [*a for a in [1]] }}", "{{ a b }}", "{{ 017 }}", "{{ 1__0 }}", "{% set a + b = 1 %}", "{% set *a, *b = [1] %}", "{% set a, b += 1 %}", "{{ f'{}' }}", "{{ f'}' }}", "{{ *[1] }}",
}

func TestJudgeOfSyntax(t *testing.T) { // tmpl-36
	var questions []question
	for _, source := range judgeSyntax {
		questions = append(questions, question{Source: source, Autoescape: "None"})
	}
	for i, theirs := range ask(t, questions) {
		compare(t, questions[i], theirs)
	}
}
