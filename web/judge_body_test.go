package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
)

// judgeChunked returns a POST request with a body in the chunked coding. body is sent
// unchanged.
func judgeChunked(body string, headers ...string) string {
	return judgeRequest("POST", "/echo", append([]string{"Transfer-Encoding: chunked"}, headers...), body)
}

// judgeLength returns a POST request with a given Content-Length.
func judgeLength(length, body string) string {
	return judgeRequest("POST", "/echo", []string{"Content-Length: " + length}, body)
}

var lengthCases = []judgeCase{
	{"http-28 five bytes", judgeLength("5", "hello"), ""},
	{"http-28 zero", judgeLength("0", ""), ""},
	{"http-28 binary", judgeLength("4", "\x00\r\n\xff"), ""},
	{"http-28 zeros in front", judgeLength("005", "hello"), ""},
	{"http-28 empty", judgeLength("", "hello"), ""},
	{"http-28 a plus", judgeLength("+5", "hello"), "6.5: 400 closed"},
	{"http-28 a minus", judgeLength("-5", "hello"), "6.5: 400 closed"},
	{"http-28 minus zero", judgeLength("-0", ""), "6.5: 400 closed"},
	{"http-28 hexadecimal", judgeLength("0x5", "hello"), ""},
	{"http-28 an underscore", judgeLength("1_0", "hello hello"), "6.5: 400 closed"},
	{"http-28 a decimal", judgeLength("5.0", "hello"), ""},
	{"http-28 an exponent", judgeLength("5e0", "hello"), ""},
	{"http-28 a letter", judgeLength("5a", "hello"), ""},
	{"http-28 a space inside", judgeLength("5 0", "hello"), ""},
	{"http-28 quotes", judgeLength("\"5\"", "hello"), ""},
	{"http-28 other digits", judgeLength("\xb2", "hello"), ""},
	{"http-28 a semicolon", judgeLength("5;5", "hello"), ""},
	{"http-28 out of any range", judgeLength("99999999999999999999", "hello"), ""},
	{"http-28 on GET", judgeRequest("GET", "/echo", []string{"Content-Length: 5x"}, "hello"), ""},
	{"http-28 HTTP/1.0", "POST /echo HTTP/1.0\r\nContent-Length: +5\r\n\r\nhello", "6.5: 400 closed"},
	{"http-29 a list of equals", judgeLength("5, 5", "hello"), ""},
	{"http-29 a list of equals without a space", judgeLength("5,5", "hello"), ""},
	{"http-29 a list of three", judgeLength("5,5,5", "hello"), ""},
	{"http-29 a list of others", judgeLength("5, 6", "hello"), ""},
	{"http-29 two lines that agree", judgeRequest("POST", "/echo", []string{"Content-Length: 5", "Content-Length: 5"}, "hello"), ""},
	{"http-29 two lines that do not", judgeRequest("POST", "/echo", []string{"Content-Length: 5", "Content-Length: 4"}, "hello"), ""},
	{"http-29 equal in value only", judgeLength("5, 05", "hello"), ""},
	{"http-29 an empty element", judgeLength("5,", "hello"), ""},
	{"http-29 an empty element in front", judgeLength(",5", "hello"), ""},
	{"http-29 blanks around the comma", judgeLength("5 ,\t5", "hello"), "http-29: 200 open"},
	{"http-40 none", "POST /echo HTTP/1.1\r\nHost: judge\r\n\r\n", ""},
	{"http-40 none, and bytes", "POST /echo HTTP/1.1\r\nHost: judge\r\n\r\nhello", ""},
	{"http-40 none, HTTP/1.0", "POST /echo HTTP/1.0\r\n\r\n", ""},
	{"http-40 none, HTTP/1.0, and bytes", "POST /echo HTTP/1.0\r\n\r\nhello", ""},
	{"http-41 GET", judgeRequest("GET", "/echo", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-41 HEAD", judgeRequest("HEAD", "/echo", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-41 DELETE", judgeRequest("DELETE", "/echo", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-41 OPTIONS", judgeRequest("OPTIONS", "/echo", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-41 a method of its own", judgeRequest("FOO", "/echo", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-41 no handler", judgeRequest("POST", "/none", []string{"Content-Length: 5"}, "hello"), ""},
	{"http-42 bytes are missing", judgeLength("10", "hello"), ""},
	{"http-42 all bytes are missing", judgeLength("10", ""), ""},
	{"http-42 bytes after the body", judgeLength("5", "hello there"), ""},
	{"http-42 many bytes", judgeLength("20000", strings.Repeat("0123456789", 2000)), ""},
	{"http-42 very many bytes", judgeLength("200000", strings.Repeat("0123456789", 20000)), ""},
	{"http-30 too long by far", judgeLength("104857601", "hello"), ""},
	{"http-45 expect", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: 5"}, "hello"), ""},
	{"http-45 expect, and wait", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: 5"}, ""), ""},
	{"http-45 expect in capitals", judgeRequest("POST", "/echo", []string{"Expect: 100-Continue", "Content-Length: 5"}, "hello"), "http-45: 100 200 open"},
	{"http-45 expect something else", judgeRequest("POST", "/echo", []string{"Expect: 200-ok", "Content-Length: 5"}, "hello"), ""},
	{"http-45 expect twice", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Expect: 100-continue", "Content-Length: 5"}, "hello"), ""},
	{"http-45 expect without a body", judgeGet("/echo", "Expect: 100-continue"), ""},
	{"http-45 expect in chunks", judgeChunked("5\r\nhello\r\n0\r\n\r\n", "Expect: 100-continue"), ""},
	{"http-45 expect, HTTP/1.0", "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", "http-45: 200 closed"},
	{"http-45 expect, and too long", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: 104857601"}, ""), "http-45: 400 closed"},
	{"http-45 expect, and no length", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: x"}, ""), "http-45: 400 closed"},
	{"http-45 expect, and no handler", judgeRequest("POST", "/none", []string{"Expect: 100-continue", "Content-Length: 5"}, "hello"), ""},
	{"http-45 expect, pipelined", strings.Repeat(judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: 2"}, "hi"), 2), ""},
}

var chunkedCases = []judgeCase{
	{"http-33 one chunk", judgeChunked("5\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-33 two chunks", judgeChunked("5\r\nhello\r\n6\r\n there\r\n0\r\n\r\n"), ""},
	{"http-33 no chunk", judgeChunked("0\r\n\r\n"), ""},
	{"http-33 chunked in capitals", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: CHUNKED"}, "5\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-33 chunked in mixed case", judgeRequest("POST", "/echo", []string{"transfer-encoding: Chunked"}, "5\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-33 gzip, chunked", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: gzip, chunked"}, "5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 chunked, gzip", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked, gzip"}, "5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 identity", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: identity"}, ""), "6.5: 400 closed"},
	{"http-33 identity and a length", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: identity", "Content-Length: 5"}, "hello"), ""},
	{"http-33 gzip", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: gzip"}, ""), "6.5: 400 closed"},
	{"http-33 chunked twice", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked, chunked"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 two lines of chunked", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked", "Transfer-Encoding: chunked"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 an unknown coding", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: xchunked"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 chunked with a parameter", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked;q=1"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 chunked in quotes", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: \"chunked\""}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 an empty coding", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: "}, ""), "6.5: 400 closed"},
	{"http-33 empty elements around", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: ,chunked, "}, "5\r\nhello\r\n0\r\n\r\n"), "http-33: 200 open"},
	{"http-33 a vertical tab before chunked", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: \vchunked"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 a no-break space after chunked", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked\xa0"}, "0\r\n\r\n"), "6.5: 400 closed"},
	{"http-33 on GET", judgeRequest("GET", "/echo", []string{"Transfer-Encoding: chunked"}, "5\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-33 on HEAD", judgeRequest("HEAD", "/echo", []string{"Transfer-Encoding: chunked"}, "5\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-32 with a length after it", judgeRequest("POST", "/echo", []string{"Transfer-Encoding: chunked", "Content-Length: 5"}, "0\r\n\r\n"), ""},
	{"http-32 with a length before", judgeRequest("POST", "/echo", []string{"Content-Length: 5", "Transfer-Encoding: chunked"}, "0\r\n\r\n"), ""},
	{"http-32 with a length of zero", judgeRequest("POST", "/echo", []string{"Content-Length: 0", "Transfer-Encoding: chunked"}, "0\r\n\r\n"), ""},
	{"http-34 HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ""},
	{"http-34 HTTP/1.0, keep-alive", "POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "http-61: 200 closed"},
	{"http-35 hexadecimal sizes", judgeChunked("a\r\n0123456789\r\nF\r\n0123456789abcde\r\n0\r\n\r\n"), ""},
	{"http-35 zeros in front", judgeChunked("0005\r\nhello\r\n000\r\n\r\n"), ""},
	{"http-35 zeros in front of nothing else", judgeChunked("5\r\nhello\r\n00000000\r\n\r\n"), ""},
	{"http-35 a size with 0x", judgeChunked("0x5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a plus", judgeChunked("+5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a minus", judgeChunked("-5\r\nhello\r\n0\r\n\r\n"), "6.5!: 400 closed"},
	{"http-35 an underscore", judgeChunked("0_5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a space before", judgeChunked(" 5\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a space after the size", judgeChunked("5 \r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a tab after the size", judgeChunked("5\t\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 no size", judgeChunked("\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 no hexadecimal digit", judgeChunked("g\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a word", judgeChunked("five\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a NUL", judgeChunked("5\x00\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a bare LF after the size", judgeChunked("5\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 a bare CR after the size", judgeChunked("5\rhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-35 an extension", judgeChunked("5;a=b\r\nhello\r\n0\r\n\r\n"), "http-35: 200 open"},
	{"http-35 an extension on the last chunk", judgeChunked("5\r\nhello\r\n0;a\r\n\r\n"), "http-35: 200 open"},
	{"http-35 a quoted extension", judgeChunked("5;a=\"b;\\\"c\"\r\nhello\r\n0\r\n\r\n"), "http-35: 200 open"},
	{"http-35 an extension without a name", judgeChunked("5;\r\nhello\r\n0\r\n\r\n"), "6.5: 400 closed"},
	{"http-36 a long extension", judgeChunked("5;a=" + strings.Repeat("b", 100) + "\r\nhello\r\n0\r\n\r\n"), "http-36: 200 open"},
	{"http-36 a very long size line", judgeChunked("5;a=" + strings.Repeat("b", 5000) + "\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-36 seventy zeros", judgeChunked(strings.Repeat("0", 70) + "5\r\nhello\r\n0\r\n\r\n"), "http-36: 400 closed"},
	{"http-37 no CRLF after the data", judgeChunked("5\r\nhelloXX0\r\n\r\n"), "http-37: 400 closed"},
	{"http-37 a bare LF after the data", judgeChunked("5\r\nhello\n0\r\n\r\n"), "http-37: 400 closed"},
	{"http-37 more data than was said", judgeChunked("5\r\nhello there\r\n0\r\n\r\n"), "http-37: 400 closed"},
	{"http-37 less data than was said", judgeChunked("a\r\nhello\r\n0\r\n\r\n"), "6.5: open"},
	{"http-38 a trailer", judgeChunked("5\r\nhello\r\n0\r\nX-Trailer: a\r\n\r\n"), "http-38: 200 open"},
	{"http-38 a trailer that is not a field", judgeChunked("5\r\nhello\r\n0\r\nnonsense\r\n\r\n"), ""},
	{"http-38 a length in the trailer", judgeChunked("5\r\nhello\r\n0\r\nContent-Length: 1\r\n\r\n"), ""},
	{"http-38 no empty line", judgeChunked("5\r\nhello\r\n0\r\nGET /echo HTTP/1.1\r\n\r\n"), ""},
	{"http-38 a bare LF for the empty line", judgeChunked("5\r\nhello\r\n0\r\n\n"), "http-37: 400 closed"},
	{"http-42 the last chunk is missing", judgeChunked("5\r\nhello\r\n"), "6.5: open"},
	{"http-42 the empty line is missing", judgeChunked("5\r\nhello\r\n0\r\n"), ""},
	{"http-42 half a size line", judgeChunked("5"), "6.5: open"},
	{"http-42 half a chunk", judgeChunked("5\r\nhel"), "http-37: open"},
	{"http-42 many chunks", judgeChunked(strings.Repeat("1\r\na\r\n", 200) + "0\r\n\r\n"), ""},
	{"http-42 a chunk of 70,000 bytes", judgeChunked(fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 70000, strings.Repeat("0123456", 10000))), ""},
	{"http-39 a size out of any range", judgeChunked("ffffffffffffffff\r\nhello"), ""},
	{"http-39 a size of seventeen digits", judgeChunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), ""},
	{"http-39 a size above the limit", judgeChunked("6400001\r\nhello"), ""},
}

// smallCases are for a server that limits heads to 200 bytes and bodies to 20 bytes.
var smallCases = []judgeCase{
	{"http-3 a head that is just small enough", judgeGet("/echo", "X: "+strings.Repeat("a", 156)), ""},
	{"http-3 a head that is too large by one", judgeGet("/echo", "X: "+strings.Repeat("a", 157)), ""},
	{"http-3 a head that is too large", judgeGet("/echo", "X: "+strings.Repeat("a", 1000)), ""},
	{"http-3 a line without an end", strings.Repeat("a", 300), ""},
	{"http-3 the second head is too large", judgeGet("/echo") + judgeGet("/echo", "X: "+strings.Repeat("a", 300)), ""},
	{"http-30 a body that is just small enough", judgeLength("20", strings.Repeat("a", 20)), ""},
	{"http-30 a body that is too large", judgeLength("21", strings.Repeat("a", 21)), ""},
	{"http-30 a body that is too large, and never sent", judgeLength("21", ""), ""},
	{"http-30 a body that is too large, expected", judgeRequest("POST", "/echo", []string{"Expect: 100-continue", "Content-Length: 21"}, ""), "http-45: 400 closed"},
	{"http-30 a body that is too large, on GET", judgeRequest("GET", "/echo", []string{"Content-Length: 21"}, strings.Repeat("a", 21)), ""},
	{"http-30 a body that is too large, for no handler", judgeRequest("POST", "/none", []string{"Content-Length: 21"}, strings.Repeat("a", 21)), ""},
	{"http-30 the second body is too large", judgeLength("2", "hi") + judgeLength("21", strings.Repeat("a", 21)), ""},
	{"http-39 chunks that are just small enough", judgeChunked("a\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"), ""},
	{"http-39 a chunk that is too large", judgeChunked("15\r\n012345678901234567890\r\n0\r\n\r\n"), ""},
	{"http-39 chunks that are too large together", judgeChunked("a\r\n0123456789\r\na\r\n0123456789\r\n1\r\n0\r\n0\r\n\r\n"), ""},
	{"http-39 the announcement is enough", judgeChunked("15\r\n"), ""},
}

// inflatingCases are for a server that decompresses request bodies, up to 1000 bytes.
var inflatingCases = []judgeCase{
	{"http-46 gzip", judgeZipped("gzip", judgeGzip("hello"), "/echo"), ""},
	{"http-46 gzip in capitals", judgeZipped("GZIP", judgeGzip("hello"), "/echo"), ""},
	{"http-46 the header's new name", judgeZipped("gzip", judgeGzip("hello"), "/headers"), ""},
	{"http-46 no coding", judgeLength("5", "hello"), ""},
	{"http-46 another coding", judgeZipped("br", "hello", "/echo"), ""},
	{"http-46 no body", judgeGet("/echo", "Content-Encoding: gzip"), ""},
	{"http-46 gzip in chunks", judgeRequest("POST", "/echo", []string{"Content-Encoding: gzip", "Transfer-Encoding: chunked"}, fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(judgeGzip("hello")), judgeGzip("hello"))), ""},
	{"http-46 a form", judgeRequest("POST", "/args", []string{"Content-Type: application/x-www-form-urlencoded", "Content-Encoding: gzip", fmt.Sprint("Content-Length: ", len(judgeGzip("a=b&c=d")))}, judgeGzip("a=b&c=d")), ""},
	{"http-47 as large as allowed", judgeZipped("gzip", judgeGzip(strings.Repeat("a", 1000)), "/echo"), ""},
	{"http-47 too large", judgeZipped("gzip", judgeGzip(strings.Repeat("a", 1001)), "/echo"), "6.5: 400 closed"},
	{"http-47 far too large", judgeZipped("gzip", judgeGzip(strings.Repeat("a", 100000)), "/echo"), "6.5: 400 closed"},
	{"http-47 corrupt", judgeZipped("gzip", "hello", "/echo"), ""},
}

func judgeZipped(coding, body, path string) string {
	return judgeRequest("POST", path, []string{"Content-Encoding: " + coding, fmt.Sprint("Content-Length: ", len(body))}, body)
}

func judgeGzip(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write([]byte(text))
	w.Close()
	return b.String()
}
