package web_test

import (
	"fmt"
	"regexp"
	"strings"
)

// A judgeOutcome is what came of one conversation.
type judgeOutcome struct {
	answer string // to the bytes of the case
	closed bool   // by the server, after the answer
	cut    bool   // the rest was not asked for
	next   string // to a further request
	after  bool   // whether the server closed after that
	last   string // what came after the client had closed its side
	ended  bool   // whether the server closed then
	err    error  // the judge's own
}

// judgeNext is asked on a connection that is still open after a case.
const judgeNext = "GET /judge-next HTTP/1.1\r\nHost: next\r\n\r\n"

// converse sends a case, cut in some places, and listens. A case that is cut is over
// when it is answered.
func (c *judgeClient) converse(k judgeWait, cuts []int) (o judgeOutcome) {
	conn, err := c.dial()
	if err != nil {
		return judgeOutcome{err: err}
	}
	defer conn.conn.Close()
	from := 0
	for _, cut := range cuts {
		conn.send(k.send[from:cut])
		if o.err = c.turn(); o.err != nil {
			return o
		}
		conn.drain()
		from = cut
	}
	conn.send(k.send[from:])
	o.err = conn.settle(k.until)
	o.answer, o.closed = conn.take(), conn.closed
	if o.closed || o.err != nil {
		return o
	}
	if o.cut = len(cuts) > 0; o.cut {
		return o
	}
	conn.send(judgeNext)
	o.err = conn.settle("")
	o.next, o.after = conn.take(), conn.closed
	if o.after || o.err != nil {
		return o
	}
	conn.conn.CloseWrite()
	o.err = conn.settle("")
	o.last, o.ended = conn.take(), conn.closed
	return o
}

// whole is the answer and what became of the connection.
func (o judgeOutcome) whole() string {
	s := o.answer + "[" + o.fate() + "]"
	if o.err != nil {
		s += "[" + o.err.Error() + "]"
	}
	return s
}

// afterwards is what came of the connection when the case was over.
func (o judgeOutcome) afterwards() string {
	if o.closed || o.cut {
		return ""
	}
	return fmt.Sprintf("%s[closed: %v] %s[closed: %v]", o.next, o.after, o.last, o.ended)
}

// all is everything there is to compare.
func (o judgeOutcome) all() string { return o.whole() + o.afterwards() }

func (o judgeOutcome) fate() string {
	if o.closed {
		return "closed"
	}
	return "open"
}

var statusLine = regexp.MustCompile(`HTTP/1\.1 (\d\d\d) `)

// summary is the statuses of the answers and the connection's fate, such as "200 400
// closed".
func (o judgeOutcome) summary() string {
	var words []string
	for _, match := range statusLine.FindAllStringSubmatch(o.answer, -1) {
		words = append(words, match[1])
	}
	return strings.Join(append(words, o.fate()), " ")
}

func (o judgeOutcome) String() string {
	text := fmt.Sprintf("%q", shorten(o.whole()))
	return "    " + strings.NewReplacer(`\r\n`, "\n    ", `\n`, "\n    ").Replace(strings.Trim(text, `"`))
}

var (
	dateHeader   = regexp.MustCompile(`(?m)^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r$`)
	serverHeader = regexp.MustCompile(`(?m)^Server: TornadoServer/[\d.]+\r$`)
)

// normalise takes out what must differ.
func normalise(answer string) string {
	answer = dateHeader.ReplaceAllString(answer, "Date: D\r")
	return serverHeader.ReplaceAllString(answer, "Server: S\r")
}
