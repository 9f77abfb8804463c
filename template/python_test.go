package template

import (
	"strings"
	"testing"
	"time"
)

func TestNamespacesAsDicts(t *testing.T) {
	names := map[string]any{"title": "T", "n": 1}
	for _, tt := range []struct{ in, want string }{
		{"{{ 'title' in globals() }} {{ 'nope' in globals() }} {{ globals().get('title', 'x') }} {{ globals().get('nope', 'x') }}", "True False T x"},
		{"{{ globals()['shared'] }} {{ 'datetime' in globals() }}", "S True"},
		{"{{ locals() }}{% set a = 1 %}{{ locals() }}{% set b = 2 %}{{ 'b' in locals() }}", "{}{'a': 1}True"},
		{"{% set a = 1 %}{{ vars() }} {{ dir() }} {{ vars() == locals() }}", "{'a': 1} ['a'] True"},
		{"{% for i in [5] %}{{ locals()['i'] }}{% end %}", "5"},
		{"{% if n == 2 %}{% set late = 1 %}{% end %}{{ 'late' in locals() }}", "False"}, // set, but not in this run
		{"{% try %}{% set x = 1 %}{{ locals() }}{% except %}{% end %}{{ locals() }}", "{'x': 1}{'x': 1}"},
		{"{% set a = 1 %}{% apply f %}{% set b = 2 %}{{ locals() }}{% end %}", "[{'b': 2}]"},
		{"{{ [name for name in ['title', 'nope'] if name in globals()] }}", "['title']"},
		{"{% set f = dir %}{{ f() }}", "template: <string>:1: TypeError: dir() as a value is not supported in a template"},
		{"{{ dir([]) }}", "template: <string>:1: TypeError: dir() of a list is not supported in a template"},
		{"{{ open('x') }}", "template: <string>:1: TypeError: open is not supported in a template"},
		{"{{ nope }}", "template: <string>:1: NameError: name 'nope' is not defined"},
	} {
		names["f"] = func(s string) string { return "[" + s + "]" }
		got := render("{% autoescape None %}"+tt.in, names, Options{Namespace: map[string]any{"shared": "S"}})
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestStatementsWithPythonsTypes(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"{% set a = [1]; b = a; a += (2,); a *= 2 %}{{ b }}", "[1, 2, 1, 2]"},
		{"{% set a = {'x': 1}; b = a; a |= {'y': 2} %}{{ b }}", "{'x': 1, 'y': 2}"},
		{"{% set a = {1}; b = a; a |= {2}; a -= {1} %}{{ b }}", "{2}"},
		{"{% set a = (1,); b = a; a += (2,) %}{{ a }} {{ b }}", "(1, 2) (1,)"},
		{"{% set d = {}; d['get'] = 1 %}{{ d['get'] }} {{ d.get('get') }}", "1 1"},
		{"{% try %}{{ [].index(1) }}{% except ValueError as e %}{{ type(e).__name__ }}: {{ e }}{% end %}", "ValueError: 1 is not in list"},
		{"{% import json %}{% try %}{{ json.loads('{') }}{% except json.JSONDecodeError as e %}{{ e }}{% end %}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"},
		{"{% import json %}{% try %}{{ json.loads('x') }}{% except ValueError %}bad{% end %}", "bad"},
		{"{% try %}{{ {}['k'] }}{% except LookupError as e %}{{ e.args }} {{ repr(e) }} {{ e }}{% end %}", "('k',) KeyError('k') 'k'"},
		{"{% set E = ValueError %}{% try %}{% set raise E('a', 1) %}{% except E as e %}{{ e.args[1] }}{{ isinstance(e, Exception) }}{% end %}", "1True"},
		{"{% try %}{{ float('') }}{% except TypeError %}t{% except ValueError %}v{% end %}", "v"},
		{"{% try %}{% set raise int %}{% except TypeError as e %}{{ e }}{% end %}", "exceptions must derive from BaseException"},
		{"{% set it = iter('abc') %}{{ next(it) }}{% for c in it %}[{{ c }}]{% end %}{{ list(it) }}", "a[b][c][]"},
		{"{% for i, c in enumerate('ab', start=1) %}{{ i }}{{ c }}{% end %}", "1a2b"},
		{"{% for k in sorted(d, key=d.get, reverse=True) %}{{ k }}{% end %}", "ba"},
		{"{{ ', '.join(map(str.upper, d)) }}", "A, B"},
		{"{% set append = log.append %}{% set append(1) %}{{ log }}", "template: <string>:1: TypeError: changing a list of Go is not supported in a template"},
	} {
		names := map[string]any{"d": map[string]any{"a": 1, "b": 2}, "log": []any{}}
		if got := render("{% autoescape None %}"+tt.in, names, Options{}); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}

func TestGoValuesAreOfPythonsTypes(t *testing.T) {
	type point struct{ X, Y int }
	names := map[string]any{
		"xs": []int{3, 1, 1}, "m": map[string]int{"a": 1}, "p": &point{1, 2}, "q": point{1, 2}, "b": []byte("x"),
		"when": time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), "wait": 90 * time.Minute,
	}
	for _, tt := range []struct{ in, want string }{
		{"{{ type(xs) == list }} {{ type(m) == dict }} {{ type(b) == bytes }} {{ type(p).__name__ }} {{ type(p) == type(q) }}", "True True True point True"},
		{"{{ xs.count(1) }} {{ xs.index(1) }} {{ xs.copy() }} {{ list.count(xs, 1) }} {{ xs == [3, 1, 1] }} {{ xs < [4] }} {{ xs + [1] == xs + [True] }}", "2 1 [3, 1, 1] 2 True True True"},
		{"{{ xs.append }} {{ True in xs }} {{ sorted(xs, key=lambda x: -x) }}", "<built-in method append of list object> True [3, 1, 1]"},
		{"{{ xs.append(1) }}", "TypeError: changing a list of Go is not supported in a template"},
		{"{{ m.get('a') }} {{ m.get('x', 0) }} {{ m.keys() }} {{ dict.get(m, 'a') }} {{ m == {'a': True} }} {{ m | {'b': 2} }} {{ m.items() & {('a', 1)} }}", "1 0 dict_keys(['a']) 1 True {'a': 1, 'b': 2} {('a', 1)}"},
		{"{{ m.update(a=2) }}", "TypeError: changing a dict of Go is not supported in a template"},
		{"{% import json %}{{ json.dumps(p, indent=1) }}", "{\n \"X\": 1,\n \"Y\": 2\n}"},
		{"{% import json %}{{ json.dumps([p, m], separators=(',', ':')) }}", `[{"X":1,"Y":2},{"a":1}]`},
		{"{{ vars(p) }} {{ dir(p) }} {{ hasattr(p, 'x') }} {{ hasattr(p, 'z') }}", "{'x': 1, 'y': 2} ['x', 'y'] True False"},
		{"{{ when }} {{ [when] }} {{ when.isoformat() }} {{ when.date() }} {{ when.strftime('%d') }} {{ type(when) == datetime.datetime }}", "2020-01-02 03:04:05+00:00 [datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)] 2020-01-02T03:04:05+00:00 2020-01-02 02 True"},
		{"{{ when > datetime.datetime(2019, 1, 1) }} {{ when - datetime.datetime(2020, 1, 1) }}", "True 1 day, 3:04:05"}, // a naive time counts as UTC if it is compared with a time of Go
		{"{{ datetime.datetime(2020, 1, 1) < datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) }}", "TypeError: can't compare offset-naive and offset-aware datetimes"},
		{"{{ wait }} {{ [wait] }} {{ wait // 2 }} {{ wait.total_seconds() }}", "1:30:00 [datetime.timedelta(seconds=5400)] 0:45:00 5400.0"},
	} {
		got := strings.TrimPrefix(render("{% autoescape None %}"+tt.in, names, Options{}), "template: <string>:1: ")
		if got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}
