package cluster

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEnvelope(t *testing.T) { // cluster-16
	for _, tt := range []struct {
		name string
		e    Envelope
		want string
	}{
		{"message", Envelope{Sender: 1, Run: 1, Number: 1, Payload: []byte("hi")}, "\x10\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01hi"},
		{"binary", Envelope{Binary: true, Sender: 1 << 63, Run: 128, Number: 2}, "\x10\x01\x80\x00\x00\x00\x00\x00\x00\x00\x80\x01\x02"},
		{"snapshot", Envelope{Kind: KindSnapshot, More: true, Number: 300}, "\x15\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\xac\x02"},
		{"returned", Envelope{Kind: KindReturned}, "\x17\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"},
	} {
		require.Equal(t, tt.want, string(tt.e.Encode()), tt.name)
		got, err := ParseEnvelope([]byte(tt.want))
		require.NoError(t, err, tt.name)
		if tt.e.Payload == nil {
			tt.e.Payload = []byte{}
		}
		require.Equal(t, tt.e, got, tt.name)
	}
	largest := Envelope{Sender: math.MaxUint64, Run: math.MaxUint64, Number: math.MaxUint64}
	require.Len(t, largest.Encode(), maxHead)
}

func TestEnvelopeRefused(t *testing.T) { // cluster-16
	sender := strings.Repeat("\x00", 8)
	for _, tt := range []struct{ name, data string }{
		{"empty", ""},
		{"one byte", "\x10"},
		{"no run", "\x10\x00" + sender},
		{"no number", "\x10\x00" + sender + "\x01"},
		{"version 0", "\x00\x00" + sender + "\x01\x01"},
		{"version 2", "\x20\x00" + sender + "\x01\x01"},
		{"unknown kind", "\x18\x00" + sender + "\x01\x01"},
		{"unknown flag", "\x10\x04" + sender + "\x01\x01"},
		{"a number of 11 bytes", "\x10\x00" + sender + "\x01" + strings.Repeat("\xff", 10) + "\x01"},
		{"an incomplete number", "\x10\x00" + sender + "\x01\x80"},
	} {
		_, err := ParseEnvelope([]byte(tt.data))
		require.ErrorIs(t, err, ErrEnvelope, tt.name)
	}
}

// Bytes that are an envelope encode to an envelope with the same fields.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x00\x00\x01\x01\x01hi"))
	f.Add([]byte("\x15\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\xac\x02"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseEnvelope(data)
		if err != nil {
			return
		}
		again, err := ParseEnvelope(e.Encode())
		if err != nil || !bytes.Equal(again.Payload, e.Payload) {
			t.Fatalf("%q: parsed again, %+v is %+v (%v)", data, e, again, err)
		}
		again.Payload, e.Payload = nil, nil
		require.Equal(t, e, again)
	})
}
