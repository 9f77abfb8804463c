package websocket

import (
	"testing"
	"unicode/utf8"
)

func TestUTF8Prefix(t *testing.T) { // 8.1 Handling of errors in UTF-8-encoded data
	for _, tt := range []struct {
		in string
		n  int
		ok bool
	}{
		{"", 0, true},
		{"abc", 3, true},
		{"a\xc3", 1, true},
		{"a\xc3\xa9", 3, true},
		{"a\xe2\x82", 1, true},
		{"a\xf0\x9f\x98", 1, true},
		{"a\xf0\x9f\x98\x80", 5, true},
		{"a\x80", 2, false},            // a character has no such beginning
		{"\x80\x80\x80\x80", 4, false}, //
		{"a\xc0", 2, false},            // overlong
		{"a\xe0\x80", 3, false},        // overlong
		{"a\xed\xa0", 3, false},        // surrogate
		{"a\xf4\x90", 3, false},        // above U+10FFFF
		{"a\xf5", 2, false},            //
		{"a\xc3b", 3, false},           // cut by a letter
		{"\xffabcdef", 7, false},       //
	} {
		if n, ok := utf8Prefix([]byte(tt.in)); ok != tt.ok || ok && n != tt.n {
			t.Errorf("%q: got %d, %v, want %d, %v", tt.in, n, ok, tt.n, tt.ok)
		}
	}
}

// The test compares utf8Prefix with its definition, for all short sequences of bytes that stand
// for a class of bytes: a text is valid so far if some ending makes it UTF-8.
func TestUTF8PrefixIsWhatCanBeCompleted(t *testing.T) {
	classes := []byte{0x00, 'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff}
	endings := []string{"", "\x80", "\xa0", "\x90\x80", "\x80\x80", "\xa0\x80", "\x90\x80\x80", "\x80\x80\x80"}
	var try func(b []byte, left int)
	try = func(b []byte, left int) {
		want := false
		for _, ending := range endings {
			want = want || utf8.ValidString(string(b)+ending)
		}
		n, ok := utf8Prefix(b)
		if ok != want || ok && (!utf8.Valid(b[:n]) || n < len(b)-3 || n < len(b) && utf8.Valid(b[n:])) {
			t.Errorf("%x: got %d, %v, want %v", b, n, ok, want)
		}
		for i := 0; left > 0 && i < len(classes); i++ {
			try(append(b[:len(b):len(b)], classes[i]), left-1)
		}
	}
	try(nil, 4)
}
