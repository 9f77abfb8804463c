package httpserver

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A corpusWriter makes the text of testdata/requests.txt, rule by rule.
type corpusWriter struct {
	lines []string
	count int
}

// rule begins a rule of an RFC. The inputs that are added next belong to it.
func (w *corpusWriter) rule(section, text string) {
	w.lines = append(w.lines, "", "## RFC "+section+": "+text)
}

// add writes an input with its verdict. understood are the complete requests in it, each as
// method, target and body.
func (w *corpusWriter) add(verdict, sent string, understood ...string) {
	for _, request := range understood {
		verdict += " " + quoteBytes(request)
	}
	w.lines = append(w.lines, verdict+" <- "+quoteBytes(sent))
	w.count++
}

// accept adds requests that a server must respond to.
func (w *corpusWriter) accept(sent string, understood ...string) {
	w.add("accept must", sent, understood...)
}

// rejectAll adds inputs that a server must (or should) reject.
func (w *corpusWriter) rejectAll(level string, inputs ...string) {
	for _, sent := range inputs {
		w.add("reject "+level, sent)
	}
}

// either adds an input that a server may reject, or accept as the requests understood.
func (w *corpusWriter) either(sent string, understood ...string) {
	w.add("either may", sent, understood...)
}

// incomplete adds an input that ends in the middle of a request.
func (w *corpusWriter) incomplete(sent string, understood ...string) {
	w.add("incomplete must", sent, understood...)
}

const (
	crlf     = "\r\n"
	hostLine = "Host: example.com\r\n"
	tchars   = "!#$%&'*+-.^_`|~09azAZ"                                  // RFC 9110, section 5.6.2
	notTchar = "\"(),/;<=>?@[\\]{}\x00\x01\x08\x0b\x0c\x1f\x7f\x80\xff" // without ":", space, tab, CR and LF
)

// getWith returns a GET request with more header lines.
func getWith(lines string) string { return "GET / HTTP/1.1\r\n" + hostLine + lines + crlf }

// postWith returns a POST request with more header lines and a body.
func postWith(lines, body string) string {
	return "POST / HTTP/1.1\r\n" + hostLine + lines + crlf + body
}

// chunkedPost returns a POST request with a chunked body.
func chunkedPost(chunks string) string {
	return postWith("Transfer-Encoding: chunked\r\n", chunks)
}

var update = flag.Bool("update", false, "write testdata/requests.txt")

// ownCorpus returns the corpus with the inputs of all rules.
func ownCorpus() *corpusWriter {
	w := new(corpusWriter)
	w.requestLines()
	w.targets()
	w.fields()
	w.hosts()
	w.contentLengths()
	w.transferCodings()
	w.chunks()
	w.trailers()
	w.connections()
	w.sequences()
	return w
}

func (w *corpusWriter) requestLines() {
	line := func(line string) string { return line + crlf + hostLine + crlf }
	w.rule("9110, section 9.1", "a method is a token and case-sensitive")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "PROPFIND", "X"} {
		w.accept(line(method+" / HTTP/1.1"), method+" / ")
	}
	for _, c := range tchars {
		w.accept(line("A"+string(c)+" / HTTP/1.1"), "A"+string(c)+" / ")
	}
	for i := range len(notTchar) {
		w.rejectAll("should", line("A"+notTchar[i:i+1]+"B / HTTP/1.1"))
	}
	w.rule("9112, section 2.3", "a version is HTTP, a slash, a digit, a dot, a digit")
	w.accept(line("GET / HTTP/1.1"), "GET / ")
	w.accept("GET / HTTP/1.0\r\n"+hostLine+crlf, "GET / ")
	for _, version := range []string{"http/1.1", "Http/1.1", "HTTP/1", "HTTP/11", "HTTP/1.", "HTTP/.1", "HTTP/1.1.1", "HTTP/1.10", "HTTP/01.1", "HTTP/1,1", "HTTP/-1.1", "HTTP/a.b",
		"HTTP 1.1", "HTTPS/1.1", "HTP/1.1", "1.1", "FTP/1.1", "HTTP/1.1x", "xHTTP/1.1", "HTTP/1.1;", "HTTP/\xb9.1"} {
		w.rejectAll("should", line("GET / "+version))
	}
	w.rule("9110, section 2.5 and 15.6.6", "a server may respond to other major versions with 505")
	for _, version := range []string{"HTTP/0.9", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9"} {
		w.rejectAll("should", line("GET / "+version))
	}
	w.rule("9112, section 3", "a request line is a method, a target and a version, with one space between")
	w.rejectAll("should", line("GET /"), line("GET"), line("GET / / HTTP/1.1"), line("GET /a b HTTP/1.1"), line("/ HTTP/1.1"), line("GET HTTP/1.1"))
	for _, separated := range []string{"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/ HTTP/1.1", "GET /\tHTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET\x0b/\x0cHTTP/1.1"} {
		w.either(line(separated), "GET / ")
	}
	w.rule("9112, section 2.2", "a server should ignore an empty line before a request")
	w.add("accept should", crlf+getWith(""), "GET / ")
	w.rule("9112, section 2.2", "a server may take LF alone for the end of a line")
	w.either("GET / HTTP/1.1\n"+hostLine+crlf, "GET / ")
	w.either("GET / HTTP/1.1\nHost: example.com\n\n", "GET / ")
	w.rule("9112, section 2.2", "CR without LF is invalid, or replaced by a space")
	for _, sent := range []string{"GET / HTTP/1.1\r" + hostLine + crlf, line("GET /\r HTTP/1.1"), line("GET / HTTP/1.1\r"), getWith("X: a\rb\r\n"), getWith("X: a\r\r\n"), getWith("\rX: a\r\n")} {
		w.either(sent)
	}
}

