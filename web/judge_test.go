package web_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// These tests compare this server with real Tornado, the judge. Both have the same routes and
// get the same bytes. Both must respond with the same bytes (except for Date and the version
// in Server), and keep or close the connection alike.
//
// To add cases for a topic, for example "forms":
//
// 1. testdata/judge_forms.py defines `routes`, a list for Application, and optionally
// `settings`. If the topic needs several applications or options, it defines servers().
//
// 2. judge_forms_test.go has the same routes in Go (often with the handler `judged`) and a
// table:
//
//	func TestJudgeForms(t *testing.T) {
//		j := newJudge(t, "forms", map[string]judgeServer{"": {app: formsApp()}})
//		j.run(t, "", []judgeCase{
//			{"http-82 one field", judgePost("/form", "application/x-www-form-urlencoded", "a=1"), ""},
//		})
//	}
//
// 3. A case is one line: its name, which begins with the number of the behaviour; the bytes to
// send; and "" if both servers must respond alike. If they differ, the third text is "row:
// statuses fate". row is a row of docs/differences.md, found by its number or by the text of
// a cell. statuses and fate are the outcome of this server, for example "http-18: 400 closed"
// or "http-60: 200 200 open". With "6.5:" instead of a row, only versions of Tornado before
// 6.5 differ. With "6.5!:" such a version is not asked at all, because it would hang. A case
// also fails if the difference no longer exists.
//
// Tornado gets the bytes of a case at once, and then cut in two places. This server gets them
// at once, cut in up to judgeCuts places, and byte by byte. Set judge.whole for cases that must
// be sent only once, and judge.mask for parts of responses that differ each time.
//
// No result depends on a timeout. A second connection sends requests to another server of the
// same loop and waits for the responses. The judge repeats this until no more bytes arrive on
// the first connection: then the loop has no work left, on a slow machine as on a fast one. A
// case that waits for a timer or a thread needs runWaits. Then a second request on the first
// connection shows whether it still works, and at last the client closes its side.
//
// PYTHONPATH can select another version of Tornado: the tests must also pass with 6.5.

// A judgeCase has the bytes to send and the expected difference of the responses.
type judgeCase struct {
	name    string
	send    string
	differs string
}

// A judgeWait is a case that waits for a timer or a thread: the judge waits for the text
// until before it looks at the connection.
type judgeWait struct {
	judgeCase
	until string
}

// judgeCuts is the limit of places at which the bytes of a case are cut for this server.
const judgeCuts = 6

// A judge has the servers of one topic, in Python and in Go.
type judge struct {
	tornado *judgePeer
	ours    *judgePeer
	rows    differenceRows
	whole   bool           // send each case once, and whole
	mask    *regexp.Regexp // parts of the responses that may differ; may be nil
}

// newJudge starts the servers of testdata/judge_<topic>.py and their counterparts.
func newJudge(t *testing.T, topic string, servers map[string]judgeServer) *judge {
	t.Helper()
	j := &judge{tornado: startTornado(t, topic), ours: startOurs(t, servers), rows: readDifferences(t)}
	for name := range servers {
		require.Contains(t, j.tornado.ports, name, "judge_%s.py has no such server", topic)
	}
	return j
}

// run compares the servers called server with cases.
func (j *judge) run(t *testing.T, server string, cases []judgeCase) {
	t.Helper()
	waits := make([]judgeWait, len(cases))
	for i, c := range cases {
		waits[i] = judgeWait{judgeCase: c}
	}
	j.runWaits(t, server, waits)
}

// runWaits is run for cases that wait for a timer or a thread.
func (j *judge) runWaits(t *testing.T, server string, cases []judgeWait) {
	t.Helper()
	faults := make([]string, len(cases))
	var next, workers = make(chan int), sync.WaitGroup{}
	for range 6 {
		workers.Go(func() {
			tornado, ours := j.tornado.control(t, server), j.ours.control(t, server)
			defer tornado.close()
			defer ours.close()
			for i := range next {
				faults[i] = j.judge(tornado, ours, cases[i])
			}
		})
	}
	for i := range cases {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if faults[i] != "" {
				t.Error(faults[i])
			}
		})
	}
}

// judge returns the fault of a case, or "".
func (j *judge) judge(tornado, ours *judgeClient, c judgeWait) (fault string) {
	patiences := []int{3, 30, 100}
	if j.whole {
		patiences = []int{20}
	}
	for _, patience := range patiences {
		fault = j.judgeOnce(tornado, ours, c, patience)
		if fault == "" || tornado.dead || ours.dead {
			return fault
		}
	}
	return fault
}

