package escape

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

// judgeScript reads a list of [function, text, arguments] and writes the list of results of
// real Tornado. Bytes travel as Latin-1. Tornado before 6.5 had smaller versions of its own
// of Python's html.escape and html.unescape; the script replaces them by those of 6.5.
const judgeScript = `
import html, json, sys
from tornado import escape, version_info
if version_info < (6, 5):
    escape.xhtml_escape, escape.xhtml_unescape = html.escape, html.unescape
def query(s, o):
    found = escape.parse_qs_bytes(s.encode("latin1"), **o)
    return {k: [v.decode("latin1") for v in vs] for k, vs in found.items()}
def linkify(s, o):
    if o.pop("by_link", False):
        o["extra_params"] = lambda href: ' data="%s" ' % href
    return escape.linkify(s, **o)
def table(s, o):
    from tornado.test.escape_test import linkify_tests
    return [t for t in linkify_tests if not callable(t[1].get("extra_params"))]
def non_finite(s, o):
    nan, inf = float("nan"), float("inf")
    return escape.json_encode({"a</": [nan, inf, -inf, 1], "b": nan})
calls = dict(linkify=linkify, query=query, table=table, non_finite=non_finite,
    escape=lambda s, o: escape.xhtml_escape(s),
    unescape=lambda s, o: escape.xhtml_unescape(s),
    squeeze=lambda s, o: escape.squeeze(s),
    url_escape=lambda s, o: escape.url_escape(s.encode("latin1"), **o),
    url_unescape=lambda s, o: escape.url_unescape(s, **o),
    url_unescape_bytes=lambda s, o: escape.url_unescape(s, encoding=None, **o).decode("latin1"),
    recode=lambda s, o: escape.json_encode(escape.json_decode(s)))
json.dump([calls[name](s, o) for name, s, o in json.load(sys.stdin)], sys.stdout)
`

type (
	judgeArgs = map[string]any
	judgeCall struct {
		name, text string
		args       judgeArgs
		ours       any
	}
)

// askJudge returns Tornado's results for calls.
func askJudge(t *testing.T, calls []judgeCall) []any {
	t.Helper()
	python := peers.Python(t, "tornado.escape", "tornado.test.escape_test")
	questions := make([][3]any, len(calls))
	for i, c := range calls {
		questions[i] = [3]any{c.name, c.text, c.args}
		if c.args == nil {
			questions[i][2] = judgeArgs{}
		}
	}
	in, err := json.Marshal(questions)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", judgeScript)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("judge: %v\n%s", err, failed.Stderr)
	}
	require.NoError(t, err)
	var answers []any
	require.NoError(t, json.Unmarshal(out, &answers))
	require.Len(t, answers, len(calls))
	return answers
}

func TestJudge(t *testing.T) {
	var calls []judgeCall
	for _, s := range judgeTexts() {
		calls = append(calls, textCalls(s)...)
	}
	for _, text := range []string{
		`"</a>é"`, `"\u0000\b\f\n\r\t\u001f\u007f\u2028\ud83d\ude00</</<\/"`, `{"</":[1,-2,0.5,[],{}],"a":{"é":null,"ü":true}}`,
		`[1.5,0.1,123456.789,1e300,5e-324,2.2250738585072014e-308,9007199254740991,1e+22]`, `"\"\\,: [{"`, `""`, ` [ ] `,
	} {
		calls = append(calls, judgeCall{"recode", text, nil, encoded(t, text)})
	}
	nan, inf := math.NaN(), math.Inf(1)
	calls = append(calls, judgeCall{"non_finite", "", nil, encodedValue(t, map[string]any{"a</": []any{nan, inf, -inf, 1}, "b": nan})})
	for i, answer := range askJudge(t, calls) {
		if c := calls[i]; !reflect.DeepEqual(c.ours, answer) {
			t.Errorf("%s(%q, %v)\n    ours %q\nTornado %q", c.name, c.text, c.args, c.ours, answer)
		}
	}
}

// TestLinkifyTornadosTable runs the cases of Tornado's own test, except those with a function.
func TestLinkifyTornadosTable(t *testing.T) { // escape-12 … escape-17
	cases := askJudge(t, []judgeCall{{name: "table"}})[0].([]any)
	require.Greater(t, len(cases), 30)
	for _, c := range cases {
		in, want := c.([]any)[0].(string), c.([]any)[2].(string)
		o := linkifyOptions(c.([]any)[1].(map[string]any))
		if got := Linkify(in, o); got != want {
			t.Errorf("%q, %+v\n got %s\nwant %s", in, o, got, want)
		}
	}
}

