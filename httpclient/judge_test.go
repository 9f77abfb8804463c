package httpclient

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
)

// An exchange is a fetch against scripted servers, A and B. {A} and {B} stand for their
// addresses. Tornado's client and ours must have the same outcome and send the same requests,
// unless Differs names the row of docs/differences.md that says why not.
type exchange struct {
	Name    string         `json:"name"`
	Request exchangeFetch  `json:"request"`
	Client  map[string]int `json:"client,omitempty"` // max_body_size and so on
	// Send is the response of A to the first connection, instead of scripts. End is its last
	// step: "" closes the connection.
	Send string     `json:"send,omitempty"`
	End  string     `json:"end,omitempty"`
	A    [][]string `json:"a,omitempty"`
	B    [][]string `json:"b,omitempty"`
	// Cut makes an exchange for each number of bytes of Send that are sent before the end.
	Cut bool `json:"cut,omitempty"`
	// CutFrom and CutTo limit these numbers; 0 means no limit.
	CutFrom int `json:"cut_from,omitempty"`
	CutTo   int `json:"cut_to,omitempty"`

	Differs []string `json:"differs,omitempty"`  // numbers of behaviours
	Ours    string   `json:"ours,omitempty"`     // our outcome, if it differs
	OursNet string   `json:"ours_net,omitempty"` // outcome of NetHTTPClient, if it differs from Ours
	OurWire string   `json:"our_wire,omitempty"` // our requests, if they differ; "-" for none
	// AnyWire means that the bytes sent before an error depend on the time, and are not compared.
	AnyWire bool `json:"any_wire,omitempty"`
	// TornadoTimeout is Tornado's request_timeout, in seconds, where it waits for nothing.
	TornadoTimeout float64 `json:"tornado_timeout,omitempty"`
	Patience       float64 `json:"patience,omitempty"` // seconds until Tornado counts as hanging
	// TornadoBlocks means that Tornado's loop never returns, so that Tornado is left out.
	TornadoBlocks bool   `json:"tornado_blocks,omitempty"`
	SkipNet       string `json:"skip_net,omitempty"` // why NetHTTPClient is not compared
}

// An exchangeFetch is a request with Tornado's names.
type exchangeFetch struct {
	URL                string      `json:"url"`
	Method             string      `json:"method,omitempty"`
	Headers            [][2]string `json:"headers,omitempty"`
	Body               *string     `json:"body,omitempty"`
	Producer           []string    `json:"producer,omitempty"`
	Username           string      `json:"auth_username,omitempty"`
	Password           string      `json:"auth_password,omitempty"`
	AuthMode           string      `json:"auth_mode,omitempty"`
	UserAgent          string      `json:"user_agent,omitempty"`
	IfModifiedSince    float64     `json:"if_modified_since,omitempty"`
	FollowRedirects    *bool       `json:"follow_redirects,omitempty"`
	MaxRedirects       *int        `json:"max_redirects,omitempty"`
	DecompressResponse *bool       `json:"decompress_response,omitempty"`
	Nonstandard        *bool       `json:"allow_nonstandard_methods,omitempty"`
	Expect100Continue  *bool       `json:"expect_100_continue,omitempty"`
	Stream             bool        `json:"stream,omitempty"`
	Lines              bool        `json:"lines,omitempty"`
	RequestTimeout     float64     `json:"request_timeout,omitempty"`
	ConnectTimeout     float64     `json:"connect_timeout,omitempty"`
	NetworkInterface   string      `json:"network_interface,omitempty"`
}

