package template

import "time"

// judgeNames are data sets of the judge's expressions.
func judgeNames() []map[string]any {
	published := time.Date(2021, 3, 4, 15, 6, 7, 0, time.UTC)
	parent := &row{ID: 1, Name: "root", Title: "Root <b>", PublishedAt: published}
	return []map[string]any{
		{"n": 3, "name": "Ben", "items": []any{1, 2, 3}, "row": row{ID: 7, Name: "Ann & co", Title: "It's \"quoted\"", Price: 12.5,
			PublishedAt: published, Tags: []string{"a", "b<c"}, Parent: parent},
			"d":    map[string]any{"id": "x1", "from": map[string]any{"id": "42", "name": "Zed"}, "list": []any{1, "two", nil, true}},
			"when": goTime{published}, "nothing": nil, "yes": true, "pi": 3.14159, "raw": rawBytes("b<y>tes")},
		{"n": 0, "name": "Éva <script>", "items": []any{}, "row": row{Price: -0.25, Name: "", Tags: []string{}, PublishedAt: published.AddDate(-20, 5, 20)},
			"d":    map[string]any{"id": "", "from": map[string]any{"id": "", "name": "日本"}, "list": []any{}},
			"when": goTime{time.Date(1999, 12, 31, 0, 0, 1, 0, time.FixedZone("", -5*3600))}, "nothing": nil, "yes": false, "pi": -0.5, "raw": rawBytes("")},
	}
}

