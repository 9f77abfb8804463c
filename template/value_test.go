package template

import (
	"errors"
	"fmt"
	"iter"
	"math/big"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

type address struct{ City string }

func (a address) Label() string { return "in " + a.City }

type settings map[string]any

func (s settings) Names() int { return len(s) }

type state int

func (s state) String() string { return []string{"draft", "live"}[s] }

type base struct{ BaseField string }

func (b *base) BaseMethod() string { return "base " + b.BaseField }

type person struct {
	base
	*address
	ID          int
	Name        string
	HTMLBody    string
	PublishedAt time.Time
	State       state
	Scores      map[string]int
	Friends     []*person
	Home        any
	Func        func(int) int
	hidden      string
	Settings_   settings
}

func (p *person) FullName(greeting string) string         { return greeting + " " + p.Name }
func (p *person) URLFor(id int) string                    { return fmt.Sprint("/p/", id) }
func (p *person) Title() string                           { return "Dr." }
func (p *person) Fails() (string, error)                  { return "", errors.New("no") }
func (p *person) Settings() settings                      { return settings{"a": 1} }
func (p *person) Two() (int, int)                         { return 1, 2 }
func (p *person) Reset() error                            { p.Name = "reset"; return nil }
func (p *person) Options(o struct{ FullFormat bool }) any { return o.FullFormat }
func (p *person) Kw(a string, kw Kwargs) string           { return fmt.Sprint(a, len(kw), kw["b"]) }
func (p *person) Any(v any) string                        { return fmt.Sprintf("%T", v) }
func (p *person) Ints(n []int64, m map[string]float64) string {
	return fmt.Sprint(n, m)
}
func (p *person) private() {}

var _ = (*person).private // templates alone may not call it

type lookup struct{ Fixed string }

func (l lookup) Lookup(name string) (any, bool) {
	if name == "dynamic" || name == "x-y" {
		return func() string { return "found " + name }, true
	}
	return nil, false
}

func people() map[string]any {
	p := &person{base: base{"b"}, address: &address{"Bonn"}, ID: 7, Name: "Ann", HTMLBody: "<p>", State: 1, Scores: map[string]int{"b": 2, "a": 1}, Home: address{"Rome"}, Func: func(n int) int { return n * 2 }, hidden: "secret"}
	p.Friends = []*person{p, nil}
	var missing *person
	var nilError error
	header := http.Header{}
	header.Set("X-Y", "z")
	return map[string]any{
		"p": p, "copy": *p, "missing": missing, "nilerror": nilError, "failure": errors.New("went wrong"), "big": new(big.Int).Lsh(big.NewInt(1), 70),
		"ints": []int{3, 1, 2}, "array": [2]string{"a", "b"}, "matrix": [][]int{{1}, {2, 3}}, "byID": map[int]string{2: "two", 1: "one"}, "wait": 90 * time.Minute, "month": time.March, "f32": float32(0.1), "u8": uint8(200),
		"named": state(0), "header": header, "lookup": lookup{"fixed"}, "set": settings{"k": "v"}, "ptr": &[]int{1}, "seq": slices.Values([]int{5, 6}), "seq2": iter.Seq2[int, string](slices.All([]string{"a"})), "nilmap": map[string]int(nil), "nilslice": []string(nil), "nilfunc": (func())(nil), "ch": make(chan int), "any": []any{nil, 1, "x", []byte("b")},
	}
}

func TestGoValues(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{{ p.name }} {{ p.Name }} {{ p.id }} {{ p.html_body }} {{ p.base_field }} {{ p.city }}", "Ann Ann 7 <p> b Bonn"},
		{"{{ p.full_name('Hi') }} {{ p.FullName('Yo') }} {{ p.url_for(3) }} {{ p.label() }} {{ p.base_method() }}", "Hi Ann Yo Ann /p/3 in Bonn base b"},
		{"{{ p.title }} {{ p.title() }} {{ p.settings['a'] }} {{ p.settings()['a'] }} {{ p.settings.names }}", "Dr. Dr. 1 1 1"},
		{"{{ p['name'] }} {{ 'name' in p }} {{ 'nope' in p }} {{ p.get('nope', 'd') }} {{ '%(name)s' % p }}", "Ann True False d Ann"},
		{"{{ copy.full_name('Hi') }} {{ copy.home.city }} {{ copy.home.label() }}", "Hi Ann Rome in Rome"},
		{"{{ missing }} {{ missing is None }} {{ nilerror }} {{ p.friends[1] }} {{ nilfunc }}", "None True None None None"},
		{"{{ p.hidden }}", "AttributeError: 'person' object has no attribute 'hidden'"},
		{"{{ p.private() }}", "AttributeError: 'person' object has no attribute 'private'"},
		{"{{ p.two() }}", "AttributeError: 'person' object has no attribute 'two'"},
		{"{{ p.fails() }}", "no"}, {"{{ p.fails }}", "no"},
		{"{{ callable(p.reset) }}", "True"}, // reading an attribute does not call a method whose only result is an error
		{"{{ p.func(4) }} {{ p.options(full_format=True) }} {{ p.options() }} {{ p.kw('x', b=1, c=2) }}", "8 True False x2 1"},
		{"{{ p.options(nope=1) }}", "TypeError: Options(): unexpected keyword argument 'nope'"},
		{"{{ p.url_for('x') }}", "TypeError: URLFor(): a str where Go wants int"},
		{"{{ p.url_for() }}", "TypeError: URLFor() takes 1 positional arguments but 0 were given"},
		{"{{ p.url_for(1, 2) }}", "TypeError: URLFor() takes 1 positional arguments but 2 were given"},
		{"{{ p.url_for(2 ** 70) }}", "TypeError: URLFor(): 1180591620717411303424 does not fit into int"},
		{"{{ p.any(1) }} {{ p.any('x') }} {{ p.any([1]) }} {{ p.any({'a': 1}) }} {{ p.any({1: 1}) }} {{ p.any(p) }} {{ p.any(None) }} {{ p.any(wait) }} {{ p.any(1.5) }} {{ p.any(b'') }} {{ p.any(2 ** 70) }}", "int string []interface {} map[string]interface {} map[interface {}]interface {} *template.person <nil> time.Duration float64 []uint8 *big.Int"},
		{"{{ p.ints([1, 2], {'a': 1}) }} {{ p.ints(ints, {}) }}", "[1 2] map[a:1] [3 1 2] map[]"},
		{"{{ p.scores }} {{ p.scores.a }} {{ p.scores['b'] }} {{ p.scores.get('c', 0) }} {{ p.scores.items() }} {{ sorted(p.scores.values()) }} {{ len(p.scores) }}", "{'a': 1, 'b': 2} 1 2 0 dict_items([('a', 1), ('b', 2)]) [1, 2] 2"},
		{"{% for k in p.scores %}{{ k }}{% end %}{% for k, v in p.scores.items() %}{{ k }}{{ v }}{% end %}", "aba1b2"},
		{"{{ p.scores['zz'] }}", "KeyError: 'zz'"},
		{"{{ ints }} {{ sorted(ints) }} {{ ints[-1] }} {{ ints[1:] }} {{ ints[::-1] }} {{ len(ints) }} {{ 3 in ints }} {{ ints + [4] }} {{ ints == [3, 1, 2] }} {{ max(ints) }} {{ ints.index(1) }}", "[3, 1, 2] [1, 2, 3] 2 [1, 2] [2, 1, 3] 3 True [3, 1, 2, 4] True 3 1"},
		{"{{ ints[7] }}", "IndexError: list index out of range"},
		{"{% set ints[0] = 1 %}", "TypeError: slice value does not support item assignment"}, {"{% set p.name = 'x' %}", "TypeError: can't assign to .name field of person"}, {"{% set set['k'] = 1 %}", "TypeError: mapping value does not support item assignment"},
		{"{{ array }} {{ matrix }} {{ matrix[1][1] }} {{ byID }} {{ byID[2] }} {{ ptr[0] }} {{ any }}", "['a', 'b'] [[1], [2, 3]] 3 {1: 'one', 2: 'two'} two 1 [None, 1, 'x', b'b']"},
		{"{{ wait }} {{ wait.total_seconds() }} {{ wait.Hours() }} {{ wait * 2 }} {{ month }} {{ int(month) }} {{ named }} {{ p.state }} {{ p.state == p.state }} {{ not named }}", "1:30:00 5400.0 1.5 3:00:00 March 3 draft live True True"},
		{"{{ f32 }} {{ u8 }} {{ big }} {{ failure }} {{ f32 + 1 }}", "0.1 200 1180591620717411303424 went wrong 1.1"},
		{"{{ header['X-Y'] }} {{ header.get('X-Y') }} {{ set.k }} {{ set['k'] }} {{ set.names }}", "['z'] ['z'] v v 1"},
		{"{{ lookup.dynamic() }} {{ lookup['x-y']() }} {{ lookup.fixed }} {{ 'dynamic' in lookup }}", "found dynamic found x-y fixed True"},
		{"{{ list(seq) }}{% for x in seq %}{{ x }}{% end %}{% for i, x in seq2 %}{{ i }}{{ x }}{% end %}{{ sum(seq) }}", "[5, 6]560a11"},
		{"{{ nilmap }} {{ nilslice }} {% if nilmap or nilslice %}x{% end %}{{ len(nilmap) }} {{ nilmap.get('x') }}", "{} [] 0 None"},
		{"{{ p.published_at }} {{ p.published_at.Unix() }} {{ p.published_at.year }} {{ p.published_at.IsZero() }}", "0001-01-01 00:00:00+00:00 -62135596800 1 True"},
		{"{{ p == p }} {{ p == copy }} {{ p.home == p.home }} {{ [p].index(p) }} {{ {p.home: 1}[p.home] }}", "True False True 0 1"},
		{"{{ hasattr(p, 'name') }} {{ hasattr(p, 'nope') }} {{ getattr(p, 'name') }} {{ getattr(p, 'x', 5) }} {{ isinstance(ints, list) }} {{ isinstance(set, dict) }}", "True False Ann 5 True True"},
		{"{{ p.friends[0].friends[0].name }}", "Ann"},
	} {
		want := tt.want
		if got := render("{% autoescape None %}"+tt.in, people(), Options{}); got != want && got != "template: <string>:1: "+want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, want)
		}
	}
}

