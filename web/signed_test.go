package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/web/internal/signedvalue"
)

const signingSecret = "It's a secret to everybody"

var signedAt = time.Unix(1300000000, 0)

// signed returns the result of CreateSignedValue at signedAt, or the text of the error.
func signed[S CookieSecret](secret S, name, value string, o SignedValueOptions) string {
	o.Now = signedAt
	text, err := CreateSignedValue(secret, name, value, o)
	if err != nil {
		return err.Error()
	}
	return text
}

func TestCreateSignedValue(t *testing.T) {
	versions := map[int]string{0: "a", 5: "b"}
	for _, tt := range []struct{ name, got, want string }{
		{"web-76 web-78", signed(signingSecret, "key", "value", SignedValueOptions{Version: 1}), "dmFsdWU=|1300000000|31c934969f53e48164c50768b40cbd7e2daaaa4f"},
		{"web-77 web-78 web-86", signed(signingSecret, "key", "value", SignedValueOptions{}), "2|1:0|10:1300000000|3:key|8:dmFsdWU=|3d4e60b996ff9c5d5788e333a0cba6f238a22c6c0f94788870e1a9ecd482e152"},
		{"web-79", signed(versions, "k", "v", SignedValueOptions{KeyVersion: 5}), "2|1:5|10:1300000000|1:k|4:dg==|e0f2aaba4a1acff1fc28da2086c47de37c4708355ce840d95412b11871964cd0"},
		{"web-84 no such key", signed(versions, "k", "v", SignedValueOptions{KeyVersion: 7}), "web: no secret has the key version 7: add it or set another KeyVersion"},
		{"web-84 no keys", signed(map[int]string(nil), "k", "v", SignedValueOptions{}), "web: no secret has the key version 0: add it or set another KeyVersion"},
		{"web-84 version 1 has no keys", signed(versions, "k", "v", SignedValueOptions{Version: 1}), "web: signed values of version 1 have no key versions: use one secret or version 2"},
		{"no such version", signed("s", "k", "v", SignedValueOptions{Version: 3}), "web: signed values have no version 3: use 1 or 2"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, tt.got, tt.want)
		}
	}
}

var signV1, signV2 = signedvalue.SignV1, signedvalue.SignV2

// signValue appends a signature of version 2 to text.
func signValue(text string) string { return text + signV2("s", text) }