// judgeExpressions are rendered with each data set, as {{ expression }}.
var judgeExpressions = []string{
	// tmpl-1: what str() gives
	"n", "name", "items", "d", "when", "nothing", "yes", "pi", "raw", "()", "(1,)", "1, 2", "[]", "{}", "'it''s'", `"it's"`, `["it's", 'a"b', 'a\nb\\', "é\x7f\u200b"]`,
	"{'a': [1, None, True, 1.0]}", "1e16", "1e15", "1e-5", "0.0001", "0.1 + 0.2", "100000000000000000000", "-7 // 2", "-7 % 3", "7 / 2", "6 / 3", "2 ** 10", "2 ** -1", "1e300 * 1e10", "-0.0",
	"{1, 1}", "set()", "range(3)[1]", "b'bytes'", "u'u'", "r'\\n'", "'\\x41\\u00e9\\101'", "1_000", "0x1F", "0b101", "0o17", "'a' 'b'", "not n", "True + True", "sum([True, False, 2])",
	// tmpl-36: attribute, index, call, and or not, comparison
	"row.name", "row.title", "row.id + 1", "row.price", "row.published_at", "row.tags", "row.tags[0:1]", "row.shout()", "row.shout('a b')", "row.greet('Hi')", "row.greet('Hi', loud=True)", "row.parent.name if row.parent else 'none'",
	"row.parent is None", "row.parent is not None and row.parent.title", "d['from']['name']", "d['list']", "d['list'][1:]", "d.id", "'id' in d", "'x' not in d", "d.get('x')", "d.get('x', 'default')", "d['from'].id or 'none'",
	"sorted(d.keys())", "len(items)", "len(name)", "name[0]", "name[-1]", "name[:2]", "name[::-1]", "name[1:3].upper()", "n and name", "n or name", "n == 3", "n != 3", "0 < n <= 3", "1 < inc(n) < 5", "n is not None", "nothing is None",
	"n in items", "n not in (1, 3)", "items == []", "yes == True", "yes is True", "[1, 2] == [1, 2]", "(1, 2) < (1, 3)", "'a' < 'b'", "not (n and yes)", "n if yes else name", "items and items[0] or 'empty'",
	"[x * 2 for x in items]", "[x for x in items if x % 2]", "{x: x * x for x in items}", "max(x for x in items + [0])", "sum(x for x in items)", "', '.join(str(x) for x in items)", "[a + b for a in 'xy' for b in '12']",
	"sorted(items, key=lambda x: -x)", "(lambda x, y=2: x * y)(n)", "list(map(lambda x: x + 1, items))", "list(filter(None, items))", "list(zip(items, 'abc'))", "list(enumerate(items))", "list(reversed(items))", "any(items), all(items)",
	"min(items or [0]), max(items, default=0)", "sum(items, 10)", "abs(-n)", "round(2.5), round(3.5), round(2.675, 2), round(1234, -2)", "divmod(7, 3)", "pow(2, 3)", "hex(255), oct(8), bin(5)", "chr(65), ord('A')", "int('12') + int(3.9)", "float('1.5')",
	"str(n) + name", "repr(name)", "bool(items)", "list('abc')", "tuple(items)", "dict(a=1, b=2)", "dict([('x', 1)])", "isinstance(name, str), isinstance(n, (int, float)), isinstance(items, list)", "hasattr(row, 'name'), hasattr(row, 'nope')", "getattr(row, 'nope', 'default')",
	"[*items, 4]", "{**{'a': 1}, 'b': 2}", "(*items, 5)", "join(*['a', 'b'])", "join('x', *['y'])", "dict(**{'k': 1})", "callable(inc)",
	// % and format
	"'%s' % name", "'%s and %s' % (name, n)", "'%d%%' % n", "'%05d|%-5d|%+d' % (n, n, n)", "'%.2f' % pi", "'%8.3f|' % pi", "'%e' % pi", "'%g' % 0.00001", "'%g' % 1000000.0", "'%x %X %o %#x' % (255, 255, 8, 255)", "'%r' % name", "'%(id)s' % d", "'%(a)s-%(b)03d' % {'a': 'x', 'b': 5}",
	"'%10s|%-10s|' % ('ab', 'cd')", "'%c' % 65", "'%.3s' % 'abcdef'", "'%*d' % (5, 42)", "'%s' % (items,)", "'%s' % nothing", "'%i' % 3.7", "'% d' % 5",
	"'{} {}'.format(name, n)", "'{0} {1} {0}'.format('a', 'b')", "'{x} {y}'.format(x=1, y='z')", "'{:>5}|{:<5}|{:^5}|'.format('a', 'b', 'c')", "'{:05d} {:+d} {:,}'.format(42, 42, 1234567)", "'{:.2f} {:,.2f} {:.1%}'.format(pi, 12345.678, 0.256)", "'{:x} {:#x} {:b} {:08b}'.format(255, 255, 5, 5)",
	"'{!r} {!s}'.format(name, name)", "'{0[id]} {0[from][name]}'.format(d)", "'{0.name}'.format(row)", "'{:*^9}'.format('mid')", "'{{}} {}'.format(1)", "'{:{w}}|'.format('a', w=4)", "'{:e} {:g}'.format(12345.678, 12345.678)", "'{:_}'.format(1234567)", "format(1234.5, ',.1f')", "'{:d}'.format(True)",
	"f'{name} is {n}'", "f'{n + 1:03d} {pi:.1f}'", "f'{name!r}'", "f'{{x}} {name:>{n + 5}}'", "f\"{d['id']}|{'q' if n else 'z'}\"", "'a' f'{n}' 'b'",
	// methods of str
	"name.upper()", "name.lower()", "name.title()", "'heLLo wOrld'.capitalize()", "\"they're bill's\".title()", "'  x '.strip()", "'xxaxx'.strip('x')", "'xxaxx'.lstrip('x') + 'yby'.rstrip('y')", "'a,b,c'.split(',')", "'a b  c'.split()", "'a,b,c'.split(',', 1)", "'a,b,c'.rsplit(',', 1)", "'a\\nb\\r\\nc'.splitlines()",
	"'-'.join(['a', 'b'])", "'aXbX'.replace('X', 'y')", "'aXbX'.replace('X', 'y', 1)", "'héllo'.find('l')", "'héllo'.rfind('l')", "'héllo'.index('o')", "'hello'.count('l')", "name.startswith('B')", "name.endswith(('n', 'x'))", "'abc'.center(8, '*')", "'abc'.center(7)", "'abc'.ljust(5, '.')", "'abc'.rjust(5)", "'42'.zfill(5)", "'-42'.zfill(5)",
	"'abc'.isalpha(), '12'.isdigit(), 'a1'.isalnum(), ' '.isspace(), 'A'.isupper(), 'a'.islower()", "'a=b=c'.partition('=')", "'a=b=c'.rpartition('=')", "'aBc'.swapcase()", "'prefix-x'.removeprefix('prefix-')", "'x.html'.removesuffix('.html')", "name.encode('utf-8')", "raw.decode()", "'ß'.upper()", "'%s' % name.encode().decode('utf8')",
	"'a' * 3", "[0] * 3", "'a' in 'abc'", "'ab' + 'cd'", "b'a' + b'b'", "raw.upper()",
	// tmpl-32: Tornado's names
	"escape(name)", "xhtml_escape(name)", "url_escape(name)", "url_escape('a b/c', plus=False)", "url_escape('a b', False)", "json_encode(name[:4])", "json_encode({'b': [1, 2.5, None, True], 'a': '</script>'})", "json_encode([])", "json_encode(items)", "squeeze('a   b\\n c')", "linkify('http://example.com & more')", "linkify('www.x.org/a/b/c', shorten=True, extra_params='rel=\"nofollow\"')",
	"datetime.datetime(2020, 1, 2, 3, 4, 5)", "datetime.date(2020, 2, 29)", "datetime.timedelta(days=1, hours=2)", "datetime.datetime(2020, 1, 2) + datetime.timedelta(hours=36)", "datetime.datetime(2020, 3, 1) - datetime.datetime(2020, 2, 1)", "datetime.datetime.strptime('2012-05-06T07:08:09+0000', '%Y-%m-%dT%H:%M:%S+0000')", "datetime.datetime.strptime('6 May 2012 3PM', '%d %B %Y %I%p')",
	"datetime.timedelta(seconds=-1)", "datetime.timedelta(1, 2, 3).total_seconds()", "datetime.timedelta(days=2).days", "datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc).isoformat()", "datetime.datetime.fromtimestamp(0, datetime.timezone.utc)", "datetime.datetime(2020, 1, 2).replace(day=5, hour=7)", "datetime.datetime(2020, 1, 2) < datetime.datetime(2020, 1, 3)",
	"when.strftime('%Y-%m-%dT%H:%M:%SZ')", "when.strftime('%a %A %b %B %d %e %H %I %j %m %M %p %S %U %w %W %y %Y %z %% %F %T %D %R %u %V %G %C %h %c %x %X')", "when.strftime('%-d/%-m')", "when.year, when.month, when.day, when.hour, when.minute, when.second", "when.isoformat()", "when.weekday(), when.isoweekday()", "when.date()", "when.date() == datetime.date(2021, 3, 4)", "'{:%Y/%m/%d}'.format(when)", "f'{when:%H:%M}'", "str(when)", "when > datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)", "when.timestamp()",
	"[when][0].strftime('%d')", "max([when, when]).strftime('%Y')", "when.astimezone(datetime.timezone.utc)", "when - datetime.timedelta(minutes=5)",
	// the values that an application passes
	"_('New post')", "_('%(num)d liked', '%(num)d likes', n) % {'num': n}", "static_url(\"blog.css\")", "reverse_url('entry', 5, 'x')", "locale.format_date(when, full_format=True, shorter=True)", "locale.format_date(when)", "upper(name)", "inc(inc(n))", "markup()", "brackets(raw)", "as_bytes(name)",
	"name # a comment", "(n +\n  1)", "[1,\n 2]", "'multi' \\\n 'line'", "name if n > 2 and not nothing else 'short'", "{'a': 1}['a']", "[[1, 2], [3]][0][1]", "(n, name)[1]", "'x' if not items else len(items)", "-n ** 2", "2 ** 3 ** 2", "~n", "n | 4, n & 1, n ^ 2, n << 2, n >> 1", "1 if 0 else 2 if 0 else 3", "lambda_ if False else 1", "not n == 3", "n and not yes", "''.join(reversed('abc'))",
	// these are errors, whose class, message and line must be the same
	"missing", "missing.attr", "1 / 0", "1 // 0", "1 % 0", "1.0 / 0", "1.5 // 0", "1.5 % 0", "d['missing']", "d['from']['nope']", "items[10]", "'abc'[5]", "name.nope", "nothing.x", "nothing['x']", "row.nope", "1 + 'a'", "'a' + 1", "[] + 1", "None + 1", "name()", "len(5)", "int('x')", "fails()", "'%d' % 'x'", "'%s %s' % 1", "'%s' % (1, 2)", "'{} {}'.format(1)", "{}['k']", "[1][None]", "for_ in 5", "[x for x in 5]", "-'a'", "raise_", "'abc'.index('z')", "'%(x)s' % {}", "{[]: 1}",
	// syntax errors
	"1 +", "a b", "(1", "1)", "'open", "for", "if x", "lambda", "1..2.3", "a.", "a[", "{1: 2, 3}", "x if y", "not", "@", "$", "?", "a ! b", "def f(): pass", "import x", "f(a=1, 2)", "*a", "print 'x'", "a\n+ b", "[x for]", "a..b", "1 2", "'a' 1", "f'{'", "f'{x!z}'", "x is", "in x", "()()[", "b'é'", "0777",
}