func (j *judge) judgeOnce(tornado, ours *judgeClient, c judgeWait, patience int) (fault string) {
	tornado.patience, ours.patience = patience, patience
	tornado.mask, ours.mask = j.mask, j.mask
	theirs, got := judgeOutcome{err: errNotAsked}, ours.converse(c, nil)
	if !strings.HasPrefix(c.differs, "6.5!") || j.tornado.atLeast(6, 5) {
		theirs = tornado.converse(c, nil)
	}
	if fault := j.compare(c, theirs, got); fault != "" {
		return fault
	}
	if j.whole {
		return ""
	}
	length := len(c.send)
	for i := range 2 {
		cut := (i*length/2 + len(c.name)%7) % max(length, 1)
		if c.differs != "" || cut == 0 {
			continue
		}
		if again := tornado.converse(c, []int{cut}); again.whole() != got.whole() {
			return fmt.Sprintf("Tornado, cut at %d, responds\n%s\nthis server\n%s", cut, again, got)
		}
	}
	for _, cuts := range judgeCutsOf(length, len(c.name)) {
		if again := ours.converse(c, cuts); again.whole() != got.whole() {
			return fmt.Sprintf("cut at %v, the response is\n%s\nnot\n%s", cuts[:min(len(cuts), 3)], again, got)
		}
	}
	return ""
}

// judgeCutsOf returns lists of places at which to cut a text: several lists with one place,
// and one with all places if the text is short. A text above 16 KiB is cut less often.
func judgeCutsOf(length, seed int) (cuts [][]int) {
	if length < 2 {
		return nil
	}
	places := min(judgeCuts, length-1)
	if length > 1<<14 {
		places = 2
	}
	for i := range places {
		cuts = append(cuts, []int{1 + (i*(length-1)/places+seed)%(length-1)})
	}
	if length > 300 {
		return cuts
	}
	all := make([]int, 0, length)
	for i := 1; i < length; i++ {
		all = append(all, i)
	}
	return append(cuts, all)
}

// compare returns the fault of two outcomes, according to the case, or "".
func (j *judge) compare(c judgeWait, theirs, got judgeOutcome) (fault string) {
	both := fmt.Sprintf("sent\n%q\nTornado\n%s\nthis server\n%s", shorten(c.send), theirs, got)
	if theirs.whole() == got.whole() {
		both += fmt.Sprintf("\nTornado then\n%q\nthis server then\n%q", theirs.afterwards(), got.afterwards())
	}
	same := theirs.all() == got.all()
	row, want, _ := strings.Cut(c.differs, ": ")
	since65 := row == "6.5" || row == "6.5!"
	switch {
	case theirs.err == errNotAsked:
	case c.differs == "" && !same:
		return "they differ: " + both
	case c.differs == "":
		return ""
	case since65 && j.tornado.atLeast(6, 5):
		if !same {
			return "Tornado 6.5 differs too: " + both
		}
	case same:
		return "they no longer differ: " + both
	case !since65 && !j.rows.has(row):
		return fmt.Sprintf("docs/differences.md has no row %q", row)
	}
	if got.summary() != want {
		return fmt.Sprintf("this server's outcome is %q, want %q: %s", got.summary(), want, both)
	}
	return ""
}

func shorten(s string) string {
	if len(s) > 1200 {
		return s[:600] + " ... " + s[len(s)-300:]
	}
	return s
}

// judgeGet returns a GET request of HTTP/1.1, with header lines.
func judgeGet(target string, headers ...string) string {
	return judgeRequest("GET", target, headers, "")
}

// judgePost returns a POST request with a body.
func judgePost(target, contentType, body string, headers ...string) string {
	headers = append([]string{"Content-Type: " + contentType, fmt.Sprint("Content-Length: ", len(body))}, headers...)
	return judgeRequest("POST", target, headers, body)
}

// judgeRequest returns a request of HTTP/1.1.
func judgeRequest(method, target string, headers []string, body string) string {
	head := append([]string{method + " " + target + " HTTP/1.1", "Host: judge"}, headers...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + body
}

// differenceRows are the cells of docs/differences.md.
type differenceRows map[string]bool

func (rows differenceRows) has(cell string) bool { return rows[cell] }

// readDifferences reads the tables of docs/differences.md. The keys are the text of each
// cell, and each number.
func readDifferences(t *testing.T) differenceRows {
	t.Helper()
	page, err := os.ReadFile("../docs/differences.md")
	require.NoError(t, err)
	rows := differenceRows{}
	plain := regexp.MustCompile(`\[([^\]]+)\]\(behaviours\.md#[^)]*\)`).ReplaceAllString(string(page), "$1")
	for line := range strings.Lines(plain) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		for number := range strings.SplitSeq(cells[0], ",") {
			number, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(number), "["), "]") // [web-1](behaviours.md#web-1)
			rows[number] = true
		}
		for _, cell := range cells {
			rows[strings.TrimSpace(cell)] = true
		}
	}
	delete(rows, "")
	require.Greater(t, len(rows), 100, "no rows in docs/differences.md")
	return rows
}
