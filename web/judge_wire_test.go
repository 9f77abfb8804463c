package web_test

import (
	"fmt"
	"regexp"
	"strings"
)

// A judgeOutcome is the result of one conversation.
type judgeOutcome struct {
	response string // the responses to the bytes of the case
	closed   bool   // the server closed the connection after the responses
	cut      bool   // the bytes were cut in places, and the fields below are not set
	next     string // the response to judgeNext
	after    bool   // the server closed the connection after next
	last     string // bytes that arrived after the client had closed its side
	ended    bool   // the server closed the connection after last
	err      error  // of the judge, not of the server
}

// judgeNext is sent on a connection that is still open after a case.
const judgeNext = "GET /judge-next HTTP/1.1\r\nHost: next\r\n\r\n"

// converse sends a case, cut in some places, and returns the outcome. A case that is cut
// ends after its responses.
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
	o.response, o.closed = conn.take(), conn.closed
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

// whole returns the responses and the fate of the connection.
func (o judgeOutcome) whole() string {
	s := o.response + "[" + o.fate() + "]"
	if o.err != nil {
		s += "[" + o.err.Error() + "]"
	}
	return s
}

// afterwards returns the events on the connection after the case.
func (o judgeOutcome) afterwards() string {
	if o.closed || o.cut {
		return ""
	}
	return fmt.Sprintf("%s[closed: %v] %s[closed: %v]", o.next, o.after, o.last, o.ended)
}

// all returns everything that is compared.
func (o judgeOutcome) all() string { return o.whole() + o.afterwards() }

func (o judgeOutcome) fate() string {
	if o.closed {
		return "closed"
	}
	return "open"
}

var statusLine = regexp.MustCompile(`HTTP/1\.1 (\d\d\d) `)

// summary returns the statuses of the responses and the fate of the connection, for example
// "200 400 closed".
func (o judgeOutcome) summary() string {
	var words []string
	for _, match := range statusLine.FindAllStringSubmatch(o.response, -1) {
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

// normalise removes the headers that always differ.
func normalise(response string) string {
	response = dateHeader.ReplaceAllString(response, "Date: D\r")
	return serverHeader.ReplaceAllString(response, "Server: S\r")
}
