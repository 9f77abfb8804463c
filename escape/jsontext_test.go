package escape

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

// encodeJSON returns text in the encoding of that Python name.
func encodeJSON(text, encoding string) []byte {
	var b []byte
	switch encoding {
	case "utf-8":
		b = []byte(text)
	case "utf-16-le", "utf-16-be":
		for _, unit := range utf16.Encode([]rune(text)) {
			b = orderOf(encoding).AppendUint16(b, unit)
		}
	case "utf-32-le", "utf-32-be":
		for _, r := range text {
			b = orderOf(encoding).AppendUint32(b, uint32(r))
		}
	}
	return b
}

func orderOf(encoding string) binary.AppendByteOrder {
	if encoding[len("utf-16-")] == 'l' {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

func TestJSONDecodeTakesEveryUnicodeEncoding(t *testing.T) { // escape-5; RFC 8259, section 8.1
	for _, encoding := range []string{"utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"} {
		for _, mark := range []string{"", "\ufeff"} {
			for _, text := range []string{`"é€😀"`, `1`, `12`, `123`, `""`, "\n[1]", `"\ufeff"`} {
				var want any
				if err := json.Unmarshal([]byte(text), &want); err != nil {
					t.Fatal(err)
				}
				encoded := encodeJSON(mark+text, encoding)
				fromBytes, err := JSONDecode(encoded)
				fromText, err2 := JSONDecode(string(encoded))
				wantText, _ := JSONEncode(want)
				if got, _ := JSONEncode(fromBytes); err != nil || got != wantText {
					t.Errorf("%s, mark %q: %s: got %v, %v", encoding, mark, text, fromBytes, err)
				}
				if got, _ := JSONEncode(fromText); err2 != nil || got != wantText {
					t.Errorf("%s, mark %q: %s as a string: got %v, %v", encoding, mark, text, fromText, err2)
				}
			}
		}
	}
}

func TestJSONToUTF8RefusesMalformedText(t *testing.T) {
	for _, in := range []string{
		"\xff\xfe1",                            // half a unit
		"\xff\xfe\x00\xd8",                     // half a surrogate pair
		"\xff\xfe\x00\xdc1\x00",                // a low surrogate alone
		"\xff\xfe\x00\x001\x00\x00",            // three quarters of a unit
		"\xff\xfe\x00\x00\x00\xd8\x00\x00",     // a surrogate in UTF-32
		"\x00\x00\xfe\xff\x00\x11\x00\x00",     // above U+10FFFF
		"\x00\x00\xfe\xff\xff\xff\xff\xff",     // below zero as a rune
		"\xef\xbb\xbf\xff", "\xff", "\xff\xff", // no UTF-8
	} {
		if got, err := JSONToUTF8([]byte(in)); err != ErrNotUTF8 {
			t.Errorf("%q: got %q, %v, want ErrNotUTF8", in, got, err)
		}
	}
}

// FuzzJSONToUTF8 checks that the result is UTF-8 and that UTF-8 passes as it is.
func FuzzJSONToUTF8(f *testing.F) {
	for _, encoding := range []string{"utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"} {
		f.Add(encodeJSON(`{"a": "é😀"}`, encoding))
		f.Add(encodeJSON("\ufeff1", encoding))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := JSONToUTF8(text)
		if err == nil && !utf8.Valid(got) || err != nil && got != nil {
			t.Fatalf("%q: got %q, %v", text, got, err)
		}
		if utf8.Valid(text) && json.Valid(text) && string(got) != string(text) {
			t.Fatalf("%q is JSON in UTF-8 and became %q, %v", text, got, err)
		}
	})
}

// TestDetectJSONAgreesWithPython asks json.detect_encoding about every mixture of up to
// five of the bytes that matter.
func TestDetectJSONAgreesWithPython(t *testing.T) { // escape-5
	const script = `
import itertools, json
for n in range(6):
    for b in itertools.product([0, 1, 0xef, 0xbb, 0xbf, 0xfe, 0xff], repeat=n):
        print(bytes(b).hex() + "," + json.detect_encoding(bytes(b)))
`
	out, err := exec.Command(peers.Python(t), "-c", script).Output()
	require.NoError(t, err)
	names := map[jsonEncoding][]string{ // without and with a mark
		jsonUTF8: {"utf-8", "utf-8-sig"}, jsonUTF16BE: {"utf-16-be", "utf-16"}, jsonUTF16LE: {"utf-16-le", "utf-16"},
		jsonUTF32BE: {"utf-32-be", "utf-32"}, jsonUTF32LE: {"utf-32-le", "utf-32"},
	}
	lines := strings.Fields(string(out))
	require.Greater(t, len(lines), 19_000)
	for _, line := range lines {
		digits, want, _ := strings.Cut(line, ",")
		text, err := hex.DecodeString(digits)
		require.NoError(t, err)
		encoding, mark := detectJSON(text)
		if got := names[encoding][min(mark, 1)]; got != want {
			t.Errorf("% x: got %s, want %s", text, got, want)
		}
	}
}