// request returns f as a request of this package. The callbacks append to streamed and lines.
func (f *exchangeFetch) request(streamed *strings.Builder, lines *[]string) *HTTPRequest {
	r := &HTTPRequest{URL: f.URL, Method: f.Method, AuthUsername: f.Username, AuthPassword: f.Password, AuthMode: f.AuthMode,
		UserAgent: f.UserAgent, NetworkInterface: f.NetworkInterface, RaiseError: Off,
		FollowRedirects: switchOf(f.FollowRedirects), DecompressResponse: switchOf(f.DecompressResponse),
		AllowNonstandardMethods: switchOf(f.Nonstandard), Expect100Continue: switchOf(f.Expect100Continue),
		RequestTimeout: time.Minute, ConnectTimeout: time.Minute}
	if f.MaxRedirects != nil {
		if r.MaxRedirects = *f.MaxRedirects; r.MaxRedirects == 0 {
			r.MaxRedirects = -1
		}
	}
	if f.RequestTimeout != 0 {
		r.RequestTimeout = time.Duration(f.RequestTimeout * float64(time.Second))
	}
	if f.ConnectTimeout != 0 {
		r.ConnectTimeout = time.Duration(f.ConnectTimeout * float64(time.Second))
	}
	if f.IfModifiedSince != 0 {
		r.IfModifiedSince = time.UnixMilli(int64(f.IfModifiedSince * 1000))
	}
	var all []httputil.Field
	for _, h := range f.Headers {
		all = append(all, httputil.Field{Name: h[0], Value: h[1]})
	}
	r.Headers = httputil.NewHTTPHeaders(all)
	if f.Body != nil {
		r.Body = []byte(*f.Body)
	}
	if f.Producer != nil {
		r.BodyProducer = func(w io.Writer) error {
			for _, piece := range f.Producer {
				if _, err := io.WriteString(w, piece); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if f.Stream {
		r.StreamingCallback = func(chunk []byte) error { streamed.Write(chunk); return nil }
	}
	if f.Lines {
		r.HeaderCallback = func(line string) error { *lines = append(*lines, line); return nil }
	}
	return r
}

func switchOf(b *bool) Switch {
	switch {
	case b == nil:
		return 0
	case *b:
		return On
	}
	return Off
}

// options returns the options of our client.
func (e *exchange) options() Options {
	return Options{NoKeepAlive: true, MaxBodySize: int64(e.Client["max_body_size"]), MaxBufferSize: e.Client["max_buffer_size"],
		MaxHeaderSize: e.Client["max_header_size"]}
}

// expanded returns the exchanges that e stands for.
func (e exchange) expanded() []exchange {
	if e.A == nil {
		if !e.Cut {
			e.A = [][]string{slices.DeleteFunc([]string{"recv", "send:" + e.Send, e.End}, func(s string) bool { return s == "" })}
			return []exchange{e}
		}
	}
	if !e.Cut {
		return []exchange{e}
	}
	var all []exchange
	characters := []rune(e.Send)
	for n := e.CutFrom; n <= cmp.Or(e.CutTo, len(characters)); n++ {
		c := e
		c.Cut, c.Name, c.Send = false, fmt.Sprintf("%s, after %d bytes", e.Name, n), string(characters[:n])
		all = append(all, c.expanded()...)
	}
	return all
}

// readExchanges returns the exchanges of a file of testdata/judge, one JSON object a line.
func readExchanges(t *testing.T, file string) []exchange {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var all []exchange
	for n, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		var e exchange
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		require.NoError(t, d.Decode(&e), "%s:%d", file, n+1)
		all = append(all, e)
	}
	return all
}

// repetition stands for many equal characters, as in {x*5000}.
var repetition = regexp.MustCompile(`\{.\*[0-9]+\}`)

// A judgeRun is an exchange with one client.
type judgeRun struct {
	outcome   *outcome
	addresses *strings.Replacer // of the servers, by {A} and {B}
	toA, toB  []string          // the bytes that each connection has received
}

// text returns the outcome and the requests in a form that can be compared. With sorted, it
// leaves out the order of headers and Transfer-Encoding.
func (r *judgeRun) text(sorted bool) (outcome, wire string) {
	o := *r.outcome
	if sorted {
		o.Headers = slices.DeleteFunc(slices.Clone(o.Headers), func(h [2]string) bool { return h[0] == "Transfer-Encoding" })
		slices.SortStableFunc(o.Headers, func(x, y [2]string) int { return strings.Compare(x[0], y[0]) })
	}
	wire = wireText(r.toA, r.addresses)
	if len(r.toB) > 0 {
		wire += toServerB + sortRequest(wireText(r.toB, r.addresses))
	}
	if sorted {
		wire = sortWire(wire)
	}
	return r.addresses.Replace(o.String()), wire
}

// play starts the servers of an exchange, runs fetch, and returns the results. fetch gets the
// exchange with the addresses of the servers.
func (e *exchange) play(t *testing.T, fetch func(*exchange) *outcome) *judgeRun {
	a, b := listenScripted(t), listenScripted(t)
	text, err := json.Marshal(e)
	if err != nil {
		t.Error(err)
	}
	var filled exchange
	text = []byte(strings.NewReplacer("{A}", a.address(), "{B}", b.address()).Replace(string(text)))
	text = repetition.ReplaceAllFunc(text, func(m []byte) []byte {
		n, _ := strconv.Atoi(string(m[3 : len(m)-1]))
		return bytes.Repeat(m[1:2], n)
	})
	if err := json.Unmarshal(text, &filled); err != nil {
		t.Error(err)
	}
	a.play(filled.A)
	b.play(filled.B)
	o := fetch(&filled)
	addresses := strings.NewReplacer(a.address(), "{A}", b.address(), "{B}")
	return &judgeRun{o, addresses, a.close(), b.close()}
}

// A peerVersion has the versions of Tornado, and of libcurl if it is used.
type peerVersion struct{ Tornado, Libcurl string }

// A tornadoClient is a Python process that fetches with Tornado's client.
type tornadoClient struct {
	version peerVersion
	stdin   io.WriteCloser
	mu      sync.Mutex
	waiting map[int]chan *outcome // by the exchange's number
	last    int
}

// startTornadoClient starts testdata/judge/judge.py with an implementation, simple or curl.
func startTornadoClient(t *testing.T, implementation string, modules ...string) *tornadoClient {
	t.Helper()
	cmd := peers.Command(peers.Python(t, modules...), "-B", "testdata/judge/judge.py", implementation)
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &tornadoClient{stdin: stdin, waiting: map[int]chan *outcome{}}
	ended := make(chan struct{})
	t.Cleanup(func() {
		stdin.Close()
		kill := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		<-ended
		cmd.Wait()
		kill.Stop()
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("python said:\n%s", stderr)
		}
	})
	lines := bufio.NewReader(stdout)
	hello, err := lines.ReadString('\n')
	if err != nil {
		close(ended)
		t.Fatalf("judge.py: %v\n%s", err, stderr)
	}
	require.NoError(t, json.Unmarshal([]byte(hello), &c.version))
	t.Logf("%+v", c.version)
	go func() {
		defer close(ended)
		c.readOutcomes(lines)
	}()
	return c
}

func (c *tornadoClient) readOutcomes(lines *bufio.Reader) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			c.mu.Lock()
			for _, w := range c.waiting {
				w <- &outcome{Failure: "python ended"}
			}
			c.mu.Unlock()
			return
		}
		o := new(outcome)
		if err := json.Unmarshal([]byte(line), o); err != nil {
			o.Failure = err.Error()
		}
		c.mu.Lock()
		c.waiting[o.ID] <- o
		delete(c.waiting, o.ID)
		c.mu.Unlock()
	}
}

