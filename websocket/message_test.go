package websocket

import (
	"encoding/json"
	"errors"
	"testing"
)

func TestMessages(t *testing.T) { // ws-34, ws-41
	for _, tt := range []struct {
		m      Message
		text   string
		binary bool
	}{
		{Text("h\u00e9llo"), "h\u00e9llo", false},
		{Text(""), "", false},
		{Binary([]byte{0, 0xff}), "\x00\xff", true},
		{Message{Data: []byte("abc")}, "abc", false},
	} {
		if tt.m.String() != tt.text || string(tt.m.Data) != tt.text || tt.m.Binary != tt.binary {
			t.Errorf("got %q %v, want %q %v", tt.m, tt.m.Binary, tt.text, tt.binary)
		}
	}
}

func TestJSONMessage(t *testing.T) { // ws-41
	m, err := JSON(map[string]any{"hello": "</b>", "n": []int{1, 2}})
	if want := `{"hello": "<\/b>", "n": [1, 2]}`; m.String() != want || m.Binary || err != nil {
		t.Errorf("got %s, %v, err = %v, want %s", m, m.Binary, err, want)
	}
}

func TestJSONMessageOfAValueThatIsNone(t *testing.T) {
	m, err := JSON(func() {})
	var unsupported *json.UnsupportedTypeError
	if !errors.As(err, &unsupported) || m.Data != nil {
		t.Errorf("got %q, err = %v", m, err)
	}
}
