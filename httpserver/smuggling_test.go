package httpserver

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// reading is what the server makes of the bytes of a connection that then ends.
func reading(t *testing.T, address string, parts ...string) string {
	t.Helper()
	c := dial(t, address)
	for _, part := range parts {
		io.WriteString(c, part) // a server that refuses may close before it took all
		time.Sleep(100 * time.Microsecond)
	}
	c.(*net.TCPConn).CloseWrite()
	return normal(answered(c))
}

// answered lists the answers that a connection brings.
func answered(c io.Reader) string {
	var got []string
	for answers := bufio.NewReader(c); ; {
		r, err := http.ReadResponse(answers, nil)
		if err != nil {
			break
		}
		text, _ := io.ReadAll(r.Body)
		if r.StatusCode == 200 {
			got = append(got, r.Header.Get("X-Read"))
		} else {
			got = append(got, fmt.Sprint(r.StatusCode, " ", string(text)))
		}
	}
	return strings.Join(got, "; ")
}

// tells answers with what the request was.
func tells(r *request) {
	r.replyWith(200, "", "X-Read", fmt.Sprintf("%q", fmt.Sprintf("%s %s %s", r.start.Method, r.start.Path, r.body)))
}

// normal is an outcome in the words of the table: every refusal is one.
func normal(outcome string) string {
	var parts []string
	for part := range strings.SplitSeq(outcome, "; ") {
		if unquoted := strings.Trim(part, `"`); unquoted != part {
			part = strings.NewReplacer(`\r`, "\r", `\n`, "\n").Replace(unquoted)
		} else if strings.HasPrefix(part, "400 ") {
			part = refused
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
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
	address := serve(t, &checking{app{answer: tells}}, Options{})
	all := attacks()
	require.GreaterOrEqual(t, len(all), 200)
	for i, a := range all {
		cut := len(a.sent) * (i % 17) / 17
		for _, got := range []string{reading(t, address, a.sent), reading(t, address, a.sent[:cut], a.sent[cut:])} {
			_, end, _ := parseStream([]byte(a.sent))
			if end == "reject" && !strings.HasSuffix(got, refused) { // with a close alone
				got = strings.TrimPrefix(got+"; "+refused, "; ")
			}
			if got != a.want {
				t.Errorf("%s\n%q cut at %d\n got %q\nwant %q", a.family, a.sent, cut, got, a.want)
			}
		}
	}
}

var update = flag.Bool("update", false, "write docs/smuggling.md")

// The page lists every attack with the server's treatment of it.
func TestAttacksAreInTheDocs(t *testing.T) {
	const name = "../docs/smuggling.md"
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(attackPage()), 0o644))
	}
	page, err := os.ReadFile(name)
	require.NoError(t, err)
	if string(page) != attackPage() {
		t.Error("docs/smuggling.md is out of date: run go test ./httpserver -run TestAttacksAreInTheDocs -update")
	}
}

func attackPage() string {
	var b strings.Builder
	all := attacks()
	fmt.Fprintf(&b, "# Requests that could be read two ways\n\n"+
		"This page lists how the server treats %d inputs of the kinds used for request smuggling.\n"+
		"\"refused\" means a 400, or a close without a response; bytes after it are not parsed.\n"+
		"Otherwise the page lists the requests as they are parsed: method, target, body. The tests\n"+
		"send each input to the server directly, whole and cut in two, and through nginx and HAProxy.\n"+
		"Through a proxy, no request may reach the server that the proxy did not mean to send. The\n"+
		"tests in `httpserver/smuggling_test.go` write this page.\n", len(all))
	family := ""
	for _, a := range all {
		if a.family != family {
			family = a.family
			fmt.Fprintf(&b, "\n## %s\n\n| sent | read as |\n| --- | --- |\n", family)
		}
		fmt.Fprintf(&b, "| %s | %s |\n", cell(shortened(a.sent)), outcomeCell(a.want))
	}
	return b.String()
}

func outcomeCell(want string) string {
	var parts []string
	for part := range strings.SplitSeq(want, "; ") {
		switch part {
		case "":
			parts = append(parts, "nothing: it waits for more")
		case refused:
			parts = append(parts, part)
		default:
			parts = append(parts, cell(part))
		}
	}
	return strings.Join(parts, ", then ")
}

func shortened(s string) string {
	if len(s) > 300 {
		s = s[:150] + "..." + s[len(s)-100:]
	}
	return s
}

// cell quotes s for a table of Markdown.
func cell(s string) string {
	quoted := strconv.QuoteToASCII(strings.TrimSuffix(s, " "))
	return "`" + strings.NewReplacer("|", "\\|", "`", "'", `\"`, `"`).Replace(quoted[1:len(quoted)-1]) + "`"
}
