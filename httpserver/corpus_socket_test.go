package httpserver

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// A corpusSink responds to each request with a header that contains the request as parsed,
// also for HEAD.
type corpusSink struct {
	conn    httputil.HTTPConnection
	parsed  *httputil.HTTPServerRequest
	request parsedRequest
}

func (*corpusSink) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &corpusSink{conn: conn}
}

func (s *corpusSink) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	s.request = parsedRequest{Method: start.Method, Target: start.Path}
	parsed, err := httputil.NewRequest(s.conn, start, headers)
	s.parsed = parsed
	return httputil.BodyWhole, err
}

func (s *corpusSink) DataReceived(chunk []byte) error {
	s.request.Body += string(chunk)
	s.parsed.Body = []byte(s.request.Body)
	_, err := s.parsed.BodyArguments()
	return err
}

func (s *corpusSink) OnConnectionClose() {}

func (s *corpusSink) Finish() {
	understood, _ := json.Marshal([][]byte{[]byte(s.request.Method), []byte(s.request.Target), []byte(s.request.Body)})
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", "0")
	headers.Set("X-Understood", hex.EncodeToString(understood))
	s.conn.WriteHeaders(httputil.ResponseStartLine{Code: 200, Reason: "OK"}, &headers, nil)
	s.conn.Finish()
}

// TestCorpusOverASocket compares the responses of a server with the verdicts of the corpus. Each
// input is sent whole, and byte by byte. No request may be misframed, get a 5xx, or stay without
// a response, and no verdict may be missed.
func TestCorpusOverASocket(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	forEachCorpus(t, func(t *testing.T, cases []corpusCase, external bool) {
		client := serveCorpus(t)
		counts := map[string]int{}
		results := map[string]corpusOutcome{}
		for _, c := range cases {
			got := client.send(c.Raw, false)
			outcome := c.judge(got.understood, got.end)
			counts[outcome]++
			results[c.ID] = corpusOutcome{outcome, got.statuses}
			c.check(t, outcome, fmt.Sprint(got))
			if again := client.send(c.Raw, true); fmt.Sprint(again) != fmt.Sprint(got) {
				t.Errorf("%s\nbyte by byte: %v\nwhole:        %v", &c, again, got)
			}
		}
		t.Log(counts)
		if external {
			compareWithTornado(t, cases, results)
		}
	})
}

// compareWithTornado fails for each outcome that differs from Tornado's, unless a row of
// docs/differences.md explains the difference.
func compareWithTornado(t *testing.T, cases []corpusCase, results map[string]corpusOutcome) {
	t.Helper()
	tornado, rows := readOutcomes(t), readRows(t)
	for _, c := range cases {
		row, known := unlikeTornado(&c)
		ours, theirs := results[c.ID], tornado[c.ID]
		same := theirs.Outcome == ours.Outcome && slices.Equal(theirs.Statuses, ours.Statuses)
		switch {
		case same && known:
			t.Errorf("%s is %s and no longer unlike Tornado", &c, ours.Outcome)
		case !same && !known:
			t.Errorf("%s is %v; Tornado: %v, and no row of docs/differences.md says why", &c, ours, theirs)
		case known && !rows[row]:
			t.Errorf("%s: docs/differences.md has no row %s", &c, row)
		}
	}
}

// unlikeTornado returns the row of docs/differences.md that explains why a case ends
// differently than with Tornado.
func unlikeTornado(c *corpusCase) (row string, known bool) {
	target := strings.HasPrefix(c.Rule, "request-target is neither") || strings.HasPrefix(c.Rule, "asterisk-form is for OPTIONS")
	if target && !bytes.HasPrefix(c.Raw, []byte("GET  ")) {
		return "http-10", true
	}
	for row, ids := range map[string]string{
		"http-10": "0407 1103", // user info in the target
		"http-26": "1205 1207",
		"http-33": "0652",
		"http-35": "0175 0179 0354 0399",                     // extensions
		"http-36": "0625",                                    // a long size line
		"http-37": "0091 0093 0208 0578 0657 0946",           // 400 at the first wrong byte
		"http-38": "0130 0173 0278 0352 0416 0569 0628 1038", // trailers
		"http-60": "1018",
	} {
		if slices.Contains(strings.Fields(ids), strings.TrimPrefix(c.ID, "public-")) {
			return row, true
		}
	}
	return "", false
}

// A corpusResult has the responses to one input and the end of the connection.
type corpusResult struct {
	understood []parsedRequest
	statuses   []int
	end        string // "reject", "close", or "more" if nothing arrived
}