// judgeTemplates are rendered with each data set.
var judgeTemplates = []string{
	"Hello {{ name }}!", "2 + 2 = {{ 2 + 2 }}", "{{{1}}}", "{{{{1}}}}", "{ {{ n }} }", "a{", "{", "{a}{%!x%}{{!y}}{#!z#}", "{{!jquery expr}} {{ 'expr' }}", "a{# c #}b{# {{ x #}c", "{% comment blah {{ %}x", "{#\n#}{{ name }}",
	"{% raw name %}{{ name }}{% raw n %}{% raw nothing %}", "{% raw raw %}", "{{ raw }}",
	"{% if n > 2 %}big{% elif n %}small{% else %}zero{% end %}", "{% if n %}{% else %}{% end %}", "{% if items %}{{ items[0] }}{% end %}", "{% if n == 3 and name %}a{% end %}{% if not n %}b{% end if %}",
	"{% for x in items %}<li>{{ x }}</li>\n{% end %}", "{% for i, x in enumerate(items) %}{{ i }}={{ x }};{% end %}", "{% for k, v in sorted(d.items()) %}{{ k }}:{{ v }} {% end %}", "{% for (a, b) in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% end %}", "{% for c in name %}[{{ c }}]{% end %}", "{% for k in sorted(d) %}{{ k }},{% end %}", "{% for x in range(3) %}{{ x }}{% end %}{{ x }}",
	"{% for x in items %}{{ x }}{% else %}none{% end %}", "{% for x in items %}{% if x == 2 %}{% break %}{% end %}{{ x }}{% else %}none{% end %}", "{% for x in items %}{% if x == 2 %}{% continue %}{% end %}{{ x }}{% end %}", "{% set i = 0 %}{% while i < 3 %}{{ i }}{% set i += 1 %}{% end %}", "{% set i = 5 %}{% while i %}{% set i -= 1 %}{% if i == 2 %}{% break %}{% end %}{% else %}all{% end %}{{ i }}", "{% for a in [1, 2] %}{% for b in [1, 2] %}{% if b == a %}{% break %}{% end %}{{ a }}{{ b }} {% end %}{% end %}",
	"{% set x = 5 %}{{ x }}{% set x, y = 1, 2 %}{{ x + y }}", "{% set a = b = 3 %}{{ a }}{{ b }}", "{% set l = [] %}{% set l.append(1) %}{% set l += [2] %}{{ l }}", "{% set m = {} %}{% set m['k'] = n %}{{ m }}{% set m['k'] += 1 %}{{ m['k'] }}", "{% set a, *b = [1, 2, 3] %}{{ a }}{{ b }}", "{% set x = 1; y = 2 %}{{ x }}{{ y }}", "{% set (a, b) = (1, (2, 3)) %}{{ a }}{{ b }}", "{% set x: int = 3 %}{{ x }}", "{% set d2 = dict(a=1) %}{% set del d2['a'] %}{{ d2 }}", "{% set s = 'x' %}{% set s *= 3 %}{{ s }}", "{% set assert n == 3 or n == 0 %}ok", "{% set f = lambda x: x + 1 %}{{ f(n) }}", "{% set author_url=\"http://x/?id=\" + escape(d[\"from\"][\"id\"]) %}{{ author_url }}", "{% set pass %}x",
	"{% apply upper %}foo {{ name }}{% end %}", "{% apply brackets %}a{% apply upper %}b{{ n }}{% end %}c{% end %}", "{% apply as_bytes %}{{ name }}{% end %}", "{% apply linkify %}http://a.b/{{ n }}{% end %}", "{% set v = 1 %}{% apply upper %}{% set v = 2 %}{{ v }}{% end %}{{ v }}", "{% for x in items %}{% apply brackets %}{{ x }}{% end %}{% end %}", "{% apply lambda s: s %}x{% end %}", "{% apply escape %}<{{ name }}>{% end %}",
	"{% try %}\ntry{% set y = 1/n %}\n{% except %}-except\n{% else %}-else\n{% finally %}-finally\n{% end %}", "{% try %}{{ d['zz'] }}{% except KeyError as e %}key {{ e }}{% end %}", "{% try %}{{ nope }}{% except NameError as e %}{{ e }}{% end %}", "{% try %}a{{ 1/0 }}b{% except (KeyError, ZeroDivisionError) as e %}{{ e }}{% end %}", "{% try %}{{ items[9] }}{% except KeyError %}k{% except LookupError %}l{% end %}", "{% try %}x{% finally %}y{% end %}", "{% for x in items %}{% try %}{% if x == 2 %}{% continue %}{% end %}{{ x }}{% finally %}f{% end %}{% end %}", "{% for x in [1, 2, 3] %}{% try %}{% if x == 2 %}{% break %}{% end %}{{ x }}{% except %}e{% else %}.{% end %}{% else %}never{% end %}", "{% try %}{% set z = 5 %}{% try %}{{ 1/0 }}{% finally %}in{% end %}{% except %}out{{ z }}{% end %}{{ z }}", "{% try %}{{ fails() }}{% except Exception as e %}{{ e }}{% end %}", "{% try %}{% for i in range(3) %}{{ i }}{{ 1 / (1 - i) }}{% end %}{% except %}!{{ i }}{% end %}", "{% try %}{{ int('x') }}{% except ValueError as e %}{{ e }}{% end %}", "{% try %}{{ 1/0 }}{% finally %}f{% end %}", "{% try %}{{ 1/0 }}{% except KeyError %}k{% end %}", "{% try %}{% apply upper %}lost{{ 1/0 }}{% end %}{% except %}kept{% end %}", "{% try %}{% set raise ValueError('v') %}{% except ValueError as e %}{{ e }}{% end %}",
	"{% autoescape None %}{{ name }}{% raw name %}", "{{ name }}{% autoescape None %}{{ name }}", "{% autoescape py_escape %}{{ name }}{{ n }}", "{% autoescape xhtml_escape %}{{ name }}", "{% autoescape nope %}{{ name }}", "{% autoescape escape %}{{ name }}{{ 1 }}", "{% autoescape url_escape %}{{ name }}",
	"{% module Entry(d2) if False else '' %}", "{% set e = {'title': name} %}{% module Entry(e) %}{% module Entry(e, show_comments=True) %}", "{% module xsrf_form_html() %}", "{% module linkify('see http://x.y/' + name) %}", "{{ _tt_modules.xsrf_form_html() }}",
	"{% import datetime %}{{ datetime.date(2020, 1, 2) }}", "{% import datetime as dt %}{{ dt.timedelta(1) }}", "{% from datetime import date, timedelta as td %}{{ date(2020, 1, 2) + td(1) }}", "{% from tornado import escape as esc %}{{ esc.squeeze('a  b') }}", "{% import json, math %}{{ json.dumps({'a': [1, 'é']}) }}{{ math.floor(2.5) }}{{ math.pi }}{{ math.sqrt(16) }}", "{% import tornado.escape %}{{ tornado.escape.url_escape('a b') }}", "{% from math import ceil %}{{ ceil(1.2) }}",
	"{% whitespace oneline %}\n  a\n  b{% whitespace all %}\n  c\n  d{% whitespace single %} \n \n e  f\t\tg", "<pre>\n  {{ n }}\n  x\n</pre>  y  z", " \u00a0 \n\t x \x0b y ",
	"{{ n }}\r\n{{ n }}\r", "é日本{{ '日本' }}", "{% block a %}x{{ n }}{% end %}{% block a %}y{% end %}", "{% block 'q' %}x{% end %}", "{% for i in [1,2] %}{% block b %}{{ i }}{% end %}{% end %}",
	"{% if n %}\n{% raw '<b>' %}\n{% end %}", "{%if x%}", "{% if\nn %}x{% end %}", "{% end %}", "{% if n %}", "a\n{% if x %}\n\nb", "{{", "{%", "{#", "{{ }}", "{% %}", "{{ \"}}\" }}", "{% foo %}", "{% 'é\" %}", "{% else %}", "{% elif x %}", "{% for x in y %}{% elif z %}{% end %}", "{% if x %}{% except %}{% end %}", "{% block %}{% end %}", "{% apply %}x{% end %}", "{% extends %}", "{% extends \"\" %}", "{% include '' %}", "{% import %}", "{% from %}", "{% set %}", "{% extends 'x' %}", "{% for i in [] %}{% apply upper %}{% break %}{% end %}{% end %}", "\n\n{{ x", "\n{# x",
	"{% if n %}{% else %}{% else %}{% end %}", "{% if n %}{% else %}{% elif n %}{% end %}", "{% if %}x{% end %}", "{% for x %}x{% end %}", "{% for 1 in items %}x{% end %}", "{% while %}x{% end %}", "{% try %}x{% end %}", "{% try %}x{% else %}y{% end %}", "{% try %}x{% finally %}y{% except %}z{% end %}", "{% if n: %}x{% end %}", "{% else foo %}", "{% if n %}{% else foo %}{% end %}", "{% set x = %}", "{% set 1 = x %}", "{% set x + 1 = 2 %}", "{% set f() = 2 %}", "{% set x += %}", "{% raw %}", "{% module %}", "{% set x = 1 %}\n{{ n }}\n{% raw 1/0 %}", "{% if 1/0 %}{% end %}", "\n{% for x in 1/0 %}{% end %}", "{% set y = y0 %}", "{% set x = x + 1 %}", "{% for i in [1] %}\n\n{{ i / 0 }}{% end %}", "{% apply upper %}\n{{ 1/0 }}{% end %}", "{% apply nope %}x{% end %}", "{% while 1/0 %}{% end %}", "{% break x %}", "{% for x in items %}{% break x %}{% end %}", "{% if n %}{{ never }}{% end %}", "{{ undefined_fn(1) if n else 'no' }}",
}

