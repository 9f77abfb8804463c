package httpserver

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sentCase is a line of a file in testdata: bytes to send, and the expected outcome.
type sentCase struct{ heading, outcome, sent string }

// readCases reads lines of the form
//
//	outcome <- "bytes"
//
// The bytes are strings in Go's syntax, joined by " + "; "a"*5000 stands for 5000 times a.
// A line that begins with "## " is the heading of the lines that follow. Other lines that
// begin with "#" are comments.
func readCases(t testing.TB, file string) (cases []sentCase) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	heading := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if h, ok := strings.CutPrefix(line, "## "); ok {
			heading = h
		}
		if line == "" || line[0] == '#' {
			continue
		}
		outcome, quoted, ok := strings.Cut(line, " <- ")
		require.True(t, ok, "%s: no arrow: %s", file, line)
		sent, err := unquoteBytes(quoted)
		require.NoError(t, err, "%s: %s", file, line)
		cases = append(cases, sentCase{heading, outcome, sent})
	}
	return cases
}

// unquoteBytes returns the bytes that quoted strings stand for.
func unquoteBytes(quoted string) (string, error) {
	var b strings.Builder
	for {
		part, err := strconv.QuotedPrefix(quoted)
		if err != nil {
			return "", err
		}
		quoted = quoted[len(part):]
		text, err := strconv.Unquote(part)
		if err != nil {
			return "", err
		}
		times := 1
		if after, ok := strings.CutPrefix(quoted, "*"); ok {
			number, _, _ := strings.Cut(after, " ")
			if times, err = strconv.Atoi(number); err != nil {
				return "", err
			}
			quoted = after[len(number):]
		}
		b.WriteString(strings.Repeat(text, times))
		if quoted == "" {
			return b.String(), nil
		}
		after, ok := strings.CutPrefix(quoted, " + ")
		if !ok {
			return "", fmt.Errorf("%q follows a string", quoted)
		}
		quoted = after
	}
}

// quoteBytes is the inverse of unquoteBytes. It shortens long runs of a repeated text.
func quoteBytes(text string) string {
	for _, unit := range []string{"a", "X: y\r\n", "0", " "} {
		run := strings.Repeat(unit, 100)
		start := strings.Index(text, run)
		if start < 0 {
			continue
		}
		end := start
		for strings.HasPrefix(text[end:], unit) {
			end += len(unit)
		}
		quoted := fmt.Sprintf("%s*%d", strconv.Quote(unit), (end-start)/len(unit))
		if start > 0 {
			quoted = quoteBytes(text[:start]) + " + " + quoted
		}
		if end < len(text) {
			quoted += " + " + quoteBytes(text[end:])
		}
		return quoted
	}
	return strconv.QuoteToASCII(text)
}

func TestQuotedBytes(t *testing.T) {
	for _, text := range []string{"", "a", "\x00\xff\u212a\r\n", "x" + strings.Repeat("a", 5000) + "y" + strings.Repeat("X: y\r\n", 100)} {
		if got, err := unquoteBytes(quoteBytes(text)); err != nil || got != text {
			t.Errorf("%q became %s, then %q, %v", text, quoteBytes(text), got, err)
		}
	}
	for _, quoted := range []string{``, `a`, `"a`, `"a" "b"`, `"a" + `, `"a"*x`, `"a"*`} {
		if got, err := unquoteBytes(quoted); err == nil {
			t.Errorf("%s became %q", quoted, got)
		}
	}
}