func TestDecodeSignedValue(t *testing.T) {
	const dayS = 24 * 60 * 60
	v1, v2 := signed("s", "k", "v", SignedValueOptions{Version: 1}), signed("s", "k", "v", SignedValueOptions{})
	oldest := SignedValueOptions{Now: signedAt.Add(31 * day)}
	future := func(seconds int) string {
		text, _ := CreateSignedValue("s", "k", "v", SignedValueOptions{Version: 1, Now: signedAt.Add(time.Duration(seconds) * time.Second)})
		return text
	}
	moved := func(from, to string) string { return strings.Replace(v1, from, to, 1) } // the signature stays right
	const invalid, expired, tampered = "Invalid cookie signature", "Expired cookie", "Tampered cookie"
	for _, tt := range []struct {
		name, key, value string
		o                SignedValueOptions
		want, log        string // want "nil" means no value
	}{
		{"version 1", "k", v1, SignedValueOptions{}, "v", ""},
		{"version 2", "k", v2, SignedValueOptions{}, "v", ""},
		{"web-83 any bytes", "k", signed("s", "k", "\xff\x00é|", SignedValueOptions{}), SignedValueOptions{}, "\xff\x00é|", ""},
		{"web-83 any bytes", "k", signed("s", "k", "\xff\x00é|", SignedValueOptions{Version: 1}), SignedValueOptions{}, "\xff\x00é|", ""},
		{"empty value", "k", signed("s", "k", "", SignedValueOptions{}), SignedValueOptions{}, "", ""},
		{"web-77 name of many bytes", "ké|:", signed("s", "ké|:", "v", SignedValueOptions{}), SignedValueOptions{}, "v", ""},
		{"no value", "k", "", SignedValueOptions{}, "nil", ""},
		{"web-81 other name", "K", v2, SignedValueOptions{}, "nil", ""},
		{"other name", "K", v1, SignedValueOptions{}, "nil", invalid},
		{"web-81 other secret", "k", strings.Replace(v2, "|1:k|", "|1:x|", 1), SignedValueOptions{}, "nil", ""},
		{"web-81 payload", "k", strings.Replace(v2, "dg==", "dw==", 1), SignedValueOptions{}, "nil", ""},
		{"web-81 signature", "k", v2[:len(v2)-1], SignedValueOptions{}, "nil", ""},
		{"web-81 signature", "k", v2 + "0", SignedValueOptions{}, "nil", ""},
		{"web-81 signature in capitals", "k", v2[:29] + strings.ToUpper(v2[29:]), SignedValueOptions{}, "nil", ""},
		{"web-81 no signature", "k", v2[:len(v2)-64], SignedValueOptions{}, "nil", ""},
		{"web-82 payload", "k", moved("dg==", "dw=="), SignedValueOptions{}, "nil", invalid},
		{"web-86 oldest", "k", v2, oldest, "v", ""},
		{"web-86 oldest", "k", v1, oldest, "v", ""},
		{"web-81 expired", "k", v2, SignedValueOptions{Now: signedAt.Add(31*day + time.Millisecond)}, "nil", ""},
		{"web-82 expired", "k", v1, SignedValueOptions{Now: signedAt.Add(31*day + time.Millisecond)}, "nil", expired},
		{"web-81 half a day", "k", v2, SignedValueOptions{Now: signedAt.Add(day), MaxAgeDays: 0.5}, "nil", ""},
		{"ZeroAge in the same second", "k", v2, SignedValueOptions{Now: signedAt, MaxAgeDays: ZeroAge}, "v", ""},
		{"ZeroAge a second later", "k", v2, SignedValueOptions{Now: signedAt.Add(time.Second), MaxAgeDays: ZeroAge}, "nil", ""},
		{"negative age", "k", v2, SignedValueOptions{Now: signedAt, MaxAgeDays: -1}, "nil", ""},
		{"older on demand", "k", v2, SignedValueOptions{Now: signedAt.Add(99 * day), MaxAgeDays: 100}, "v", ""},
		{"web-81 no future check", "k", signValue("2|1:0|12:130000000000|1:k|4:dg==|"), SignedValueOptions{}, "v", ""},
		{"web-81 farther than any clock", "k", signValue("2|1:0|400:" + strings.Repeat("9", 400) + "|1:k|4:dg==|"), SignedValueOptions{}, "v", ""},
		{"web-81 no number", "k", signValue("2|1:0|3:1e9|1:k|4:dg==|"), SignedValueOptions{}, "nil", ""},
		{"web-82 future", "k", future(31 * dayS), SignedValueOptions{}, "v", ""},
		{"web-82 future", "k", future(31*dayS + 1), SignedValueOptions{}, "nil", "Cookie timestamp in future; possible tampering"},
		{"web-82 digits moved", "k", "d|g==1300000000" + v1[15:], SignedValueOptions{}, "nil", tampered},
		{"web-82 leading zero", "k", "dg==|01300000000|" + signV1("s", "k", "dg==", "01300000000"), SignedValueOptions{}, "nil", tampered},
		{"web-82 four parts", "k", v1 + "|", SignedValueOptions{}, "nil", ""},
		{"web-82 two parts", "k", "dg==|1300000000", SignedValueOptions{}, "nil", ""},
		{"web-83 bad base64", "k", signValue("2|1:0|10:1300000000|1:k|3:dg=|"), SignedValueOptions{}, "nil", ""},
		{"web-83 bad base64", "k", "d|1300000000|" + signV1("s", "k", "d", "1300000000"), SignedValueOptions{}, "nil", ""},
		{"web-80 version 3", "k", "3" + v2[1:], SignedValueOptions{}, "nil", ""},
		{"web-80 version 999", "k", "999|a|b", SignedValueOptions{}, "nil", ""},
		{"web-80 1000 is base64", "k", "1000|a|b", SignedValueOptions{}, "nil", invalid},
		{"web-80 huge number", "k", strings.Repeat("9", 99) + "|a|b", SignedValueOptions{}, "nil", invalid},
		{"web-80 leading zero", "k", "02|a|b", SignedValueOptions{}, "nil", invalid},
		{"web-80 line break", "k", "2|a|\nb", SignedValueOptions{}, "nil", invalid},
		{"web-80 version 1 by number", "k", "1|a|b", SignedValueOptions{}, "nil", invalid},
		{"web-80 MinVersion", "k", v1, SignedValueOptions{MinVersion: 2}, "nil", ""},
		{"web-80 MinVersion", "k", v2, SignedValueOptions{MinVersion: 2}, "v", ""},
		{"fields too short", "k", signValue("2|1:0|10:1300000000|1:k|"), SignedValueOptions{}, "nil", ""},
		{"field too long", "k", signValue("2|1:0|10:1300000000|1:k|9:dg==|"), SignedValueOptions{}, "nil", ""},
		{"length with a sign", "k", signValue("2|+1:0|10:1300000000|1:k|4:dg==|"), SignedValueOptions{}, "nil", ""},
		{"negative length", "k", signValue("2|-1:0|10:1300000000|1:k|4:dg==|"), SignedValueOptions{}, "nil", ""},
		{"huge length", "k", signValue("2|99999999999999999999:0|"), SignedValueOptions{}, "nil", ""},
		{"key version is not a number", "k", signValue("2|1:x|10:1300000000|1:k|4:dg==|"), SignedValueOptions{}, "nil", ""},
	} {
		book := keepLog(t)
		if tt.o.Now.IsZero() {
			tt.o.Now = signedAt
		}
		got := "nil"
		if b := DecodeSignedValue("s", tt.key, tt.value, tt.o); b != nil {
			got = string(b)
		}
		if got != tt.want {
			t.Errorf("%s: %s: got %q, want %q", tt.name, tt.value, got, tt.want)
		}
		log := strings.Join(book.records, "\n")
		if tt.log != "" {
			tt.log = fmt.Sprintf("WARN general: %s %.100q", tt.log, tt.value)
		}
		if log != tt.log {
			t.Errorf("%s: %s: log %s, want %s", tt.name, tt.value, log, tt.log)
		}
	}
}

