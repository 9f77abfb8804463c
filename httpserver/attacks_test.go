package httpserver

import (
	"fmt"
	"strings"
)

// An attack is bytes that two servers could read in two ways, and how they are read
// here: the requests that are answered, each as method, target and body, and "refused"
// if what follows is answered with 400, or with nothing but a close.
type attack struct{ family, sent, want string }

const (
	aGet     = "GET / HTTP/1.1\r\nHost: a\r\n"
	aPost    = "POST / HTTP/1.1\r\nHost: a\r\n"
	smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
	chunked  = "Transfer-Encoding: chunked\r\n"
	refused  = "refused"
)

// attacks are grouped by the families of published work on request smuggling, with the
// MUSTs of RFC 9112 that each leans on.
func attacks() (all []attack) {
	family := ""
	add := func(want string, sent ...string) {
		for _, s := range sent {
			all = append(all, attack{family, s, want})
		}
	}
	// with adds a row for each line put among the headers of a POST, before a body.
	with := func(want, body string, lines ...string) {
		for _, line := range lines {
			add(want, aPost+line+"\r\n\r\n"+body)
		}
	}

	family = "CL.TE and TE.CL (RFC 9112, 6.1 and 6.3)"
	for _, coding := range []string{"chunked", "Chunked", "identity", "x", "", "chunked, identity"} {
		for _, length := range []string{"0", "5", "46", "x", ""} {
			with(refused, "0\r\n\r\n"+smuggled, "Content-Length: "+length+"\r\nTransfer-Encoding: "+coding)
		}
		with(refused, "0\r\n\r\n"+smuggled, "Transfer-Encoding: "+coding+"\r\nContent-Length: 5")
	}
	with(refused, "0\r\n\r\n"+smuggled, "content-length: 5\r\ntransfer-encoding: chunked", "Content-Length: 5\r\nX: y\r\nTransfer-Encoding:chunked")
	add("POST / ", "POST / HTTP/1.0\r\nConnection: keep-alive\r\n"+chunked+"\r\n0\r\n\r\n"+smuggled)
	add(refused, "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n"+chunked+"\r\n0\r\n\r\n"+smuggled)

	family = "TE.TE: a coding that is not quite chunked (RFC 9112, 6.1)"
	with("POST / ; GET /smuggled ", "0\r\n\r\n"+smuggled,
		"Transfer-Encoding: chunked", "Transfer-Encoding: CHUNKED", "transfer-ENCODING: chUnked", "Transfer-Encoding:chunked", "Transfer-Encoding:\tchunked",
		"Transfer-Encoding: \t chunked \t", "Transfer-Encoding: ,chunked", "Transfer-Encoding: chunked, ,", "Transfer-Encoding:\r\nTransfer-Encoding: chunked")
	with(refused, "0\r\n\r\n"+smuggled,
		"Transfer-Encoding: xchunked", "Transfer-Encoding: chunkedx", "Transfer-Encoding: chunk", "Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked",
		"Transfer-Encoding: chunked, gzip", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked", "Transfer-Encoding: identity, chunked",
		"Transfer-Encoding: chunked, identity", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: \"chunked\"", "Transfer-Encoding: 'chunked'", "Transfer-Encoding: (x) chunked",
		"Transfer-Encoding: chunked chunked", "Transfer-Encoding: chun ked", "Transfer-Encoding: x chunked", "Transfer-Encoding: \u212ahunked", "Transfer-Encoding: chun\u212aed",
		"Transfer-Encoding: chunked\u00a0", "Transfer-Encoding:", "Transfer-Encoding: ,",
		"Transfer-Encoding: \x0bchunked", "Transfer-Encoding: chunked\x0c", "Transfer-Encoding: chunked\x00", "Transfer-Encoding: \x00chunked", "Transfer-Encoding: chunked\x08", "Transfer-Encoding: chunked\x7f",
		"Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", "Transfer-Encoding\x0b: chunked", "Transfer-Encoding\x00: chunked",
		"\rTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Transfer-Encoding: chunked\rX: y", "Transfer Encoding: chunked", "\"Transfer-Encoding\": chunked",
		"Transfer-Encoding chunked", "Transfer-Encoding;: chunked", "Transfer-Encoding\u00ad: chunked")
	with("POST / ; refused", "0\r\n\r\n"+smuggled, "Transfer_Encoding: chunked", "X-Transfer-Encoding: chunked", "Transfer-Encodin: chunked", "TransferEncoding: chunked", "TE: chunked",
		"X: y Transfer-Encoding: chunked", "Trailer: Transfer-Encoding")
	with(refused, "0\r\n\r\n"+smuggled, "Transfer-Encoding:\r\n chunked", "Transfer-Encoding:\r\n\tchunked", "X: y\r\nTransfer-Encoding:\n chunked", "Transfer-Encoding: chun\r\n ked", "Transfer-Encoding\r\n : chunked", "Transfer-Encoding: chunked\r\n x")
	with("POST / ; refused", "0\r\n\r\n"+smuggled, "X: y\r\n Transfer-Encoding: chunked", "X:\r\n\tTransfer-Encoding: chunked")

	family = "Content-Length that is not a number, or several (RFC 9112, 6.3)"
	with("POST / hello; GET /smuggled ", "hello"+smuggled,
		"Content-Length: 5", "content-length:5", "Content-Length: \t5\t ", "Content-Length: 05", "Content-Length: 00000000000000000000005",
		"Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 5")
	with(refused, "hello"+smuggled,
		"Content-Length: +5", "Content-Length: -5", "Content-Length: 0x5", "Content-Length: 5.0", "Content-Length: 5e0", "Content-Length: 5;", "Content-Length: 5 5", "Content-Length: 5_0",
		"Content-Length: \"5\"", "Content-Length: five", "Content-Length:", "Content-Length: ,", "Content-Length: 5,", "Content-Length: ,5", "Content-Length: 5, 6", "Content-Length: 5, 05",
		"Content-Length: 5\r\nContent-Length: 6", "Content-Length: 6\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: ", "Content-Length: 5\r\nContent-Length: x",
		"Content-Length: 5\x00", "Content-Length: \x0b5", "Content-Length: 5\x0c", "Content-Length: \uff15", "Content-Length: \u0665", "Content-Length: 5\u00a0",
		"Content-Length : 5", "Content-Length\t: 5", "Content-Length\x00: 5", "Content-Length\x0b: 5", " Content-Length: 5", "\tContent-Length: 5", "X: y\rContent-Length: 5", "Content-Length: 5\rX: y",
		"Content-Length: 5\r\n 0", "Content-Length:\r\n 5", "Content-Length: 18446744073709551621", "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775808", "Content-Length: 4294967301\r\nContent-Length: 5",
		"Content-Length 5", "Content\rLength: 5", ": 5\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length : 6")

	family = "CL.0: a body where none is expected (RFC 9112, 6.3)"
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "PATCH", "FOO"} {
		add(method+" / hello; GET /smuggled ", method+" / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"+smuggled)
		add(method+" / hello; GET /smuggled ", method+" / HTTP/1.1\r\nHost: a\r\n"+chunked+"\r\n5\r\nhello\r\n0\r\n\r\n"+smuggled)
	}
	body := fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(smuggled), smuggled)
	add("GET / "+smuggled, aGet+body, aGet+"Connection: Content-Length\r\n"+body, aGet+"Connection: close, Content-Length\r\n"+body, aGet+"Upgrade: h2c\r\nConnection: Upgrade\r\n"+body, aGet+"X-HTTP-Method-Override: POST\r\n"+body)
	add("GET / "+smuggled, aGet+"Connection: Transfer-Encoding\r\n"+chunked+fmt.Sprintf("\r\n%x\r\n%s\r\n0\r\n\r\n", len(smuggled), smuggled))
	add("POST / ; GET /smuggled ", aPost+"\r\n"+smuggled, aPost+"Content-Length: 0\r\n\r\n"+smuggled)
	add("POST / hello", aPost+"Connection: close\r\nContent-Length: 5\r\n\r\nhello"+smuggled, "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"+smuggled)

	family = "Chunk sizes and what surrounds them (RFC 9112, 7.1)"
	size := func(want string, sizes ...string) {
		for _, s := range sizes {
			add(want, aPost+chunked+"\r\n"+s+"hello\r\n0\r\n\r\n"+smuggled)
		}
	}
	size("POST / hello; GET /smuggled ", "5\r\n", "05\r\n", "000000000000005\r\n", "5;a\r\n", "5;a=b\r\n", "5;a=\"b\"\r\n", "5 ;a\r\n", "5; a = b\r\n", "5;a=\"\\\"\"\r\n")
	size(refused, "0x5\r\n", "+5\r\n", "-5\r\n", " 5\r\n", "\t5\r\n", "5 \r\n", "5\t\r\n", "5,\r\n", "5_\r\n", "5\x00\r\n", "5\x0b\r\n", "\r\n", ";a\r\n", "g\r\n", "5h\r\n", "5.0\r\n", "\uff15\r\n",
		"5\n", "5\r", "5\r\r\n", "\n5\r\n", "\r\n5\r\n", "5;a\n", "5;a=\"b\r\nc\"\r\n", "5;a=\"b\n\"\r\n", "5;a=b\rc\r\n", "5;a=\x00\r\n", "5;\r\n", "5;=b\r\n", "5 a\r\n",
		"10000000000000005\r\n", "ffffffffffffffff\r\n", "fffffffffffffffff5\r\n", "00000000000000005\r\n", "5;"+strings.Repeat("a", 5000)+"\r\n")
	size(refused, "100000005\r\n", "6\r\n", "4\r\n")
	size("", "ff\r\n")
	with(refused, "5\r\nhello0\r\n\r\n"+smuggled, "Transfer-Encoding: chunked")
	with(refused, "5\r\nhello\n0\r\n\r\n"+smuggled, "Transfer-Encoding: chunked")
	with(refused, "5\r\nhello\r0\r\n\r\n"+smuggled, "Transfer-Encoding: chunked")
	with(refused, "4\r\nhello\r\n0\r\n\r\n"+smuggled, "Transfer-Encoding: chunked")
	with(refused, "5\r\nhelloXX0\r\n\r\n"+smuggled, "Transfer-Encoding: chunked")

	family = "The last chunk and trailers (RFC 9112, 7.1.2)"
	last := func(want string, endings ...string) {
		for _, e := range endings {
			add(want, aPost+chunked+"\r\n5\r\nhello\r\n"+e+smuggled)
		}
	}
	last("POST / hello; GET /smuggled ", "0\r\n\r\n", "00\r\n\r\n", "0;a=b\r\n\r\n", "0\r\nX: y\r\n\r\n")
	last(refused, "0\r\nContent-Length: 50\r\n\r\n", "0\r\nTransfer-Encoding: x\r\n\r\n", "0\r\nHost: b\r\n\r\n", "0\n\r\n", "0\r\n\n", "0\r\n\r", "0\r\r\n\r\n", "0\r\nX\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: \x00\r\n\r\n", "0\r\nX: y\rZ: a\r\n\r\n", "0\r\nX: y\n\r\n",
		"0\r\n"+strings.Repeat("X: y\r\n", 2000)+"\r\n", "0\r\nGET /smuggled HTTP/1.1\r\n\r\n")
	add("", aPost+chunked+"\r\n5\r\nhello\r\n0\r\n", aPost+chunked+"\r\n5\r\nhello\r\n0\r\nX: y\r\n", aPost+chunked+"\r\n5\r\nhello\r\n")

	family = "Bare CR, LF alone, NUL and other controls (RFC 9112, 2.2 and 5; RFC 9110, 5.5)"
	for _, c := range []string{"\r", "\x00", "\x01", "\x08", "\x0b", "\x0c", "\x1b", "\x7f"} {
		add(refused, aGet+"X: a"+c+"b\r\n\r\n", aGet+"X"+c+"Y: b\r\n\r\n", "GET /"+c+" HTTP/1.1\r\nHost: a\r\n\r\n", "GE"+c+"T / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1"+c+"\r\nHost: a"+c+"b\r\n\r\n")
	}
	add(refused, aGet+"X: y\r\r\n\r\n"+smuggled, "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\rHost: a\r\r"+"\n\n", "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", aGet+"\r"+smuggled)
	add("GET / ; GET /smuggled ", "GET / HTTP/1.1\nHost: a\n\n"+smuggled, "GET / HTTP/1.1\nHost: a\r\n\n"+smuggled, "GET / HTTP/1.1\r\nHost: a\n\r\n"+smuggled, "\r\n"+aGet+"\r\n"+smuggled, aGet+"\r\n\r\n"+smuggled)

	family = "White space around field names, and folded lines (RFC 9112, 5.1 and 5.2)"
	with(refused, smuggled, "X : y", "X\t: y", " X: y", "\tX: y", "X y: z", "X", ": y", " : y", "X\r\n: y", "\u00e9: y", "X(: y", "X,Y: z", "X@: y", "X/: y", "[X]: y", "{X}: y", "X=: y")
	with("POST / ; GET /smuggled ", smuggled, "X:", "X: ", "X:y:z", "X: y\r\n z", "X: y\r\n\tz", "X: y\r\n  \r\n\tz", "X.!#$%&'*+-^_`|~: y", "X: \xe9\xff")
	add(refused, "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "GET / HTTP/1.1\r\n\tX: y\r\nHost: a\r\n\r\n")

	family = "Host (RFC 9112, 3.2)"
	host := func(want, line string, hosts ...string) {
		for _, h := range hosts {
			add(want, line+"\r\n"+h+"\r\n")
		}
	}
	host(refused, "GET / HTTP/1.1", "", "Host: a\r\nHost: b\r\n", "Host: a\r\nHost: a\r\n", "Host: a, b\r\n", "Host: a b\r\n", "Host: a/b\r\n", "Host: a@b\r\n", "Host: a#b\r\n", "Host: a?b\r\n", "Host: a\\b\r\n",
		"Host : a\r\n", "Host: a\r\n b\r\n", "Host: a:b\r\n", "Host: [::1\r\n", "Host: \"a\"\r\n", "Host: <a>\r\n", "X-Host: a\r\n")
	host("GET / ", "GET / HTTP/1.1", "Host: a:80\r\n", "Host: [::1]:80\r\n", "Host:\r\n", "host: A.b-c_d\r\n")
	host("GET http://b/ ", "GET http://b/ HTTP/1.1", "Host: b\r\n", "Host: c\r\n")
	host(refused, "GET http://b/ HTTP/1.1", "", "Host: b\r\nHost: b\r\n")
	host("GET / ", "GET / HTTP/1.0", "")

	family = "Request lines (RFC 9112, 3)"
	line := func(want string, lines ...string) {
		for _, l := range lines {
			add(want, l+"\r\nHost: a\r\n\r\n")
		}
	}
	line(refused, "GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET\t/\tHTTP/1.1", "GET\x0b/ HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET / x HTTP/1.1", "GET /", "GET", "GET HTTP/1.1", "/ HTTP/1.1",
		"GET / HTTP/2.0", "GET / HTTP/0.9", "GET / HTTP/3", "GET / http/1.1", "GET / HTTP/1.10", "GET / HTTP/01.1", "GET / HTTP/1.1x", "GET / HTTP /1.1", "GET / HTTPS/1.1", "GET / HTTP/1,1", "GET / HTTP/11", "GET / HTTP/1.\uff11", "GET / ICY/1.1",
		"G(T / HTTP/1.1", "G\u00c9T / HTTP/1.1", "GET: / HTTP/1.1", "G@T / HTTP/1.1", "[GET] / HTTP/1.1", "PRI * HTTP/2.0")
	line("get / ", "get / HTTP/1.1")
	line("GET //b/ ", "GET //b/ HTTP/1.1")
	line("GET /%0d%0aX:y ", "GET /%0d%0aX:y HTTP/1.1")
	line("OPTIONS * ", "OPTIONS * HTTP/1.1")
	return all
}
