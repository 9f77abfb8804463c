package httpserver

import "strings"

func (w *corpusWriter) contentLengths() {
	length := func(value string) string { return postWith("Content-Length:"+value+crlf, "hello") }
	w.rule("9112, section 6.3", "a body has the length that Content-Length says")
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "X"} {
		w.accept(method+" / HTTP/1.1\r\n"+hostLine+"Content-Length: 5\r\n\r\nhello", method+" / hello")
		w.accept(method+" / HTTP/1.1\r\n"+hostLine+"Content-Length: 0\r\n\r\n", method+" / ")
	}
	for _, value := range []string{"5", " 5", "\t5", " 5 ", " 05", " 0000000000000000000000005"} {
		w.accept(length(value), "POST / hello")
	}
	w.accept(postWith("", ""), "POST / ")
	w.accept("POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", "POST / hello")
	w.accept(postWith("Content-Length: 2\r\n", "\r\n")+getWith(""), "POST / \r\n", "GET / ")
	w.incomplete(postWith("Content-Length: 6\r\n", "hello"))
	w.incomplete(postWith("Content-Length: 1\r\n", ""))
	w.rule("9112, section 6.3", "an invalid Content-Length is rejected")
	for _, value := range []string{"", " ", "a", "-5", "+5", "5a", "a5", "0x5", "5.0", "5e0", "1 2", "5 5", "5;", "\"5\"", "'5'", "(5)", "5\x00", "\x0b5", "5\x0c", "\xd9\xa5", "\xef\xbc\x95",
		"5,", ",5", "5,6", "5, a", "5,,6", " 4294967301a", " 9223372036854775808", " 18446744073709551621", " 99999999999999999999999999"} {
		w.rejectAll("must", length(" "+value))
	}
	w.rejectAll("must", postWith("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), postWith("Content-Length: 6\r\nContent-Length: 5\r\n", "hello"),
		postWith("Content-Length: 5\r\nContent-Length:\r\n", "hello"), postWith("Content-Length: 5\r\nX: a\r\ncontent-length: x\r\n", "hello"))
	w.rule("9112, section 6.3", "the same length twice is rejected, or counts once")
	w.either(postWith("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), "POST / hello")
	for _, value := range []string{" 5, 5", " 5,5", " 5 , 5", " 5, 5, 5", " 5, 05"} {
		w.either(length(value), "POST / hello")
	}
}

func (w *corpusWriter) transferCodings() {
	coded := func(lines string) string { return postWith(lines, "5\r\nhello\r\n0\r\n\r\n") }
	w.rule("9112, section 6.1", "chunked, the last coding, ends the body; its name has no case")
	for _, value := range []string{"chunked", " chunked", "\tchunked\t", " Chunked", " CHUNKED", " cHuNkEd"} {
		w.accept(coded("Transfer-Encoding:"+value+crlf), "POST / hello")
	}
	w.accept(coded("transfer-encoding: chunked\r\n"), "POST / hello")
	for _, method := range []string{"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		w.accept(method+" / HTTP/1.1\r\n"+hostLine+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", method+" / hello")
	}
	w.rule("9110, section 5.6.1.2", "empty elements of a list are ignored")
	for _, value := range []string{",chunked", "chunked,", ", chunked ,", "chunked, ,"} {
		w.accept(coded("Transfer-Encoding: "+value+crlf), "POST / hello")
	}
	w.rule("9112, section 6.3", "a request whose last coding is not chunked is rejected")
	for _, value := range []string{"gzip", "deflate", "compress", "identity", "x", "chunked, gzip", "chunked, identity", "chunkedx", "xchunked", "chunk", "chunked chunked", "chun ked", "\"chunked\"", "'chunked'", "chunked\x00", "\x0bchunked", "chunked;a=b", "chunked\xc2\xa0"} {
		w.rejectAll("must", coded("Transfer-Encoding: "+value+crlf))
	}
	w.rejectAll("must", coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n"), coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"))
	w.rule("9112, section 6.1", "a coding that the server does not know gets 501; chunked is applied once")
	for _, value := range []string{"x, chunked", "unknown, chunked", "identity, chunked", "chunked, chunked"} {
		w.rejectAll("should", coded("Transfer-Encoding: "+value+crlf))
	}
	w.rejectAll("should", coded("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"))
	w.rule("9112, section 6.1", "a server may reject a request with both framings")
	w.either(coded("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "POST / hello")
	w.either(coded("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n"), "POST / hello")
	w.rule("9112, section 6.1", "HTTP/1.0 has no Transfer-Encoding: the framing is faulty, and the connection ends")
	w.either("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"+getWith(""), "POST / hello")
	w.either("POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"+getWith(""), "POST / hello")
}

func (w *corpusWriter) chunks() {
	sized := func(size string) string { return chunkedPost(size + crlf + "hello\r\n0\r\n\r\n") }
	w.rule("9112, section 7.1", "a chunk is its size in hexadecimal, a line end, its data and a line end")
	for _, size := range []string{"5", "05", "00000005"} {
		w.accept(sized(size), "POST / hello")
	}
	for _, size := range []string{"a", "A", "0a", "0A"} {
		w.accept(chunkedPost(size+"\r\n0123456789\r\n0\r\n\r\n"), "POST / 0123456789")
	}
	w.accept(chunkedPost("1a\r\n"+strings.Repeat("b", 26)+"\r\n0\r\n\r\n"), "POST / "+strings.Repeat("b", 26))
	w.accept(chunkedPost("0\r\n\r\n"), "POST / ")
	w.accept(chunkedPost("000\r\n\r\n"), "POST / ")
	w.accept(chunkedPost("1\r\na\r\n2\r\nbc\r\n3\r\ndef\r\n0\r\n\r\n"), "POST / abcdef")
	w.accept(chunkedPost("2\r\n\r\n\r\n0\r\n\r\n"), "POST / \r\n")
	w.accept(chunkedPost("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), "POST / 0\r\n\r\n")
	w.rule("9112, section 7.1", "anything else in the place of a size is rejected")
	for _, size := range []string{"", "g", "x", "-5", "+5", "0x5", "5g", "5.", "5,", "5:", "5_", "h5", "\"5\"", "5\x00", "\x0b5", "\xef\xbc\x95", "fffffffffffffffff", "10000000000000005"} {
		w.rejectAll("should", sized(size))
	}
	w.rejectAll("should", chunkedPost("5\r\nhello0\r\n\r\n"), chunkedPost("5\r\nhelloo\r\n0\r\n\r\n"), chunkedPost("4\r\nhello\r\n0\r\n\r\n"), chunkedPost("5\r\nhello\rx0\r\n\r\n"),
		chunkedPost("1\r\na\r\n\r\n1\r\nb\r\n0\r\n\r\n"))
	w.rule("9112, section 7.1.1", "extensions that the server does not know are ignored")
	for _, extension := range []string{";a", ";a=b", ";a=\"b\"", ";a=\"\"", ";a=\"b c\"", ";a=\"\\\"\"", ";a=\";\"", ";a;b", ";a=b;c=d", " ;a", "; a", ";a =b", ";a= b", " ; a = b", "\t;\ta", ";a=!#$%&'*+-.^_`|~"} {
		w.accept(sized("5"+extension), "POST / hello")
		w.accept(chunkedPost("5\r\nhello\r\n0"+extension+"\r\n\r\n"), "POST / hello")
	}
	w.rule("9112, section 7.1.1", "an extension has a name; a value is a token or a quoted string")
	for _, extension := range []string{";=b", ";a=b c", ";a b", ";a=\"b", ";a=\"\x00\"", ";(", ";a=(", " a", ";a=\x00"} {
		w.rejectAll("should", sized("5"+extension))
	}
	w.rule("9112, section 2.2 and 7.1", "some servers take spaces after a size, or LF alone for the end of its line")
	for _, sent := range []string{sized("5 "), sized("5\t"), sized(" 5"), chunkedPost("5\nhello\r\n0\r\n\r\n"), chunkedPost("5\r\nhello\n0\r\n\r\n"), chunkedPost("5\r\nhello\r\n0\n\r\n"), sized("5;"), sized("5;;a")} {
		w.either(sent, "POST / hello")
	}
	w.rule("9112, section 8", "a body is complete after the last chunk and the trailers")
	whole := chunkedPost("5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n")
	for end := len(chunkedPost("")); end < len(whole); end++ {
		w.incomplete(whole[:end])
	}
	w.incomplete(chunkedPost("ff\r\nhello\r\n"))
}

func (w *corpusWriter) trailers() {
	trailed := func(lines string) string { return chunkedPost("5\r\nhello\r\n0\r\n" + lines + crlf) }
	w.rule("9112, section 7.1.2", "trailer fields follow the last chunk")
	for _, lines := range []string{"X: y\r\n", "X: y\r\nY: z\r\n", "X:\r\n", "X: y\r\nX: y\r\n", "ETag: \"a\"\r\n", "X!#: y\r\n"} {
		w.accept(trailed(lines), "POST / hello")
	}
	w.accept(postWith("Trailer: X\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n")+getWith(""), "POST / hello", "GET / ")
	w.rule("9112, section 7.1.2", "trailer fields have the grammar of fields")
	w.rejectAll("should", trailed("X\r\n"), trailed(": y\r\n"), trailed("X Y: z\r\n"), trailed("X(: y\r\n"), trailed("GET / HTTP/1.1\r\n"), trailed("X\x00: y\r\n"))
	w.rule("9112, section 5.1", "no whitespace is between a field name and the colon")
	w.rejectAll("must", trailed("X : y\r\n"), trailed("X\t: y\r\n"))
	w.rule("9110, section 6.5.1", "framing and routing fields are not for trailers: rejected or ignored")
	for _, line := range []string{"Content-Length: 5", "Transfer-Encoding: chunked", "Host: example.com", "Connection: close", "Trailer: X"} {
		w.either(trailed(line+crlf), "POST / hello")
	}
}

func (w *corpusWriter) connections() {
	w.rule("9112, section 9.6", "after close, no further request is processed")
	for _, value := range []string{"close", "Close", "CLOSE", "x, close", "close, x", "close,close", ",close"} {
		w.accept(getWith("Connection: "+value+crlf)+getWith(""), "GET / ")
	}
	w.accept(getWith("Connection: x\r\nConnection: close\r\n")+getWith(""), "GET / ")
	w.accept("GET / HTTP/1.0\r\nConnection: close\r\n\r\n"+getWith(""), "GET / ")
	w.rule("9112, section 9.3", "HTTP/1.1 connections persist; HTTP/1.0 connections do with keep-alive")
	for _, value := range []string{"keep-alive", "x", "closed", "not-close", ""} {
		w.accept(getWith("Connection: "+value+crlf)+getWith(""), "GET / ", "GET / ")
	}
	w.accept("GET / HTTP/1.0\r\n\r\n"+getWith(""), "GET / ")
	w.accept("GET / HTTP/1.0\r\nConnection: x\r\n\r\n"+getWith(""), "GET / ")
	w.either("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"+getWith(""), "GET / ", "GET / ")
	w.rule("9110, section 10.1.1", "a request with Expect: 100-continue may come with its body")
	w.accept(postWith("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello"), "POST / hello")
	w.accept(postWith("Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"), "POST / hello")
	w.accept(postWith("Expect: 100-continue\r\nContent-Length: 0\r\n", ""), "POST / ")
	w.accept("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", "POST / hello")
	w.rule("9110, section 10.1.1", "other expectations may get 417")
	for _, value := range []string{"x", "100-continue, x", "101", ""} {
		w.either(postWith("Expect: "+value+"\r\nContent-Length: 5\r\n", "hello"), "POST / hello")
	}
	w.rule("9110, section 7.8", "a server may ignore Upgrade")
	for _, protocol := range []string{"websocket", "h2c", "x", "x/1, y", "TLS/1.2"} {
		w.accept(getWith("Connection: upgrade\r\nUpgrade: "+protocol+crlf)+getWith(""), "GET / ", "GET / ")
	}
	w.accept(getWith("Upgrade: websocket\r\n"), "GET / ")
}

func (w *corpusWriter) sequences() {
	messages := []struct{ sent, understood string }{
		{getWith(""), "GET / "},
		{"HEAD /h HTTP/1.1\r\n" + hostLine + crlf, "HEAD /h "},
		{"OPTIONS * HTTP/1.1\r\n" + hostLine + crlf, "OPTIONS * "},
		{postWith("Content-Length: 5\r\n", "hello"), "POST / hello"},
		{chunkedPost("5\r\nworld\r\n0\r\n\r\n"), "POST / world"},
		{chunkedPost("0\r\nX: y\r\n\r\n"), "POST / "},
	}
	w.rule("9112, section 9.3.2", "a client may send requests one after another without waiting")
	for _, first := range messages {
		for _, second := range messages {
			w.accept(first.sent+second.sent, first.understood, second.understood)
			w.accept(first.sent+crlf+second.sent, first.understood, second.understood)
			w.incomplete(first.sent+second.sent[:len(second.sent)-1], first.understood)
		}
		w.add("reject should", first.sent+"x\r\n\r\n", first.understood)
		w.add("reject must", first.sent+"GET / HTTP/1.1\r\n\r\n", first.understood)
	}
	all, understood := "", []string(nil)
	for _, m := range messages {
		all, understood = all+m.sent, append(understood, m.understood)
	}
	w.accept(all, understood...)
	w.rule("9112, section 8", "a message whose bytes end early is incomplete")
	for _, m := range messages[:4] {
		for end := 1; end < len(m.sent); end += 3 {
			w.incomplete(m.sent[:end])
		}
	}
}