// fetch lets Tornado fetch the request of e.
func (c *tornadoClient) fetch(e *exchange) *outcome {
	c.mu.Lock()
	c.last++
	id, w := c.last, make(chan *outcome, 1)
	c.waiting[id] = w
	if e.TornadoTimeout > 0 {
		e.Request.RequestTimeout = e.TornadoTimeout
	}
	job := map[string]any{"id": id, "request": e.Request, "client": e.Client}
	if e.Client == nil {
		delete(job, "client")
	}
	if e.Patience != 0 {
		job["patience"] = e.Patience
	}
	line, err := json.Marshal(job)
	if err == nil {
		_, err = c.stdin.Write(append(line, '\n'))
	}
	c.mu.Unlock()
	if err != nil {
		return &outcome{Failure: err.Error()}
	}
	select {
	case o := <-w:
		return o
	case <-time.After(2 * time.Minute):
		return &outcome{Failure: "python does not respond"}
	}
}

// A ownClient fetches with a client of ours on a loop of its own.
type ownClient struct {
	loop           *ioloop.IOLoop
	implementation Implementation
}

func startOwnClient(t *testing.T, implementation Implementation) *ownClient {
	t.Helper()
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		loop.Start()
	}()
	t.Cleanup(func() {
		loop.Close()
		<-ended
	})
	return &ownClient{loop, implementation}
}

func (c *ownClient) fetch(e *exchange) *outcome {
	var streamed strings.Builder
	var lines []string
	started := make(chan *ioloop.Future[*HTTPResponse], 1)
	c.loop.AddCallback(func() {
		client := c.implementation(c.loop, e.options())
		started <- client.Fetch(e.Request.request(&streamed, &lines))
	})
	r, err := (<-started).Wait(context.Background())
	return ourOutcome(r, err, streamed.String(), lines)
}