func TestKeyVersions(t *testing.T) { // web-84, web-85
	keepLog(t)
	versions := map[int]string{0: "a", 5: "b"}
	now := SignedValueOptions{Now: signedAt}
	single := signed("b", "k", "v", SignedValueOptions{KeyVersion: 9})
	for _, tt := range []struct {
		value, secrets, single string // the decoded values
		version                int
		ok                     bool
	}{
		{signed(versions, "k", "v", SignedValueOptions{KeyVersion: 5}), "v", "v", 5, true},
		{signed(versions, "k", "v", SignedValueOptions{KeyVersion: 0}), "v", "", 0, true},
		{single, "", "v", 9, true},
		{strings.Replace(single, "|1:9|", "|1:5|", 1), "", "", 5, true},
		{signed("b", "k", "v", SignedValueOptions{Version: 1}), "", "v", 0, false},
		{"2|1:5|", "", "", 0, false},
		{"3|1:5|10:1300000000|1:k|4:dg==|", "", "", 0, false},
		{"", "", "", 0, false},
		{"x", "", "", 0, false},
	} {
		if got := string(DecodeSignedValue(versions, "k", tt.value, now)); got != tt.secrets {
			t.Errorf("%s: with secrets by version: %q, want %q", tt.value, got, tt.secrets)
		}
		if got := string(DecodeSignedValue("b", "k", tt.value, now)); got != tt.single {
			t.Errorf("%s: with one secret: %q, want %q", tt.value, got, tt.single)
		}
		if version, ok := GetSignatureKeyVersion(tt.value); version != tt.version || ok != tt.ok {
			t.Errorf("%s: key version %d, %v", tt.value, version, ok)
		}
	}
}

func TestMinVersionThatDoesNotExistPanics(t *testing.T) { // web-80
	defer func() {
		if got := fmt.Sprint(recover()); got != "web: signed values have no version 3: MinVersion is at most 2" {
			t.Error(got)
		}
	}()
	DecodeSignedValue("s", "k", "", SignedValueOptions{MinVersion: 3})
}

func TestSignedNow(t *testing.T) {
	value, err := CreateSignedValue("s", "k", "v")
	if got := string(DecodeSignedValue("s", "k", value)); got != "v" || err != nil {
		t.Errorf("%s is %q, %v", value, got, err)
	}
}

// FuzzDecodeSignedValue checks that only signed values verify.
func FuzzDecodeSignedValue(f *testing.F) {
	keepLog(f)
	f.Add("k", signed("s", "k", "v", SignedValueOptions{}))
	f.Add("k", signed("s", "k", "v", SignedValueOptions{Version: 1}))
	f.Add("k", "2|1:0|10:1300000000|1:k|4:dg==|")
	f.Add("", "2|0:|0:|0:|0:|")
	f.Add("k", "1|2|3")
	// The signed text of version 1 has no separators: "kdg==" with "" looks like "k" with "dg==".
	bare := func(name, value string) string { return strings.ReplaceAll(name+value, "|", "") }
	genuine := map[string]bool{}
	for _, version := range []int{1, 2} {
		genuine[bare("k", signed("s", "k", "v", SignedValueOptions{Version: version}))] = true
	}
	f.Fuzz(func(t *testing.T, name, value string) {
		if got := DecodeSignedValue("s", name, value, SignedValueOptions{Now: signedAt}); got != nil && !genuine[bare(name, value)] {
			t.Errorf("%q under %q decodes to %q", value, name, got)
		}
		GetSignatureKeyVersion(value)
	})
}

// FuzzSignedValue checks that a signed value verifies, and does not verify with one byte
// changed.
func FuzzSignedValue(f *testing.F) {
	keepLog(f)
	f.Add("k", "v", 5, 40)
	f.Add("", "", -1, 0)
	f.Add("é|:", "\x00\xff", 0, 7)
	f.Fuzz(func(t *testing.T, name, value string, key, at int) {
		secrets, now := map[int]string{key: "s"}, SignedValueOptions{KeyVersion: key, Now: signedAt}
		text := signed(secrets, name, value, now)
		got := DecodeSignedValue(secrets, name, text, now)
		if strings.Contains(name, "\n") {
			return // Tornado does not take such a value for one of version 2
		}
		if got == nil || string(got) != value {
			t.Fatalf("%q under %q came back as %q", value, name, got)
		}
		if version, ok := GetSignatureKeyVersion(text); version != key || !ok {
			t.Errorf("%q has the key version %d, %v", text, version, ok)
		}
		changed := []byte(text)
		changed[uint(at)%uint(len(changed))] ^= 1
		if got := DecodeSignedValue(secrets, name, string(changed), now); got != nil {
			t.Errorf("%q verifies", changed)
		}
	})
}
