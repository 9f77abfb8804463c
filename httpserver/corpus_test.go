package httpserver

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/http1"
	"github.com/stretchr/testify/require"
)

// A parsedRequest is a request as package http1 has parsed it.
type parsedRequest struct{ Method, Target, Body string }

// parseStream parses the bytes of one connection with package http1, as a server does. It returns
// the complete requests, and the reason for the end: "close" after a request that does not keep
// the connection, "more" when bytes are missing, "reject" after an error.
func parseStream(stream []byte) (requests []parsedRequest, end string, err error) {
	const maxHeaderSize, maxBodySize = 65536, 104857600
	var finder http1.HeadFinder
	for {
		n, err := finder.FindHead(stream, maxHeaderSize)
		if err == nil && n == 0 {
			return requests, "more", nil
		}
		var head http1.RequestHead
		if err == nil {
			err = head.Parse(stream[:n])
		}
		if err != nil {
			return requests, "reject", err
		}
		stream = stream[n:]
		body, err := head.Framing()
		if err != nil {
			return requests, "reject", err
		}
		if _, err := httputil.NewRequest(nil, head.Start, head.Headers); err != nil {
			return requests, "reject", err
		}
		content, n, complete, err := readBody(stream, body, maxBodySize)
		if err != nil {
			return requests, "reject", err
		}
		if !complete {
			return requests, "more", nil
		}
		stream = stream[n:]
		requests = append(requests, parsedRequest{head.Start.Method, head.Start.Path, content})
		if !newRequestLife(&head, body, false).mayPersist {
			return requests, "close", nil
		}
	}
}

func readBody(stream []byte, f http1.Framing, maxBodySize int64) (content string, n int, complete bool, err error) {
	if f.IsEmpty() {
		return "", 0, true, nil
	}
	body := http1.BodyReader{Framing: f, Max: maxBodySize, Gather: true}
	if err := body.CheckLength(); err != nil {
		return "", 0, false, err
	}
	for {
		_, taken, done, err := body.NextPiece(stream[n:], len(stream))
		n += taken
		if err != nil || done || taken == 0 {
			return string(body.TakeWhole()), n, done, err
		}
	}
}

// TestCorpus compares the parsers of package http1 with a corpus of requests and verdicts by RFC
// 9112 and RFC 9110. No request may be misframed, and no verdict of level must or should may be
// missed.
func TestCorpus(t *testing.T) {
	forEachCorpus(t, func(t *testing.T, cases []corpusCase, _ bool) {
		counts := map[string]int{}
		for _, c := range cases {
			got, end, err := parseStream(c.Raw)
			outcome := c.judge(got, end)
			counts[outcome]++
			reason := ""
			if err != nil {
				reason = fmt.Sprint(": ", err)
			}
			if want, known := refusedEarly[c.ID]; known && reason != want {
				t.Errorf("%s is %s%s, want %s", &c, outcome, reason, want)
			}
			c.check(t, outcome, fmt.Sprintf("%q%s", got, reason))
		}
		t.Log(counts)
	})
}

// ownCorpusFile is written by TestOwnCorpusIsWritten.
const ownCorpusFile = "testdata/requests.txt"

// forEachCorpus runs test with the corpus in testdata. If TORNADO_CORPUS names the file of
// another corpus, whose licences keep it out of the repository, it runs test with that too.
func forEachCorpus(t *testing.T, test func(t *testing.T, cases []corpusCase, external bool)) {
	t.Run("own", func(t *testing.T) {
		cases := readOwnCorpus(t)
		require.Greater(t, len(cases), 400)
		test(t, cases, false)
	})
	t.Run("external", func(t *testing.T) {
		name := os.Getenv("TORNADO_CORPUS")
		if name == "" {
			t.Skip("TORNADO_CORPUS does not name the file of another corpus")
		}
		cases := readCorpus(t, name)
		require.Greater(t, len(cases), 400)
		test(t, cases, true)
	})
}