// Each exchange of testdata/judge, with Tornado's simple client and with ours: the requests
// and the outcomes are equal, or differ as docs/differences.md says.
// The exchanges about timeouts take most of the time.
func TestJudgeSimpleClient(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(before)
	python := startTornadoClient(t, "simple", "tornado.simple_httpclient")
	rows, err := os.ReadFile("../docs/differences.md")
	require.NoError(t, err)
	files, err := filepath.Glob("testdata/judge/*.jsonl")
	require.NoError(t, err)
	count := 0
	for _, file := range files {
		all := readExchanges(t, file)
		var expanded []exchange
		for _, e := range all {
			for _, n := range e.Differs {
				if !strings.Contains(string(rows), "#"+n+")") {
					t.Errorf("%s: %s: %s has no row in docs/differences.md", file, e.Name, n)
				}
			}
			expanded = append(expanded, e.expanded()...)
		}
		count += len(expanded)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".jsonl"), func(t *testing.T) { judgeAll(t, python, expanded) })
	}
	require.GreaterOrEqual(t, count, 250)
	t.Logf("%d exchanges", count)
}

// judgeAll compares the exchanges, some at the same time.
func judgeAll(t *testing.T, python *tornadoClient, all []exchange) {
	var own []*ownClient
	names := slices.Sorted(maps.Keys(implementations))
	for _, name := range names {
		own = append(own, startOwnClient(t, implementations[name]))
	}
	forEachExchange(all, func(e *exchange) { judgeExchange(t, python, names, own, e) })
}

// forEachExchange calls judge with each exchange, in 16 goroutines.
func forEachExchange(all []exchange, judge func(e *exchange)) {
	work := make(chan *exchange)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for e := range work {
				judge(e)
			}
		})
	}
	for i := range all {
		work <- &all[i]
	}
	close(work)
	workers.Wait()
}

// judgeExchange compares the clients own, whose implementations have the names, with Tornado. All
// of them play the exchange at the same time, so that waiting for a timeout takes no longer than
// with one.
func judgeExchange(t *testing.T, python *tornadoClient, names []string, own []*ownClient, e *exchange) {
	theirs := &judgeRun{outcome: &outcome{Failure: "blocks"}, addresses: strings.NewReplacer()}
	ours := make([]*judgeRun, len(own))
	var plays sync.WaitGroup
	if !e.TornadoBlocks {
		plays.Go(func() { theirs = e.play(t, python.fetch) })
	}
	for i, name := range names {
		if name != "net" || e.SkipNet == "" {
			plays.Go(func() { ours[i] = e.play(t, own[i].fetch) })
		}
	}
	plays.Wait()
	for i, name := range names {
		if ours[i] != nil {
			compareExchange(t, name, e, theirs, ours[i])
		}
	}
}

// compareExchange compares an exchange of Tornado with ours.
func compareExchange(t *testing.T, name string, e *exchange, theirs, ours *judgeRun) {
	their, theirWire := theirs.text(name == "net")
	got, gotWire := ours.text(name == "net")
	want, wantWire := cmp.Or(e.Ours, their), cmp.Or(e.OurWire, theirWire)
	if name == "net" {
		want = cmp.Or(e.OursNet, strings.ReplaceAll(want, " Transfer-Encoding: chunked |", ""))
		wantWire = sortWire(wantWire)
	}
	if e.TornadoBlocks || e.AnyWire || e.TornadoTimeout+e.Patience > 0 {
		wantWire = gotWire
	}
	if wantWire == "-" {
		wantWire = ""
	}
	if e.Ours+e.OursNet+e.OurWire != "" && len(e.Differs) == 0 {
		t.Errorf("%s, %s: say in differs why it differs", name, e.Name)
	}
	if e.Ours != "" && e.Ours == their || e.OurWire != "" && wantWire == theirWire {
		t.Errorf("%s, %s: Tornado does the same as we, so ours must not be set: %s", name, e.Name, their)
	}
	if got != want {
		t.Errorf("%s, %s: the outcome differs\n    got %s\n   want %s\ntornado %s", name, e.Name, got, want, their)
	}
	if gotWire != wantWire {
		t.Errorf("%s, %s: the requests differ\n    got %q\n   want %q\ntornado %q", name, e.Name, gotWire, wantWire, theirWire)
	}
}
