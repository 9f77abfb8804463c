package httpserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// Outcomes in testdata/smuggling.txt, besides requests.
const (
	refused = "refused"
	waits   = "wait"
)

// attacks returns inputs that two servers could read in two ways, and their outcomes.
func attacks(t *testing.T) []sentCase { return readCases(t, "testdata/smuggling.txt") }

// reading sends parts to the server, ends the connection, and returns the outcome.
func reading(t *testing.T, address string, parts ...string) string {
	t.Helper()
	c := dial(t, address)
	for _, part := range parts {
		io.WriteString(c, part) // the server may close the connection before it has received everything
		time.Sleep(100 * time.Microsecond)
	}
	c.(*net.TCPConn).CloseWrite()
	return outcome(c)
}

// outcome returns the outcome that the responses on a connection show.
func outcome(c io.Reader) string {
	var words []string
	for responses := bufio.NewReader(c); ; {
		r, err := http.ReadResponse(responses, nil)
		if err != nil {
			break
		}
		text, _ := io.ReadAll(r.Body)
		switch r.StatusCode {
		case 200:
			words = append(words, r.Header.Get("X-Read"))
		case 400:
			words = append(words, refused)
		default:
			words = append(words, fmt.Sprintf("(%d %s)", r.StatusCode, text))
		}
	}
	if words == nil {
		return waits
	}
	return strings.Join(words, " ")
}

// tells responds with a description of the request.
func tells(r *request) {
	text := strings.TrimSuffix(fmt.Sprintf("%s %s %s", r.start.Method, r.start.Path, r.body), " ")
	r.replyWith(200, "", "X-Read", quoteBytes(text))
}

// A checking app refuses what httputil.NewRequest refuses, as web.Application does.
type checking struct{ app }

func (a *checking) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &checkingRequest{request{app: &a.app, conn: conn}}
}

type checkingRequest struct{ request }

func (r *checkingRequest) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	if _, err := httputil.NewRequest(r.conn, start, headers); err != nil {
		return 0, err
	}
	return r.request.HeadersReceived(start, headers)
}

func TestAttacksAreReadOneWay(t *testing.T) {
	address := serve(t, &checking{app{respond: tells}}, Options{})
	all := attacks(t)
	require.GreaterOrEqual(t, len(all), 391)
	for i, a := range all {
		cut := len(a.sent) * (i % 17) / 17
		for _, got := range []string{reading(t, address, a.sent), reading(t, address, a.sent[:cut], a.sent[cut:])} {
			_, end, _ := parseStream([]byte(a.sent))
			if end == "reject" && !strings.HasSuffix(got, refused) { // refused by a close alone
				got = strings.TrimPrefix(got+" "+refused, waits+" ")
			}
			if got != a.outcome {
				t.Errorf("%s\n%q cut at %d\n got %s\nwant %s", a.heading, a.sent, cut, got, a.outcome)
			}
		}
	}
}

// docs/smuggling.md names each family of attacks and the number of its inputs.
func TestAttacksAreInTheDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/smuggling.md")
	require.NoError(t, err)
	all := attacks(t)
	require.Contains(t, string(page), fmt.Sprintf(" %d inputs ", len(all)))
	for _, a := range all {
		if !strings.Contains(string(page), "\n- "+a.heading+"\n") {
			t.Errorf("docs/smuggling.md does not list %q", a.heading)
		}
	}
}