func (w *corpusWriter) targets() {
	line := func(method, target string) string {
		return method + " " + target + " HTTP/1.1\r\n" + hostLine + crlf
	}
	w.rule("9112, section 3.2.1 (RFC 3986, section 3.3)", "origin-form is an absolute path, and a query")
	for _, c := range "-._~!$&'()*+,;=:@09azAZ/" { // pchar and the slash
		w.accept(line("GET", "/"+string(c)), "GET /"+string(c)+" ")
		w.accept(line("GET", "/?"+string(c)), "GET /?"+string(c)+" ")
	}
	for _, target := range []string{"/", "/a/b", "/a/", "/a/../b", "/./a", "/%20", "/%C3%a9", "/?", "/??", "/?/?", "/a?b=c&d=e", "/a;b?c=%00"} {
		w.accept(line("GET", target), "GET "+target+" ")
	}
	w.rule("9112, section 3.2.2", "a server must accept absolute-form")
	for _, target := range []string{"http://example.com/", "http://example.com", "http://example.com/a?b", "http://example.com:80/", "HTTP://example.com/", "https://example.com/"} {
		w.accept(line("GET", target), "GET "+target+" ")
	}
	w.rule("9112, section 3.2.4", "asterisk-form is for OPTIONS")
	w.accept(line("OPTIONS", "*"), "OPTIONS * ")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE"} {
		w.rejectAll("should", line(method, "*"))
	}
	w.rule("9112, section 3.2", "a target has one of four forms")
	for _, target := range []string{"a", "a/b", "?", "?a", "example.com", "example.com/", "./a", "../a", "**", "*/"} {
		w.rejectAll("should", line("GET", target))
	}
	w.rule("9112, section 3.2", "a target has no whitespace and no control characters")
	for _, c := range "\x01\x08\x1f\x7f" {
		w.rejectAll("should", line("GET", "/"+string(c)))
	}
	w.rule("RFC 3986, appendix A", "these characters are not in the grammar of a target, but some clients send them")
	for _, c := range []string{"\"", "<", ">", "\\", "^", "`", "{", "|", "}", "[", "]", "#", "%", "%g0", "\x80", "\xc3\xa9", "\xff"} {
		w.either(line("GET", "/"+c), "GET /"+c+" ")
	}
}

