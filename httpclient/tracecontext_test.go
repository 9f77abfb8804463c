package httpclient

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Each row is a traceparent header, and whether it is passed on (W3C Trace Context, section 3.2).
func TestTraceparent(t *testing.T) {
	const good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	for _, tt := range []struct {
		value string
		valid bool
	}{
		{good, true},
		{"01" + good[2:] + "-more", true},
		{"01" + good[2:], true},
		{good + "-more", false},
		{good + "x", false},
		{"ff" + good[2:], false},
		{good[:54], false},
		{"", false},
		{"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
		{"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
		{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
		{"00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false},
		{"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false},
	} {
		if got := isTraceparent(tt.value); got != tt.valid {
			t.Errorf("%s: got %v, want %v", tt.value, got, tt.valid)
		}
	}
}

// Options.Observe gets each fetch when it has ended.
func TestObserve(t *testing.T) {
	var records []FetchRecord
	o := Options{MaxClients: 1, Observe: func(r FetchRecord) { records = append(records, r) }}
	handler := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
	}
	withClients(t, handler, o, func(t *testing.T, c AsyncHTTPClient, url string) {
		records = nil
		for _, u := range []string{url, url + "/missing", "http://127.0.0.1:1/"} {
			c.FetchURL(u).Await()
		}
		require.Len(t, records, 3)
		for i, want := range []FetchRecord{{Code: 200, Phase: PhaseDone}, {Code: 404, Phase: PhaseDone}, {Code: 599, Phase: PhaseConnect}} {
			require.Equal(t, want.Code, records[i].Code)
			require.Equal(t, want.Phase, records[i].Phase)
			require.Equal(t, "GET", records[i].Method)
			require.Equal(t, want.Code != 200, records[i].Err != nil)
			require.Positive(t, records[i].Duration)
		}
		require.Equal(t, "127.0.0.1:1", records[2].Host)
	})
}