func TestImportsAreNamespacesOfTheApplication(t *testing.T) {
	o := Options{Imports: map[string]any{
		"shop.helpers": map[string]any{"cents": func(n int) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }, "vat": 19},
		"models":       &person{Name: "Ann"},
	}}
	for _, tt := range []struct{ in, want string }{
		{"{% from shop.helpers import cents, vat as tax %}{{ cents(1234) }} {{ tax }}", "12.34 19"},
		{"{% import shop.helpers as h %}{{ h.cents(5) }} {{ h.vat }}", "0.05 19"},
		{"{% import models %}{{ models.name }} {{ models.full_name('Hi') }}", "Ann Hi Ann"},
		{"{% from models import full_name %}{{ full_name('Hi') }}", "Hi Ann"},
		{"{% from models import nope %}", "template: <string>:1: ImportError: cannot import name 'nope' from 'models'"},
		{"{% try %}{% import nope %}{% except ImportError %}without{% end %}", "without"},
		{"{% import shop %}", "No module named 'shop': register a namespace of that name in Options.Imports at <string>:1"},
	} {
		if got := render(tt.in, nil, o); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestTheClockIsGiven(t *testing.T) {
	now := time.Date(2020, 2, 3, 4, 5, 6, 0, time.FixedZone("CET", 3600))
	o := Options{Now: func() time.Time { return now }}
	require.Equal(t, "2020-02-03 04:05:06 2020-02-03 03:05:06 2020-02-03 03:05:06+00:00 2020-02-03",
		render("{{ datetime.datetime.now() }} {{ datetime.datetime.utcnow() }} {{ datetime.datetime.now(datetime.timezone.utc) }} {{ datetime.date.today() }}", nil, o))
}

func TestANamespaceMayBringItsOwnEscapeFunction(t *testing.T) { // tmpl-24
	own := func(s string) string { return "[" + s + "]" }
	require.Equal(t, "[<]", render("{{ '<' }}", map[string]any{"xhtml_escape": own}, Options{}))
	require.Equal(t, "[<]", render("{{ '<' }}", nil, Options{Namespace: map[string]any{"xhtml_escape": own}}))
	tpl, err := New("", "{{ '<' }}", Options{})
	require.NoError(t, err)
	for _, names := range []map[string]any{{"xhtml_escape": own}, nil} { // the second run inherits nothing
		out, err := tpl.Generate(names)
		require.NoError(t, err)
		require.Equal(t, map[bool]string{true: "&lt;", false: "[<]"}[names == nil], string(out))
	}
	require.Equal(t, "[1]<", render("{{ 1 }}{% raw '<' %}", map[string]any{"own": own}, Options{Autoescape: "own"}))
	require.Equal(t, "<", render("{{ '<' }}", nil, Options{Autoescape: NoAutoescape}))
}
