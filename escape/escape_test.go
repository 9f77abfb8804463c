package escape

import (
	"errors"
	"reflect"
	"testing"
)

func TestToUnicode(t *testing.T) { // escape-10
	for _, tt := range []struct {
		in, want string
		err      error
	}{
		{"", "", nil},
		{"\xc3\xa9", "é", nil},
		{"\xe9", "", ErrNotUTF8},
	} {
		if got, err := ToUnicode([]byte(tt.in)); got != tt.want || err != tt.err {
			t.Errorf("%q: got %q, %v, want %q, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

func TestRecursiveUnicode(t *testing.T) { // escape-11
	b := []byte("b")
	for _, tt := range []struct{ in, want any }{
		{nil, nil},
		{1, 1},
		{"s", "s"},
		{b, "b"},
		{[]any{b, 1, []any{b}}, []any{"b", 1, []any{"b"}}},
		{[][]byte{b, b}, []string{"b", "b"}},
		{map[string]any{"k": b, "l": []any{b}}, map[string]any{"k": "b", "l": []any{"b"}}},
		{map[string][]byte{"k": b}, map[string]string{"k": "b"}},
	} {
		got, err := RecursiveUnicode(tt.in)
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%#v: got %#v, %v, want %#v", tt.in, got, err, tt.want)
		}
	}
}

func TestRecursiveUnicodeRejectsBytesThatAreNotUTF8(t *testing.T) { // escape-11
	bad := []byte("\xff")
	for _, in := range []any{bad, []any{1, bad}, [][]byte{bad}, map[string]any{"k": []any{bad}}, map[string][]byte{"k": bad}} {
		if got, err := RecursiveUnicode(in); got != nil && got != "" || !errors.Is(err, ErrNotUTF8) {
			t.Errorf("%#v: got %#v, %v, want ErrNotUTF8", in, got, err)
		}
	}
}

func TestRecursiveUnicodeLeavesItsArgumentAlone(t *testing.T) {
	in := map[string]any{"k": []any{[]byte("b")}}
	if _, err := RecursiveUnicode(in); err != nil {
		t.Fatal(err)
	}
	if want := (map[string]any{"k": []any{[]byte("b")}}); !reflect.DeepEqual(in, want) {
		t.Errorf("argument is now %#v", in)
	}
}

func TestSqueeze(t *testing.T) { // escape-6
	for _, tt := range []struct{ in, want string }{
		{"", ""},
		{"a b", "a b"},
		{" \t a\n\x00\x1f b\r\n", "a b"},
		{"a\u00a0\u00a0b", "a\u00a0\u00a0b"},
		{"a\x7f\x7fb", "a\x7f\x7fb"},
		{"\u00a0 a \u2003", "a"},
		{"\xff  \xfe", "\xff \xfe"},
	} {
		if got := Squeeze(tt.in); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzSqueeze(f *testing.F) {
	f.Add(" a \x00\n b\u00a0")
	f.Fuzz(func(t *testing.T, s string) {
		once := Squeeze(s)
		if twice := Squeeze(once); twice != once {
			t.Errorf("%q: squeezed %q, again %q", s, once, twice)
		}
		space := false
		for _, c := range []byte(once) {
			if c < ' ' || c == ' ' && space {
				t.Fatalf("%q: a run is left in %q", s, once)
			}
			space = c == ' '
		}
	})
}
