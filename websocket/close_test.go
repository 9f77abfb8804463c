package websocket

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// The tests of this file check RFC 6455, sections 5.5.1 (Close), 7.1.5 (the close code) and 7.1.6
// (the close reason).

func TestParseClosePayload(t *testing.T) { // ws-49, ws-50
	for _, tt := range []struct{ in, want string }{
		{"", "0"},
		{"\x03", "1002"},
		{"\x03\xe8", "1000 "},
		{"\x03\xe8bye", "1000 bye"},
		{"\x03\xe9\xe2\x82\xac", "1001 \u20ac"},
		{"\x03\xe8\xe2\x82", "1007"},
		{"\x03\xe8" + strings.Repeat("x", 123), "1000 " + strings.Repeat("x", 123)},
		{"\x00\x00", "1002"},
		{"\x03\xe7", "1002"},     // 999
		{"\x03\xe7\xff", "1002"}, // of two faults the first counts
	} {
		code, reason, err := parseClosePayload([]byte(tt.in))
		got := fmt.Sprint(code)
		var broken *ProtocolError
		if errors.As(err, &broken) {
			got = fmt.Sprint(broken.Code)
		} else if tt.in != "" {
			got += " " + reason
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

// 7.4 Status codes

func TestCloseCodes(t *testing.T) {
	for _, tt := range []struct {
		from, to                 int
		received, server, client bool
	}{
		{1, 999, false, false, false},
		{1000, 1003, true, true, true},
		{1004, 1006, false, false, false},
		{1007, 1009, true, true, true},
		{1010, 1010, true, false, true},
		{1011, 1014, true, true, true},
		{1015, 2999, false, false, false},
		{3000, 4999, true, true, true},
		{5000, 65535, false, false, false},
	} {
		for code := tt.from; code <= tt.to; code++ {
			got, _, err := parseClosePayload([]byte{byte(code >> 8), byte(code)})
			if (err == nil) != tt.received || err == nil && got != code {
				t.Errorf("%d received: got %d, %v", code, got, err)
			}
			if err := checkClose(code, "", true); (err == nil) != tt.server {
				t.Errorf("%d from a server: %v", code, err)
			}
			if err := checkClose(code, "", false); (err == nil) != tt.client {
				t.Errorf("%d from a client: %v", code, err)
			}
		}
	}
	for _, code := range []int{-1, 65536, 65536 + 1000} {
		if checkClose(code, "", true) == nil {
			t.Errorf("%d may be sent", code)
		}
	}
}

func TestCloseReasonsThatMayBeSent(t *testing.T) { // ws-47
	for _, tt := range []struct {
		code   int
		reason string
		want   error
	}{
		{0, "", nil},
		{0, "bye", nil},
		{1000, strings.Repeat("x", 123), nil},
		{1000, strings.Repeat("x", 124), errReasonLength},
		{0, strings.Repeat("x", 124), errReasonLength},
		{1000, strings.Repeat("\u20ac", 41), nil}, // bytes count, not characters
		{1000, strings.Repeat("\u20ac", 42), errReasonLength},
		{1000, "\xff", errReasonNotUTF8},
	} {
		if err := checkClose(tt.code, tt.reason, true); err != tt.want {
			t.Errorf("%d %q: got %v, want %v", tt.code, tt.reason, err, tt.want)
		}
	}
}

func TestAppendCloseFrame(t *testing.T) { // ws-46
	for _, tt := range []struct {
		code   int
		reason string
		key    *[4]byte
		want   string
	}{
		{0, "", nil, "\x88\x00"},
		{1001, "", nil, "\x88\x02\x03\xe9"},
		{0, "goodbye", nil, "\x88\x09\x03\xe8goodbye"},
		{1001, "goodbye", nil, "\x88\x09\x03\xe9goodbye"},
		{4999, strings.Repeat("x", 123), nil, "\x88\x7d\x13\x87" + strings.Repeat("x", 123)},
		{0, "", &[4]byte{1, 2, 3, 4}, "\x88\x80\x01\x02\x03\x04"},
		{1000, "", &[4]byte{1, 2, 3, 4}, "\x88\x82\x01\x02\x03\x04\x02\xea"},
		{1000, "AB", &[4]byte{1, 2, 3, 4}, "\x88\x84\x01\x02\x03\x04\x02\xea\x42\x46"},
	} {
		got := appendCloseFrame([]byte("before"), tt.code, tt.reason, tt.key)
		if want := "before" + tt.want; string(got) != want {
			t.Errorf("%d %q: got %q, want %q", tt.code, tt.reason, got, want)
		}
	}
}

// FuzzClosePayload checks that a payload which parseClosePayload accepts may be sent by a client
// too, and that the client's close frame has the same payload.
func FuzzClosePayload(f *testing.F) {
	for _, s := range []string{"", "\x03", "\x03\xe8", "\x03\xe8bye", "\x03\xe7", "\x03\xe8\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > maxControlPayload {
			return // refused with its header
		}
		code, reason, err := parseClosePayload(in)
		if err != nil {
			var broken *ProtocolError
			if !errors.As(err, &broken) || len(in) > 1 && knownCloseCode(int(in[0])<<8|int(in[1])) && utf8.Valid(in[2:]) {
				t.Fatalf("%x: %v", in, err)
			}
			return
		}
		if err := checkClose(code, reason, false); err != nil {
			t.Fatalf("%x: may not be sent: %v", in, err)
		}
		if out := appendCloseFrame(nil, code, reason, nil); !bytes.Equal(out[2:], in) {
			t.Fatalf("%x: written as %x", in, out[2:])
		}
	})
}
