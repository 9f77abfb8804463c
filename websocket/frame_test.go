package websocket

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// 5.2 Base framing protocol

func TestParseFrameHeader(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // want has FIN and opcode, reserved bits, key, length, size of the header
		{"", "more"},
		{"81", "more"},
		{"8105", "!1 rsv 00 key - length 5 size 2"},
		{"0105", "1 rsv 00 key - length 5 size 2"},
		{"f105", "!1 rsv 70 key - length 5 size 2"},
		{"8185 37fa213d", "!1 rsv 00 key 37fa213d length 5 size 6"},
		{"8185 37fa21", "more"},
		{"827d", "!2 rsv 00 key - length 125 size 2"},
		{"827e 00", "more"},
		{"827e 007e", "!2 rsv 00 key - length 126 size 4"},
		{"827e ffff", "!2 rsv 00 key - length 65535 size 4"},
		{"82fe ffff 01020304", "!2 rsv 00 key 01020304 length 65535 size 8"},
		{"827f 00000000000100", "more"},
		{"827f 0000000000010000", "!2 rsv 00 key - length 65536 size 10"},
		{"82ff 0000000000010000 010203", "more"},
		{"82ff 0000000000010000 01020304 ff", "!2 rsv 00 key 01020304 length 65536 size 14"},
		{"827f 7fffffffffffffff", "!2 rsv 00 key - length 9223372036854775807 size 10"},
		{"827f 8000000000000000", "1002"},
		{"827f ffffffffffffffff", "1002"},
		{"827e 0005", "!2 rsv 00 key - length 5 size 4"},              // ws-29: not minimal
		{"827f 0000000000000005", "!2 rsv 00 key - length 5 size 10"}, // ws-29
		{"89fe", "1002"}, // 5.5: the length of a control frame must be in the short form
		{"897e 0005", "1002"},
		{"8aff 0000000000000005 01020304", "1002"},
		{"887f", "1002"},
		{"897d", "!9 rsv 00 key - length 125 size 2"},
		{"8f00", "!f rsv 00 key - length 0 size 2"}, // to be refused by check
	} {
		h, n, err := parseFrameHeader(unhex(t, tt.in))
		if got := describeHeader(h, n, err); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func describeHeader(h frameHeader, n int, err error) string {
	var broken *ProtocolError
	switch {
	case errors.As(err, &broken):
		return fmt.Sprint(broken.Code)
	case n == 0:
		return "more"
	}
	fin, key := "", "-"
	if h.fin {
		fin = "!"
	}
	if h.masked {
		key = hex.EncodeToString(h.key[:])
	}
	return fmt.Sprintf("%s%x rsv %02x key %s length %d size %d", fin, byte(h.opcode), h.rsv, key, h.length, n)
}

func TestCheckFrameHeader(t *testing.T) {
	for _, tt := range []struct {
		frame string
		rsv   byte
		want  error
	}{
		{"t", 0, nil},
		{"t!", 0, nil},
		{"b!", 0, nil},
		{"c", 0, nil},
		{"x!", 0, nil},
		{"p!", 0, nil},
		{"o!", 0, nil},
		{"p!" + strings.Repeat("x", 125), 0, nil},
		{"p!" + strings.Repeat("x", 126), 0, errControlLength},
		{"x!" + strings.Repeat("x", 126), 0, errControlLength},
		{"p", 0, errControlFragment},
		{"o", 0, errControlFragment},
		{"x", 0, errControlFragment},
		{"3!", 0, errOpcode},
		{"7!", 0, errOpcode},
		{"B!", 0, errOpcode},
		{"F!", 0, errOpcode},
		{"t!^", 0, errReservedBits},
		{"t!~", 0, errReservedBits},
		{"t!_", 0, errReservedBits},
		{"t!^", bitRSV1, nil},
		{"t^", bitRSV1, nil},
		{"t!~", bitRSV1, errReservedBits},
		{"t!^_", bitRSV1, errReservedBits},
		{"c!^", bitRSV1, errReservedBits}, // RFC 7692, section 6.1
		{"p!^", bitRSV1, errReservedBits}, // ws-27
	} {
		h, _, err := parseFrameHeader(wire(tt.frame, true))
		if err == nil {
			err = h.checkAlone(tt.rsv)
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%.20s: got %v, want %v", tt.frame, err, tt.want)
		}
	}
}

func TestAppendFrameHeaderIsMinimal(t *testing.T) { // ws-40
	key := &[4]byte{1, 2, 3, 4}
	for _, tt := range []struct {
		fin    bool
		rsv    byte
		op     opcode
		length int
		key    *[4]byte
		want   string
	}{
		{true, 0, opText, 0, nil, "8100"},
		{false, 0, opText, 5, nil, "0105"},
		{true, bitRSV1, opText, 5, nil, "c105"},
		{true, 0, opContinuation, 5, nil, "8005"},
		{true, 0, opBinary, 125, nil, "827d"},
		{true, 0, opBinary, 126, nil, "827e 007e"},
		{true, 0, opBinary, 65535, nil, "827e ffff"},
		{true, 0, opBinary, 65536, nil, "827f 0000000000010000"},
		{true, 0, opClose, 0, key, "8880 01020304"},
		{true, 0, opBinary, 126, key, "82fe 007e 01020304"},
		{true, 0, opBinary, 65536, key, "82ff 0000000000010000 01020304"},
	} {
		got := appendFrameHeader([]byte("before"), tt.fin, tt.rsv, tt.op, tt.length, tt.key)
		if want := append([]byte("before"), unhex(t, tt.want)...); !bytes.Equal(got, want) {
			t.Errorf("%x %d: got %x, want %x", tt.op, tt.length, got, want)
		}
	}
}

func TestAppendFrameMasksForAClient(t *testing.T) { // ws-65, and the examples in section 5.7
	for _, tt := range []struct {
		op      opcode
		payload string
		key     *[4]byte
		want    string
	}{
		{opText, "Hello", nil, "8105 48656c6c6f"},
		{opText, "Hello", &testKey, "8185 37fa213d 7f9f4d5158"},
		{opPing, "Hello", nil, "8905 48656c6c6f"},
		{opPong, "Hello", &testKey, "8a85 37fa213d 7f9f4d5158"},
		{opBinary, "", &testKey, "8280 37fa213d"},
	} {
		got := appendWhole([]byte("before"), 0, tt.op, []byte(tt.payload), tt.key)
		if want := append([]byte("before"), unhex(t, tt.want)...); !bytes.Equal(got, want) {
			t.Errorf("%x %s: got %x, want %x", tt.op, tt.payload, got, want)
		}
	}
}

func TestPingOf126BytesIsRefused(t *testing.T) { // ws-44
	if err := checkControlPayload(make([]byte, 125)); err != nil {
		t.Errorf("125 bytes: %v", err)
	}
	if err := checkControlPayload(make([]byte, 126)); !errors.Is(err, errControlPayload) {
		t.Errorf("126 bytes: %v", err)
	}
}

// FuzzFrameHeader checks that a header which was parsed, written and parsed again is the same.
func FuzzFrameHeader(f *testing.F) {
	for _, s := range []string{"8105", "8185 37fa213d", "827e 007e", "82ff 0000000000010000 01020304", "827f 8000000000000000"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		h, n, err := parseFrameHeader(in)
		if err != nil {
			var broken *ProtocolError
			if !errors.As(err, &broken) || n != 0 {
				t.Fatalf("n = %d, err = %v", n, err)
			}
			return
		}
		if n == 0 {
			if len(in) >= maxFrameHeader {
				t.Fatal("asks for more than the longest header")
			}
			return
		}
		if m := len(in) - 1; n == len(in) {
			if _, again, _ := parseFrameHeader(in[:m]); again != 0 {
				t.Fatalf("%x: complete with %d bytes and with %d", in, n, again)
			}
		}
		var key *[4]byte
		if h.masked {
			key = &h.key
		}
		out := appendFrameHeader(nil, h.fin, h.rsv, h.opcode, int(h.length), key)
		if len(out) > n || len(out) == n && !bytes.Equal(out, in[:n]) {
			t.Fatalf("%x: written as %x", in[:n], out)
		}
		if back, size, err := parseFrameHeader(out); back != h || size != len(out) || err != nil {
			t.Fatalf("%x: got %+v, %d, %v, want %+v", out, back, size, err, h)
		}
	})
}