// A corpusClient sends the inputs, each on a connection of its own.
type corpusClient struct {
	t       *testing.T
	address string
	loop    *ioloop.IOLoop
}

func serveCorpus(t *testing.T) *corpusClient {
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	bound, err := New(&corpusSink{}, Options{Loop: loop}).Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, loop)
	return &corpusClient{t, bound.String(), loop}
}

// send sends raw, and returns the result after the server has sent everything.
func (c *corpusClient) send(raw []byte, bytewise bool) (r corpusResult) {
	conn, err := net.Dial("tcp", c.address)
	require.NoError(c.t, err)
	defer conn.Close()
	if bytewise {
		for i := range raw {
			conn.Write(raw[i : i+1]) // the server may have closed
			c.turn()
		}
	} else {
		conn.Write(raw)
	}
	response, closed := c.settle(conn.(*net.TCPConn))
	r.parse(c.t, response)
	rejected := slices.ContainsFunc(r.statuses, func(status int) bool { return status >= 400 })
	switch {
	case rejected || closed && len(r.understood) == 0:
		r.end = "reject"
	case closed:
		r.end = "close"
	default:
		r.end = "more"
	}
	return r
}

// turn returns when the loop has begun a new turn, and so has looked for input since the call.
func (c *corpusClient) turn() {
	begun := make(chan struct{})
	c.loop.AddCallback(func() { close(begun) })
	<-begun
}

// settle reads until nothing has arrived for some turns of the loop.
func (c *corpusClient) settle(conn *net.TCPConn) (response []byte, closed bool) {
	raw, err := conn.SyscallConn()
	require.NoError(c.t, err)
	buffer := make([]byte, 64<<10)
	for silent := 0; silent < 5 && !closed; silent++ {
		c.turn()
		raw.Read(func(fd uintptr) bool {
			n, err := syscall.Read(int(fd), buffer)
			switch {
			case err == syscall.EAGAIN || err == syscall.EINTR:
			case n <= 0:
				closed = true
			default:
				response = append(response, buffer[:n]...)
				silent = -1
			}
			return true
		})
	}
	return response, closed
}

// parse parses the responses. A 5xx, or bytes that are not a response, fails the test.
func (r *corpusResult) parse(t *testing.T, response []byte) {
	in := bufio.NewReader(bytes.NewReader(response))
	for {
		if _, err := in.Peek(1); err == io.EOF {
			return
		}
		res, err := http.ReadResponse(in, nil)
		require.NoError(t, err, "%q", response)
		if res.StatusCode != http.StatusContinue {
			r.statuses = append(r.statuses, res.StatusCode)
		}
		require.Less(t, res.StatusCode, 500, "%q", response)
		if text := res.Header.Get("X-Understood"); text != "" {
			var parts [3][]byte
			text, err := hex.DecodeString(text)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(text, &parts))
			r.understood = append(r.understood, parsedRequest{string(parts[0]), string(parts[1]), string(parts[2])})
		} else if res.StatusCode != http.StatusContinue {
			return // the end, without a length
		}
	}
}

func (r corpusResult) String() string {
	var b strings.Builder
	for _, request := range r.understood {
		fmt.Fprintf(&b, "%s %q %s; ", request.Method, request.Target, strconv.Quote(request.Body[:min(len(request.Body), 100)]))
	}
	return b.String() + fmt.Sprint(r.statuses, " ", r.end)
}

type corpusOutcome struct {
	Outcome  string
	Statuses []int
}

// readOutcomes reads what Tornado did.
func readOutcomes(t *testing.T) (outcomes map[string]corpusOutcome) {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(os.Getenv("TORNADO_CORPUS")), "tornado-6.5.7-outcomes.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &outcomes))
	return outcomes
}

// readRows reads the numbers of the rows in docs/differences.md.
func readRows(t *testing.T) map[string]bool {
	page, err := os.ReadFile("../docs/differences.md")
	require.NoError(t, err)
	rows := map[string]bool{}
	plain := regexp.MustCompile(`\[([^\]]+)\]\(behaviours\.md#[^)]*\)`).ReplaceAllString(string(page), "$1")
	for line := range strings.Lines(plain) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for number := range strings.SplitSeq(cells[1], ",") {
				number, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(number), "["), "]") // [http-1](behaviours.md#http-1)
				rows[number] = true
			}
		}
	}
	delete(rows, "")
	require.Greater(t, len(rows), 100)
	return rows
}
