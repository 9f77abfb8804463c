package httpclient

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A curlDifference names exchanges in which Tornado's curl client does something else than
// SimpleAsyncHTTPClient, whose outcome is that of Tornado's simple client or has a row in
// docs/differences.md. "X, after 3 to 5 bytes" names three exchanges.
type curlDifference struct {
	File      string   `json:"file"` // of testdata/judge, without its ending
	Exchanges []string `json:"exchanges"`
	Why       string   `json:"why"`
	Skip      bool     `json:"skip"` // the exchange cannot be played with curl
}

var cutRange = regexp.MustCompile(`^(.*, after )([0-9]+) to ([0-9]+) bytes$`)

// names returns the names of the exchanges, with their file before them.
func (d *curlDifference) names() []string {
	var all []string
	for _, name := range d.Exchanges {
		name = d.File + ": " + name
		m := cutRange.FindStringSubmatch(name)
		if m == nil {
			all = append(all, name)
			continue
		}
		last, _ := strconv.Atoi(m[3])
		for n, _ := strconv.Atoi(m[2]); n <= last; n++ {
			all = append(all, fmt.Sprintf("%s%d bytes", m[1], n))
		}
	}
	return all
}

// readCurlDifferences returns the differences of testdata/judge/curl.json by the exchange's name.
func readCurlDifferences(t *testing.T) map[string]*curlDifference {
	text, err := os.ReadFile("testdata/judge/curl.json")
	require.NoError(t, err)
	var all []*curlDifference
	require.NoError(t, json.Unmarshal(text, &all))
	found := map[string]*curlDifference{}
	for _, d := range all {
		require.NotEmpty(t, d.Why)
		for _, name := range d.names() {
			require.NotContains(t, found, name)
			found[name] = d
		}
	}
	return found
}

// forCurl returns e as it is played with curl, or false if Tornado's curl client does not have
// what it tests: BodyProducer, Expect100Continue and the limits of Options.
func (e exchange) forCurl() (exchange, bool) {
	e.TornadoTimeout, e.Patience, e.TornadoBlocks = 0, 0, false // these are about the simple client
	return e, e.Request.Producer == nil && e.Request.Expect100Continue == nil && len(e.Client) == 0
}

// ownHeaders are the headers that one of the two clients sends by itself, with its own value.
var ownHeaders = regexp.MustCompile(`(?m)^(Accept: \*/\*|Connection: close|` +
	`User-Agent: (Tornado/V|Mozilla/5\.0 \(compatible; pycurl\))|Accept-Encoding: gzip(,deflate)?)\r\n`)

// curlHeader is a header that Tornado's curl client adds to a response.
var curlHeader = regexp.MustCompile(` X-Http-Reason: .*? \|`)

// curlText returns what of a run must be equal with curl. All errors without a response are one,
// except timeouts and requests that are not valid, since curl has other texts.
func (r *judgeRun) curlText() string {
	o := *r.outcome
	o.Headers = slices.Clone(o.Headers)
	for i := range o.Headers {
		o.Headers[i][0] = strings.TrimPrefix(o.Headers[i][0], "X-Consumed-")
	}
	text, wire := (&judgeRun{&o, r.addresses, r.toA, r.toB}).text(true)
	text = curlHeader.ReplaceAllString(text, "")
	switch {
	case strings.Contains(text, "timed out"), strings.Contains(text, "timeout:"):
		text = "timeout"
	case o.Failure != "" && o.Failure != "invalid request":
		text = "failure"
	}
	return text + "\n" + ownHeaders.ReplaceAllString(wire, "")
}

// The exchanges of testdata/judge with Tornado's curl client and with SimpleAsyncHTTPClient: the
// requests and the outcomes are equal, or testdata/judge/curl.json says why not.
func TestJudgeCurlClient(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	python := startTornadoClient(t, "curl", "tornado.curl_httpclient")
	if version := python.version.Libcurl; !strings.HasPrefix(version, "7.88.") {
		t.Skipf("testdata/judge/curl.json is about libcurl 7.88, and %s is installed", version)
	}
	own := startOwnClient(t, implementations["simple"])
	differences := readCurlDifferences(t)
	files, err := filepath.Glob("testdata/judge/*.jsonl")
	require.NoError(t, err)
	var all []exchange
	for _, file := range files {
		for _, e := range readExchanges(t, file) {
			if e, ok := e.forCurl(); ok {
				e.Name = strings.TrimSuffix(filepath.Base(file), ".jsonl") + ": " + e.Name
				all = append(all, e.expanded()...)
			}
		}
	}
	require.GreaterOrEqual(t, len(all), 250)
	var mu sync.Mutex // of differences
	forEachExchange(all, func(e *exchange) {
		mu.Lock()
		d := differences[e.Name]
		delete(differences, e.Name)
		mu.Unlock()
		if d == nil || !d.Skip {
			judgeCurlExchange(t, python, own, e, d)
		}
	})
	require.Empty(t, differences, "there are no such exchanges")
}

// judgeCurlExchange compares the clients, which differ if d is not nil.
func judgeCurlExchange(t *testing.T, python *tornadoClient, own *ownClient, e *exchange, d *curlDifference) {
	var curl, ours *judgeRun
	var plays sync.WaitGroup
	plays.Go(func() { curl = e.play(t, python.fetch) })
	plays.Go(func() { ours = e.play(t, own.fetch) })
	plays.Wait()
	if e.AnyWire {
		curl.toA, curl.toB, ours.toA, ours.toB = nil, nil, nil, nil
	}
	got, want := ours.curlText(), curl.curlText()
	if d == nil && got != want {
		t.Errorf("%s: say in curl.json why it differs\n got %q\ncurl %q (%s)", e.Name, got, want, curl.outcome.Failure)
	}
	if d != nil && got == want {
		t.Errorf("%s: it does not differ from curl; remove it from curl.json: %q", e.Name, got)
	}
}
