package web

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// lenientDates has dates in the forms that clients send, and texts that only resemble
// dates.
var lenientDates = []struct{ text, want string }{ // a want of "" means that text is not a date
	{"Tue, 01 Dec 2026 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"tue, 01 dec 2026 02:03:04 gmt", "2026-12-01T02:03:04Z"},
	{"TUE, 01 DEC 2026 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Mon, 01 Dec 2026 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"01 Dec 2026 02:03:04", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02:03:04", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02:03:04 +0100", "2026-12-01T01:03:04Z"},
	{"Tue, 1 Dec 2026 2:3:4 GMT", "2026-12-01T02:03:04Z"},
	{"Tue, 01-Dec-26 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Tuesday, 01-Dec-26 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Tue Dec  1 02:03:04 2026", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 26 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 69 02:03:04 GMT", "1969-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02:03 GMT", "2026-12-01T02:03:00Z"},
	{"Tue, 01 Dec 2026 02:03:04 EST", "2026-12-01T07:03:04Z"},
	{"Tue, 01 Dec 2026 02:03:04 XYZ", "2026-12-01T02:03:04Z"},
	{"Tue, 01 December 2026 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Tue,01 Dec 2026 02:03:04 GMT", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02:03:04 GMT; length=123", "2026-12-01T02:03:04Z"}, // old browsers
	{"Tue, 01 Dec 2026 02:03:04 UTC", "2026-12-01T02:03:04Z"},
	{"Dec 01 2026 02:03:04", "2026-12-01T02:03:04Z"},
	{"Dec 01, 2026 02:03:04", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02.03.04 GMT", "2026-12-01T02:03:04Z"},
	{"Tue, 01  Dec  2026 02:03:04  GMT", "2026-12-01T02:03:04Z"},
	{"Tue, 01 Dec 2026 02:03:04 -0000", "2026-12-01T02:03:04Z"},
	{"01 Dec 2026", ""},
	{"0", ""}, {"Tue", ""}, {"Tue,", ""}, {"", ""}, {"yesterday", ""}, {"a b c d e", ""},
	{"Tue, 31 Feb 2026 02:03:04 GMT", ""},
	{"Tue, 00 Dec 2026 02:03:04 GMT", ""},
	{"Tue, 01 Dec 2026 25:03:04 GMT", ""},
	{"Tue, 01 Dec 2026 02:60:04 GMT", ""},
	{"Tue, 01 Dec 2026 02:03:60 GMT", ""},
	{"Tue, 01 Dec 2026 -2:03:04 GMT", ""},
	{"Tue, 01 Dec 99999 02:03:04 GMT", ""},
	{"2026-12-01T02:03:04Z", ""},
}

func TestParseDate(t *testing.T) { // web-130
	for _, tt := range lenientDates {
		got := ""
		if at, ok := parseDate(tt.text); ok {
			got = at.UTC().Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.text, got, tt.want)
		}
	}
}

// TestParseDateAgreesWithPython compares parseDate with the function that Tornado calls.
func TestParseDateAgreesWithPython(t *testing.T) { // web-130
	const script = `
import datetime, email.utils, json, sys
responses = []
for text in json.load(sys.stdin):
    try:
        t = email.utils.parsedate_to_datetime(text)
        t = t.replace(tzinfo=t.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc)
        responses.append(t.strftime("%Y-%m-%dT%H:%M:%SZ"))
    except Exception:
        responses.append("")
json.dump(responses, sys.stdout)
`
	python := peers.Python(t)
	var texts []string
	for _, tt := range lenientDates {
		texts = append(texts, tt.text)
	}
	in, err := json.Marshal(texts)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", script)
	cmd.Stdin = strings.NewReader(string(in))
	out, err := cmd.Output()
	require.NoError(t, err)
	var responses []string
	require.NoError(t, json.Unmarshal(out, &responses))
	for i, tt := range lenientDates {
		if responses[i] != tt.want {
			t.Errorf("%q: Python has %s, the table %s", tt.text, responses[i], tt.want)
		}
	}
}

// FuzzParseDate checks that no text panics and that years stay within four digits.
func FuzzParseDate(f *testing.F) {
	for _, tt := range lenientDates {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if at, ok := parseDate(text); ok && (at.Year() < 0 || at.Year() > 10_000) {
			t.Errorf("%q is %v", text, at)
		}
	})
}
