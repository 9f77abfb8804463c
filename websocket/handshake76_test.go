package websocket

import (
	"crypto/md5"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// The tests of this file check draft-hixie-thewebsocketprotocol-76, section 5: the server's side
// of the handshake.

// vectors76 are published handshakes. The numbers in their keys are published, too.
var vectors76 = []struct {
	name, key1, key2    string
	number1, number2    uint32
	challenge, response string
}{
	{"ws22-26", "4 @1  46546xW%0l 1 5", "12998 5 Y3 1  .P00", 829309203, 259970620, "^n:ds[4U", "8jKS'y:G*Co,Wxa-"},
	{"ws22-27", "3e6b263  4 17 80", "17  9 G`ZD9   2 2b 7X 3 /r90", 906585445, 179922739, "WjN}|M(6", "n`9eBk9z$R8pOtVb"},
	{"ws22-28", "18x 6]8vM;54 *(5:  {   U1]8  z [  8", "1_ tx7X d  <  nw  334J702) 7]o}` 0", 155712099, 173347027, "Tm[K T2u", "fQJ,fN/4F4!~K~MH"},
}

func TestPublishedVectors76(t *testing.T) {
	for _, tt := range vectors76 {
		n1, ok1 := keyNumber(tt.key1)
		n2, ok2 := keyNumber(tt.key2)
		if n1 != tt.number1 || n2 != tt.number2 || !ok1 || !ok2 {
			t.Errorf("%s: numbers %d (%v), %d (%v), want %d and %d", tt.name, n1, ok1, n2, ok2, tt.number1, tt.number2)
		}
		response, ok := handshake76{key1: tt.key1, key2: tt.key2}.challengeResponse([8]byte([]byte(tt.challenge)))
		if string(response[:]) != tt.response || !ok {
			t.Errorf("%s: response %q (%v), want %q", tt.name, response, ok, tt.response)
		}
	}
}

func TestKeyNumber(t *testing.T) { // ws22-24, ws22-25
	for _, tt := range []struct{ key, want string }{
		{"1 ", "1"},
		{"1 2", "12"},
		{"a1b c2d", "12"},
		{"1  3", "6"},
		{"1  4", "7"},
		{"1  5", "7"}, // not divisible: floored
		{"0 ", "0"},
		{" 1", "1"},
		{"4294967295 ", "4294967295"},
		{"4294967296 ", "none"},
		{"8589934591  ", "4294967295"},
		{"8589934592  ", "none"},
		{"00000000000000000000000000000000000000000000007 ", "7"},
		{"1" + strings.Repeat("0", 4000) + " ", "none"},
		{strings.Repeat("9", 18) + strings.Repeat(" ", 8000), "none"},
		{"", "none"},
		{"   ", "none"},
		{"123", "none"},
		{"1\t2", "none"}, // a tab does not count as a space (section 5.2)
		{"\u0663 ", "none"},
	} {
		got := "none"
		if n, ok := keyNumber(tt.key); ok {
			got = fmt.Sprint(n)
		}
		if got != tt.want {
			t.Errorf("%.40q: got %s, want %s", tt.key, got, tt.want)
		}
		if _, ok := (handshake76{key1: tt.key, key2: "1 "}).challengeResponse([8]byte{}); ok != (tt.want != "none") {
			t.Errorf("%.40q as first key: %v", tt.key, ok)
		}
		if _, ok := (handshake76{key1: "1 ", key2: tt.key}).challengeResponse([8]byte{}); ok != (tt.want != "none") {
			t.Errorf("%.40q as second key: %v", tt.key, ok)
		}
	}
}

// request76 returns a getter of headers. Those in lines replace the headers of a good request.
func request76(lines string) func(string) string {
	return request("Sec-WebSocket-Key:\nSec-WebSocket-Version:\nOrigin: http://server.example.com\n" +
		"Sec-WebSocket-Key1: " + vectors76[0].key1 + "\nSec-WebSocket-Key2: " + vectors76[0].key2 + "\n" + lines)
}

// Each row is a choice of a version: the headers of the request, whether the handler allows draft
// 76, and the outcome.
func TestChooseProtocol(t *testing.T) {
	for _, tt := range []struct {
		headers string
		allow   bool
		want    string
	}{
		{"", true, "76"}, // ws22-22
		{"", false, "426"},
		{"Sec-WebSocket-Key1:", true, "400"},
		{"Sec-WebSocket-Key2:", true, "400"},
		{"Origin:", true, "400"},
		{"Host:", true, "400"},
		{"Origin:\nSec-WebSocket-Origin: http://server.example.com", true, "400"},
		{"Sec-WebSocket-Version: 9", true, "426"},
		{"Sec-WebSocket-Version: 76", true, "426"},
		{"Sec-WebSocket-Version: 13", true, "400"}, // no key of that version
		{"Sec-WebSocket-Version: 13\nSec-WebSocket-Key: x", true, "13"},
		{"Sec-WebSocket-Version: 8\nSec-WebSocket-Key: x", true, "8"},
		{"Sec-WebSocket-Version: 7\nSec-WebSocket-Key: x", false, "7"},
	} {
		accept, refused := chooseProtocol(request76(tt.headers), "/", func() bool { return tt.allow })
		got := "76"
		switch h, ok := accept.(*handshake13); {
		case refused != nil:
			got = fmt.Sprint(refused.status)
		case ok:
			got = fmt.Sprint(h.version)
		}
		if got != tt.want {
			t.Errorf("%q, allowed %v: got %s, want %s", tt.headers, tt.allow, got, tt.want)
		}
	}
}

func TestHandshake76(t *testing.T) {
	for _, tt := range []struct{ headers, scheme, location, offers string }{ // ws22-23, ws22-29, ws22-30
		{"", "ws", "ws://server.example.com/demo?x=%20", "[]"},
		{"Host: a:8080", "wss", "wss://a:8080/demo?x=%20", "[]"},
		{"Sec-WebSocket-Protocol: chat", "ws", "ws://server.example.com/demo?x=%20", `["chat"]`},
		{"Sec-WebSocket-Protocol: chat, super chat", "ws", "ws://server.example.com/demo?x=%20", `["chat, super chat"]`},
	} {
		h, refused := checkHandshake76(request76(tt.headers), "/demo?x=%20")
		if refused != nil {
			t.Errorf("%q: %v", tt.headers, refused)
			continue
		}
		if got := h.location(tt.scheme); got != tt.location {
			t.Errorf("%q: location %s, want %s", tt.headers, got, tt.location)
		}
		if got := fmt.Sprintf("%q", h.offers()); got != tt.offers {
			t.Errorf("%q: offers %s, want %s", tt.headers, got, tt.offers)
		}
		if h.origin != "http://server.example.com" {
			t.Errorf("%q: origin %s", tt.headers, h.origin)
		}
	}
}

// FuzzHandshake76 checks the response to any keys against a computation in the draft's own words,
// with numbers of any size. There is no response if a key has no number, or one above 32 bits.
func FuzzHandshake76(f *testing.F) {
	for _, v := range vectors76 {
		f.Add(v.key1, v.key2, []byte(v.challenge))
	}
	f.Add("1", " ", []byte("12345678"))
	f.Add("42949672950 ", "4294967296 ", []byte("\x00\xff\x00\xff\x00\xff\x00\xff"))
	f.Fuzz(func(t *testing.T, key1, key2 string, challenge []byte) {
		if len(challenge) != challengeSize || len(key1)+len(key2) > 64<<10 {
			return
		}
		header := map[string]string{"Sec-Websocket-Key1": key1, "Sec-Websocket-Key2": key2,
			"Host": "a", "Origin": "http://a"}
		h, refused := checkHandshake76(func(name string) string { return header[name] }, "/")
		if (refused != nil) != (key1 == "" || key2 == "") {
			t.Fatalf("refused: %v", refused)
		}
		if refused != nil {
			return
		}
		response, ok := h.challengeResponse([challengeSize]byte(challenge))
		n1, n2 := plainNumber(key1), plainNumber(key2)
		if ok != (n1 != nil && n2 != nil) {
			t.Fatalf("ok is %v, the numbers are %v and %v", ok, n1, n2)
		}
		if !ok {
			return
		}
		want := md5.Sum(slices.Concat(n1.FillBytes(make([]byte, 4)), n2.FillBytes(make([]byte, 4)), challenge))
		if response != want {
			t.Errorf("response %x, want %x", response, want)
		}
	})
}

// plainNumber returns the number in a key, or nil if there is none.
func plainNumber(key string) *big.Int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, key)
	number, ok := new(big.Int).SetString(digits, 10)
	spaces := strings.Count(key, " ")
	if !ok || spaces == 0 {
		return nil
	}
	number.Div(number, big.NewInt(int64(spaces)))
	if number.BitLen() > 32 {
		return nil
	}
	return number
}