func linkifyOptions(args judgeArgs) (o LinkifyOptions) {
	o.Shorten, _ = args["shorten"].(bool)
	o.RequireProtocol, _ = args["require_protocol"].(bool)
	o.ExtraParams, _ = args["extra_params"].(string)
	if args["by_link"] == true {
		o.ExtraParamsFunc = func(href string) string { return ` data="` + href + `" ` }
	}
	if list, ok := args["permitted_protocols"].([]any); ok {
		o.PermittedProtocols = []string{}
		for _, p := range list {
			o.PermittedProtocols = append(o.PermittedProtocols, p.(string))
		}
	}
	return o
}

// textCalls returns the calls to compare for one text, with our results.
func textCalls(s string) []judgeCall {
	plus, path := judgeArgs{"plus": true}, judgeArgs{"plus": false}
	calls := []judgeCall{
		{"escape", s, nil, XHTMLEscape(s)},
		{"unescape", s, nil, XHTMLUnescape(s)},
		{"squeeze", s, nil, Squeeze(s)},
		{"url_unescape", s, plus, URLUnescape(s, true)},
		{"url_unescape", s, path, URLUnescape(s, false)},
		{"url_unescape_bytes", s, plus, latin1(string(URLUnescapeBytes(s, true)))},
		{"url_unescape_bytes", s, path, latin1(string(URLUnescapeBytes(s, false)))},
		{"url_escape", latin1(s), plus, URLEscape(s, true)},
		{"url_escape", latin1(s), path, URLEscape(s, false)},
	}
	for _, o := range []QSOptions{{}, {KeepBlankValues: true}} {
		args, _ := ParseQSBytes(s, o)
		ours := judgeArgs{}
		for name, values := range args {
			list := []any{}
			for _, v := range values {
				list = append(list, latin1(v))
			}
			ours[latin1(name)] = list
		}
		calls = append(calls, judgeCall{"query", latin1(s), judgeArgs{"keep_blank_values": o.KeepBlankValues}, ours})
	}
	for _, args := range []judgeArgs{
		{},
		{"shorten": true},
		{"shorten": true, "by_link": true},
		{"require_protocol": true, "extra_params": "\u00a0a=b "},
		{"permitted_protocols": []any{"é", "x-y", "http"}, "extra_params": " "},
	} {
		ours := Linkify(s, linkifyOptions(args))
		calls = append(calls, judgeCall{"linkify", s, args, ours})
	}
	return calls
}

// latin1 decodes bytes as Latin-1.
func latin1(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func encoded(t *testing.T, text string) string {
	t.Helper()
	v, err := JSONDecode(text)
	require.NoError(t, err)
	return encodedValue(t, v)
}

func encodedValue(t *testing.T, v any) string {
	t.Helper()
	text, err := JSONEncode(v)
	require.NoError(t, err)
	return text
}

// judgeTexts returns varied texts: a few written by hand, then each relevant numeric
// reference, each of the first characters, and many built from pieces with a fixed seed.
func judgeTexts() []string {
	texts := []string{
		"", "plain", `<>&"'`, "&lt&notanentity;&#xyz;&#;&#x;&#X20;", "a%zz%e2%82%ff+b/c d~é", "a=1&b=2&a=%FF&c&d=&=e&&f=g=h",
		"http://reallylong.com/link/that/exceedsthelenglimit.html", "\x00\x1f \u00a0a\u00a0\u0085",
		"http://" + strings.Repeat("a", 20) + "&" + strings.Repeat("b", 20) + "/" + strings.Repeat("c", 20),
	}
	for _, n := range []string{"0", "1", "8", "9", "10", "11", "12", "13", "14", "31", "127", "128", "129", "140", "159", "160", "55296", "57343",
		"64975", "64976", "65007", "65533", "65534", "65535", "131070", "1114109", "1114111", "1114112", "4294967361", "99999999999999999999999"} {
		texts = append(texts, "&#"+n+";x&#"+n)
	}
	for c := rune(0); c < 0x100; c++ {
		texts = append(texts, "http://a"+string(c)+" "+string(c)+"www.a"+string(c)+"b")
	}
	pieces := []string{
		"http://", "x-y:/", "é:///", "https:////", "www.", "://", "a", "bc", "defghijklmnopq", "é", "日", "\U0001f600", "_", "-", "--", "/", "/", ".", "..", "?", "!",
		"(", ")", "(", ")", "()", "&", "&", "=", "=", ";", "#", "&#", "x", "3", "41", "&amp;", "&quot;", "&not", "&lt", "&#39;", "'", "\"", "<", ">", "%", "%4", "%41", "%e9",
		"%E2%82%AC", "%f0%9f", "+", " ", " ", "\n", "\x1c", "\x00", "\u00a0", "\u2003", "\x7f", "ftp://", "@", ":", "~", "*",
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		var b strings.Builder
		for range 1 + rng.IntN(14) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		texts = append(texts, b.String())
	}
	return texts
}
