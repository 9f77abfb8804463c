package websocket

import (
	"errors"
	"io"
	"testing"
)

func TestErrorTexts(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{violation("frame header", errOpcode), "websocket: frame header: unknown opcode (RFC 6455, section 5.2)"},
		{&ProtocolError{CloseMessageTooBig, "message", errTooBig}, "websocket: message: message too big"},
		{&WebSocketClosedError{}, "websocket: connection is closed"},
		{&WebSocketClosedError{io.EOF}, "websocket: connection is closed: EOF"},
	} {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestErrorsUnwrap(t *testing.T) {
	if !errors.Is(violation("frame header", errOpcode), errOpcode) {
		t.Error("ProtocolError hides its cause")
	}
	if !errors.Is(&WebSocketClosedError{io.EOF}, io.EOF) {
		t.Error("WebSocketClosedError hides its cause")
	}
}

func TestEveryFaultFitsACloseReason(t *testing.T) {
	for _, err := range []error{
		errReservedBits, errOpcode, errLength, errNotMasked, errMasked, errControlFragment, errControlLength,
		errNothingOpen, errUnfinished, errNotUTF8, errCloseLength, errCloseCode, errTooBig,
	} {
		if e := checkClose(CloseProtocolError, err.Error(), true); e != nil {
			t.Errorf("%v: %v", err, e)
		}
	}
}