// readOwnCorpus reads lines of verdict, level and quoted requests. The rule is the heading.
func readOwnCorpus(t *testing.T) (cases []corpusCase) {
	t.Helper()
	for i, read := range readCases(t, ownCorpusFile) {
		verdict, rest, _ := strings.Cut(read.outcome, " ")
		level, rest, _ := strings.Cut(rest, " ")
		c := corpusCase{ID: fmt.Sprint("own-", i+1), Verdict: verdict, Level: level, Rule: read.heading, Raw: []byte(read.sent)}
		for rest != "" {
			quoted, err := strconv.QuotedPrefix(rest)
			require.NoError(t, err, rest)
			text, err := strconv.Unquote(quoted)
			require.NoError(t, err, rest)
			parts := strings.SplitN(text, " ", 3)
			require.Len(t, parts, 3, text)
			c.Requests = append(c.Requests, [3][]byte{[]byte(parts[0]), []byte(parts[1]), []byte(parts[2])})
			rest = strings.TrimPrefix(rest[len(quoted):], " ")
		}
		cases = append(cases, c)
	}
	return cases
}

// readCorpus reads a corpus whose lines are JSON objects.
func readCorpus(t *testing.T, name string) (cases []corpusCase) {
	t.Helper()
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c corpusCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		cases = append(cases, c)
	}
	require.NoError(t, lines.Err())
	return cases
}

// refusedEarly are inputs that the external corpus takes for the beginning of a valid request.
// This server refuses them before the rest arrives, with these errors.
var refusedEarly = map[string]string{
	"public-0007": ": httputil: malformed request line",        // a second empty line before it (http-2)
	"public-1156": ": httputil: malformed request line",        // the same
	"public-0500": ": httputil: Content-Length too long",       // Content-Length over max_body_size (http-30)
	"public-1192": ": httputil: Content-Length too long",       // the same
	"public-0947": ": httputil: chunk line ended by a bare LF", // nothing that follows makes that right
}

// A corpusCase is one line of the corpus.
type corpusCase struct {
	ID, Verdict, Level, Rule string
	Raw                      []byte
	Requests                 [][3][]byte
}

func (c *corpusCase) String() string {
	return fmt.Sprintf("%s (%s, %s: %s) %q", c.ID, c.Verdict, c.Level, c.Rule, c.Raw[:min(len(c.Raw), 300)])
}

// judge returns the outcome of the case as a client sees it: the requests that were parsed, and
// the reason for the end.
func (c *corpusCase) judge(got []parsedRequest, end string) (outcome string) {
	for i := range min(len(got), len(c.Requests)) {
		if got[i] != c.request(i) {
			return "misframed"
		}
	}
	switch {
	case c.Verdict == "accept" && len(got) > len(c.Requests):
		return "misframed"
	case c.Verdict == "accept" && len(got) == len(c.Requests):
		return "accepted"
	case c.Verdict != "accept" && len(got) > len(c.Requests):
		return "accepted"
	case end == "reject":
		return "rejected"
	}
	return "hung"
}

// check fails the test for an outcome that no reading of the RFCs allows.
func (c *corpusCase) check(t *testing.T, outcome, detail string) {
	t.Helper()
	_, early := refusedEarly[c.ID]
	switch {
	case outcome == "misframed", c.Level != "" && !early && !c.fulfilled(outcome):
		t.Errorf("%s is %s: %s", c, outcome, detail)
	case early && outcome != "rejected":
		t.Errorf("%s is %s, and no longer refused early", c, outcome)
	}
}

func (c *corpusCase) request(i int) parsedRequest {
	r := c.Requests[i]
	return parsedRequest{string(r[0]), string(r[1]), string(r[2])}
}

func (c *corpusCase) fulfilled(outcome string) bool {
	return slices.Contains(map[string][]string{
		"accept":     {"accepted"},
		"reject":     {"rejected"},
		"incomplete": {"hung"},
		"either":     {"accepted", "rejected", "hung"},
	}[c.Verdict], outcome)
}