// judgeFiles are sets of files; the key "main" is rendered, once for each data set.
var judgeFiles = []map[string]string{
	{"main": "{% include \"header.html\" %}\nbody text", "header.html": "header text"},
	{"main": "{% extends \"base.html\" %}\n{% block title %}page title{% end %}\n{% block body %}page body {{ name }}{% end %}\n", "base.html": "<title>{% block title %}default title{% end %}</title>\n<body>{% block body %}default body{% end %}</body>\n"},
	{"main": "{% extends a.html %}{% block x %}main{% end %}lost text", "a.html": "{% extends 'b.html' %}{% block y %}a{{ n }}{% block x %}ax{% end %}{% end %}", "b.html": "b[{% block x %}bx{% end %}|{% block y %}by{% end %}]"},
	{"main": "{% for i in [1, 2] %}{% include 'row.html' %}{% end %}{{ after }}", "row.html": "<{{ i }} {{ name }}>{% set after = i %}"},
	{"main": "{% include 'dir/one.html' %}", "dir/one.html": "one {% include 'two.html' %}", "dir/two.html": "two {% include '../three.html' %}", "three.html": "three"},
	{"main": "escaped: {% include 'e.html' %} unescaped: {% include 'u.html' %} default: {% include 'd.html' %}", "e.html": "{% autoescape xhtml_escape %}{{ name }}", "u.html": "{% autoescape None %}{{ name }}", "d.html": "{{ name }}"},
	{"main": "{% autoescape xhtml_escape %}{% extends 'base.html' %}", "base.html": "{% autoescape None %}{% block name %}base: {{ name }}{% end %}"},
	{"main": "{% autoescape xhtml_escape %}{% extends 'base.html' %}{% block name %}extended: {{ name }}{% end %}", "base.html": "{% autoescape None %}{{ name }}{% block name %}base: {{ name }}{% end %}"},
	{"main": "{% autoescape None %}{% extends 'base.html' %}{% block name %}extended: {{ name }}{% end %}", "base.html": "{{ name }}{% block name %}base: {{ name }}{% end %}"},
	{"main": "  {% include baz.txt %} \n ", "baz.txt": "\t    zxcv\n\n"}, {"main": "\t\t{% include foo.html %}    ", "foo.html": "   \n\t\n asdf\t   "},
	{"main": "{% include 'a.html' %}", "a.html": "\n{{ 1/0 }}"}, {"main": "{% include 'a.html' %}", "a.html": "{% include 'b.html' %}", "b.html": "\n\n{{ 1/0 }}"},
	{"main": "\n{% extends 'base.html' %}\n{% block 'block' %}\n{{ 1/0 }}\n{% end %}\n", "base.html": "{% block 'block' %}{% end %}"}, {"main": "{% extends 'base.html' %}", "base.html": "\n{{ 1/0 }}"},
	{"main": "{% include 'a.html' %}", "a.html": "ok\n{{"}, {"main": "{% extends 'a.html' %}", "a.html": "\n{% if %}"}, {"main": "{% include 'a.html' %}", "a.html": "x\n\n{{ 1 + }}"},
	{"main": "{% for x in items %}{% block row %}{{ x }}{% end %}{% end %}"}, {"main": "{% extends 'base.html' %}{% block row %}({{ x }}){% end %}", "base.html": "{% for x in items %}{% block row %}{{ x }}{% end %}{% end %}"},
	{"main": "{% extends 'base.html' %}{% block b %}{% include 'inc.html' %}{% end %}", "base.html": "[{% block b %}{% end %}{% block c %}c{% end %}]", "inc.html": "inc {{ name }}{% block c %}from include{% end %}"},
	{"main": "{% if n %}{% include 'a.html' %}{% else %}{% include 'b.html' %}{% end %}", "a.html": "A", "b.html": "B{% set q = 1 %}"},
	{"main": "{% extends 'base.html' %}{% set x = 5 %}{% block a %}{{ 'x' }}{% end %}", "base.html": "{% set title = name %}{% block a %}{% end %}{{ title }}"},
}

func judgeQuestions() []question {
	var list []question
	for _, names := range judgeNames() {
		for _, e := range judgeExpressions {
			list = append(list, question{Source: "x\n{{ " + e + " }}y", Names: names})
		}
		for _, source := range judgeTemplates {
			list = append(list, question{Source: source, Names: names}, question{Source: source, Names: names, Name: "a.html"})
		}
		for _, files := range judgeFiles {
			list = append(list, question{Files: files, Name: "main", Names: names})
		}
	}
	for _, mode := range []string{"all", "single", "oneline"} {
		list = append(list, question{Source: "\t\tfoo  x\n\n bar <pre> {{ 1 }} a  b ", Whitespace: mode})
	}
	for _, b := range []string{"\xff", "ab\xe9c", "\xc3", "é\xc3\x28"} { // tmpl-2
		list = append(list, question{Source: "\n{{ b }}", Names: map[string]any{"b": rawBytes(b)}}, question{Source: "{% raw b %}{{ 'ok' }}", Names: map[string]any{"b": rawBytes(b)}})
	}
	for _, fn := range []string{"None", "xhtml_escape", "py_escape"} {
		list = append(list, question{Source: "{{ '<a>' }}{{ [1, '<'] }}", Autoescape: fn})
	}
	return list
}
