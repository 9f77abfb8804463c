package escape

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

type point struct {
	Y    int     `json:"y"`
	X    float64 `json:"x,omitempty"`
	Name string  `json:"name,omitempty"`
	skip int
}

type marshaler struct{ text string }

func (m *marshaler) MarshalJSON() ([]byte, error) { return []byte(m.text), nil }

type list []any

type celsius float64

func (c celsius) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%g°", float64(c)), nil }

func TestJSONEncode(t *testing.T) { // escape-4, web-30
	nan, inf := math.NaN(), math.Inf(1)
	for _, tt := range []struct {
		in   any
		want string
	}{
		{nil, `null`},
		{true, `true`},
		{"</a>é", `"<\/a>\u00e9"`},
		{"<<//<", `"<<\//<"`},
		{"<!--<script></script>", `"\u003c!--\u003cscript><\/script>"`},
		{"<SCRIPT <ScRiPt <scrip <script", `"\u003cSCRIPT \u003cScRiPt <scrip \u003cscript"`},
		{"<!- <! <!DOCTYPE <<!-- < script", `"<!- <! <!DOCTYPE <\u003c!-- < script"`},
		{map[string]int{"<!--": 1}, `{"\u003c!--": 1}`},
		{json.RawMessage(`"<!--"`), `"\u003c!--"`},
		{`<>&\u003c/`, `"<>&\\u003c/"`},
		{`"a: b, c\`, `"\"a: b, c\\"`},
		{"\b\f\n\r\t\x00\x1f\x7f", `"\b\f\n\r\t\u0000\u001f\u007f"`},
		{"\u2028\uffff\U0001f600\U0010ffff", `"\u2028\uffff\ud83d\ude00\udbff\udfff"`},
		{"a\xffb", `"a\ufffdb"`},
		{[]int{1, 2}, `[1, 2]`},
		{[]any{}, `[]`},
		{map[string]any{"b": []any{1, nil}, "a</é": "x"}, `{"a<\/\u00e9": "x", "b": [1, null]}`},
		{map[int]string{10: "a", 2: "b"}, `{"10": "a", "2": "b"}`},
		{point{Y: 2, X: 0.5, skip: 1}, `{"y": 2, "x": 0.5}`},
		{&point{Name: "</"}, `{"y": 0, "name": "<\/"}`},
		{&marshaler{"{\"a\" :\n[\"é</\\u003c/\",1]}"}, `{"a": ["\u00e9<\/<\/", 1]}`},
		{json.RawMessage(`"\/<\/"`), `"\/<\/"`},
		{json.RawMessage("\"\xff\""), `"\ufffd"`},
		{time.Date(2012, 3, 4, 5, 6, 7, 0, time.UTC), `"2012-03-04T05:06:07Z"`},
		{[]byte("hi"), `"aGk="`},
		{[]any{1.0, 0.1, 1e16, 1e21, 1e-6, 1e-7, -0.5}, `[1, 0.1, 10000000000000000, 1e+21, 0.000001, 1e-7, -0.5]`},
		{[]float64{nan, inf, -inf, 1}, `[NaN, Infinity, -Infinity, 1]`},
		{float32(nan), `NaN`},
		{-inf, `-Infinity`},
		{map[string]any{"b": &nan, "a</": "é", "c": []any{}, "d": list(nil)}, `{"a<\/": "\u00e9", "b": NaN, "c": [], "d": null}`},
		{[2]any{inf, []marshaler{{`{"a":1}`}}}, `[Infinity, [{"a": 1}]]`},
		{list{nan, celsius(inf)}, `[NaN, "+Inf\u00b0"]`},
		{list{inf, []byte("hi"), map[int]int{1: 2}, (*point)(nil)}, `[Infinity, "aGk=", {"1": 2}, null]`},
	} {
		if got, err := JSONEncode(tt.in); err != nil || got != tt.want {
			t.Errorf("%#v: got %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestJSONEncodeErrors(t *testing.T) { // escape-4
	cycle := list{math.NaN(), nil}
	cycle[1] = cycle
	for _, tt := range []struct {
		in   any
		want string
	}{
		{make(chan int), "escape: json: unsupported type: chan int"},
		{point{X: math.NaN()}, "escape: json: unsupported value: NaN"},
		{[]any{math.NaN(), point{X: math.Inf(1)}}, "escape: json: unsupported value: +Inf"},
		{map[string]any{"a": math.NaN(), "b": make(chan int)}, "escape: json: unsupported type: chan int"},
		{cycle, "escape: json: value with NaN or Infinity is nested too deeply or contains itself"},
		{&marshaler{`{`}, "escape: json: error calling MarshalJSON for type *escape.marshaler: unexpected end of JSON input"},
	} {
		dst := []byte("kept")
		got, err := AppendJSON(dst, tt.in)
		if text := errorText(err); text != tt.want || string(got) != "kept" {
			t.Errorf("got %q, %q, want %q", got, text, tt.want)
		}
	}
}

func TestAppendJSONAppends(t *testing.T) {
	for _, tt := range []struct {
		in   any
		want string
	}{
		{[]int{1}, `x=[1]`},
		{[]float64{math.NaN()}, `x=[NaN]`},
	} {
		if got, err := AppendJSON([]byte("x="), tt.in); err != nil || string(got) != tt.want {
			t.Errorf("%v: got %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestAppendJSONAllocatesOnlyForEncodingJSON(t *testing.T) {
	var v any = &point{Y: 1, Name: "</é>"}
	dst := make([]byte, 0, 1024)
	var got, least float64
	for range 50 { // encoding/json's pool sometimes loses buffers to the garbage collector
		least = testing.AllocsPerRun(100, func() { _, _ = json.Marshal(v) })
		got = testing.AllocsPerRun(100, func() { _, _ = AppendJSON(dst, v) })
		if got <= least {
			return
		}
	}
	t.Errorf("%v allocations, json.Marshal alone makes %v", got, least)
}

func TestJSONDecode(t *testing.T) { // escape-5
	type object = map[string]any
	for _, tt := range []struct {
		in   string
		want any
	}{
		{`"caf\u00e9"`, "café"},
		{"\"caf\xc3\xa9\"", "café"},
		{` {"a": [1, 2.5, null, true], "a": "last"} `, object{"a": "last"}},
		{`"<\/"`, "</"},
		{`"\ud83d\ude00"`, "\U0001f600"},
	} {
		text, err := JSONDecode(tt.in)
		fromBytes, err2 := JSONDecode([]byte(tt.in))
		if err != nil || err2 != nil || !reflect.DeepEqual(text, tt.want) || !reflect.DeepEqual(fromBytes, tt.want) {
			t.Errorf("%s: got %#v, %v and %#v, %v, want %#v", tt.in, text, err, fromBytes, err2, tt.want)
		}
	}
}

func TestJSONDecodeErrors(t *testing.T) { // escape-5
	for _, tt := range []struct{ in, want string }{
		{"", "escape: unexpected end of JSON input"},
		{"{} x", "escape: invalid character 'x' after top-level value"},
		{"NaN", "escape: invalid character 'N' looking for beginning of value"},
		{"\"\xff\"", "escape: text is not UTF-8"},
	} {
		got, err := JSONDecode(tt.in)
		if got != nil || errorText(err) != tt.want {
			t.Errorf("%q: got %v, %v, want %s", tt.in, got, err, tt.want)
		}
	}
	var syntax *json.SyntaxError
	if _, err := JSONDecode("{"); !errors.As(err, &syntax) {
		t.Errorf("%v hides the *json.SyntaxError", err)
	}
}

func FuzzJSON(f *testing.F) { // FuzzJSON checks that decoded text stays the same when it is encoded and decoded again.
	for _, s := range []string{`{"a</":[1.5,"é\u2028\ud83d\ude00",null,true]}`, `"\u003c\u003E/\\u003c"`, `"\ud800"`, `-0`, `1e400`, `"<!--<Script\u003c!--"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := JSONDecode(text)
		var want any
		if wantErr := unmarshalAny(text, &want); (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: error %v, encoding/json's %v", text, err, wantErr)
		}
		if err != nil {
			return
		}
		checkJSON(t, v)
		if json.Valid([]byte(text)) {
			checkJSON(t, json.RawMessage(text)) // text that json.Marshal did not write
		}
		checkJSON(t, text)
	})
}

// unmarshalAny is json.Unmarshal of text in any encoding of JSON.
func unmarshalAny(text string, v *any) error {
	data, err := JSONToUTF8([]byte(text))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// unsafeInScript reports whether text ends a <script> element or changes where it ends.
func unsafeInScript(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "</") || strings.Contains(text, "<!--") || strings.Contains(text, "<script")
}

// checkJSON fails if the text of JSONEncode(v) is not ASCII or is unsafe in a script, or if
// encoding/json decodes it to another value than the text of json.Marshal(v).
func checkJSON(t *testing.T, v any) {
	t.Helper()
	got, err := JSONEncode(v)
	if err != nil {
		t.Fatalf("%#v: %v", v, err)
	}
	if i := strings.IndexFunc(got, func(r rune) bool { return r < ' ' || r > '~' }); i >= 0 || unsafeInScript(got) {
		t.Errorf("%#v: unsafe %q", v, got)
	}
	back, err := JSONDecode(got)
	if err != nil {
		t.Fatalf("%#v: %q is not JSON: %v", v, got, err)
	}
	text, _ := json.Marshal(v)
	want, _ := JSONDecode(text)
	if !reflect.DeepEqual(back, want) {
		t.Errorf("%#v: %q is %#v", v, got, back)
	}
}