func (w *corpusWriter) fields() {
	w.rule("9110, section 5.1", "a field name is a token")
	for _, c := range tchars {
		w.accept(getWith("X"+string(c)+": a\r\n"), "GET / ")
	}
	for i := range len(notTchar) {
		w.rejectAll("should", getWith("X"+notTchar[i:i+1]+"Y: a\r\n"))
	}
	w.rejectAll("should", getWith(": a\r\n"), getWith("X\r\n"), getWith("a b c\r\n"))
	w.rule("9112, section 5.1", "no whitespace is between a field name and the colon")
	w.rejectAll("must", getWith("X : a\r\n"), getWith("X\t: a\r\n"), getWith("X  : a\r\n"), getWith("X : \r\n"), "GET / HTTP/1.1\r\nHost : example.com\r\n\r\n", postWith("Content-Length : 1\r\n", "a"))
	w.rule("9112, section 2.2", "whitespace before the first field is rejected, or its line is ignored")
	for _, space := range []string{" ", "\t", "  "} {
		w.either("GET / HTTP/1.1\r\n" + space + "X: a\r\n" + hostLine + crlf)
	}
	w.rule("9110, section 5.5", "a field value is visible characters, with spaces and tabs between")
	for _, value := range []string{"", " ", "\t", "a", " a ", "\ta\t", "a b", "a\tb", ":", "::", "a:b", ",", "\"", "\"a", "(", "\\", "=", ";", "{}", "a\x80", "\xff", "\xc3\xa9"} {
		w.accept(getWith("X:"+value+crlf), "GET / ")
	}
	for c := byte('!'); c < 0x7f; c += 7 {
		w.accept(getWith("X: "+string(rune(c))+crlf), "GET / ")
	}
	w.rule("9110, section 5.5", "a value with NUL is rejected, or NUL becomes a space; other controls may be kept")
	for _, c := range "\x00\x01\x08\x0b\x0c\x1b\x1f\x7f" {
		w.either(getWith("X: a"+string(c)+"b\r\n"), "GET / ")
	}
	w.rule("9112, section 5.2", "a folded line is rejected, or the fold becomes spaces")
	for _, fold := range []string{"\r\n ", "\r\n\t", "\r\n  \r\n ", "\r\n "} {
		w.either(getWith("X: a"+fold+"b\r\n"), "GET / ")
	}
	w.rule("9110, section 5.3", "fields may repeat, in any order and case")
	w.accept(getWith("X: a\r\nX: b\r\nx: c\r\n"), "GET / ")
	w.accept("GET / HTTP/1.1\r\nX: a\r\nhOST: example.com\r\nY: b\r\n\r\n", "GET / ")
	w.accept(postWith("cOntent-lEngth: 1\r\n", "a"), "POST / a")
}

func (w *corpusWriter) hosts() {
	host := func(lines string) string { return "GET / HTTP/1.1\r\n" + lines + crlf }
	w.rule("9112, section 3.2", "HTTP/1.1 has exactly one Host")
	w.rejectAll("must", host(""), host("X-Host: a\r\n"), host("Host: a\r\nHost: b\r\n"), host("Host: a\r\nHost: a\r\n"), host("Host: a\r\nX: b\r\nhost: a\r\n"), host("Host: a\r\nHost:\r\n"))
	w.accept("GET / HTTP/1.0\r\n\r\n", "GET / ")
	w.rule("9110, section 7.2 (RFC 3986, section 3.2.2)", "Host is a name or an address, and a port")
	for _, value := range []string{"", "a", "A.B", "a.b.c", "a-b", "a_b", "a~b", "a!b", "a$b", "a&b", "a'b", "a(b", "a)b", "a*b", "a+b", "a;b", "a=b", "%41", "a%2db", "xn--a", "1", "1.2.3.4", "a:80", "a:0", "a:65535", "1.2.3.4:8080",
		"[::1]", "[::1]:80", "[2001:db8::1]", "[::ffff:1.2.3.4]", " a ", "\ta"} {
		w.accept(host("Host:"+value+crlf), "GET / ")
	}
	w.rule("9112, section 3.2", "an invalid value of Host is rejected")
	for _, c := range " /?#@\\\"<>^`{|}[]" {
		w.rejectAll("must", host("Host: a"+string(c)+"b\r\n"))
	}
	for _, value := range []string{"a:b", "a:80x", "a:-1", "a:+1", "a:80:80", "::1", "[::1", "::1]", "[]", "[a", "[::1]a", "[::1]:x", "http://a", "a/", "a@b:80", "%", "%4", "%zz", "a\x00b", "a\x7fb", "a\tb"} {
		w.rejectAll("must", host("Host: "+value+crlf))
	}
}

// TestOwnCorpusIsWritten compares testdata/requests.txt with the rules that write it.
func TestOwnCorpusIsWritten(t *testing.T) {
	w := ownCorpus()
	require.Greater(t, w.count, 400)
	text := "# Requests from the grammar of RFC 9112 and RFC 9110, with verdicts. A line is\n" +
		"#\n#\tverdict level \"understood request\" ... <- \"bytes\"\n#\n" +
		"# go test ./httpserver -run TestOwnCorpusIsWritten -update writes it by the rules of\n" +
		"# corpus_rules_test.go.\n" + strings.Join(w.lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(ownCorpusFile, []byte(text), 0o644))
	}
	got, err := os.ReadFile(ownCorpusFile)
	require.NoError(t, err)
	if string(got) != text {
		t.Errorf("%s is out of date: run go test ./httpserver -run TestOwnCorpusIsWritten -update", ownCorpusFile)
	}
	t.Log(fmt.Sprint(w.count, " inputs"))
}
