package httputil

import (
	"net/http"
	"testing"
)

func TestStatusText(t *testing.T) { // web-25
	theirs := map[int]string{ // theirs has the only phrases that differ from those of the standard library
		413: "Request Entity Too Large", 414: "Request-URI Too Long", 416: "Requested Range Not Satisfiable",
		418: "I'm a Teapot",
	}
	for code := -1; code < 1000; code++ {
		want, ok := theirs[code]
		if !ok {
			want = http.StatusText(code)
		}
		if got := StatusText(code); got != want {
			t.Errorf("%d: got %q, want %q", code, got, want)
		}
	}
}
