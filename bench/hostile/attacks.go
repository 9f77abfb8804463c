package hostile

import (
	"time"
)

// An Attack is one way in which a peer can be hostile.
type Attack struct {
	Name string
	// Budget is how many bytes of the server's memory one connection may hold.
	Budget int
	run    func(p *peer)
}

// Budgets for one connection.
const (
	idleBudget   = 16 << 10                       // nothing was asked for yet
	headBudget   = 128 << 10                      // up to 64 KiB of a head, read and copied
	bodyBudget   = 2*maxBody + 64<<10             // a body that may be buffered while it is taken apart
	outputBudget = 2*large + 128<<10              // one large response and what the kernel refuses
	socketBudget = 2*maxMessage + 1<<20 + 128<<10 // a message, its echo, and 1 MiB of unsent output
)

// Attacks returns all attacks: of heads, bodies, responses, floods, patterns, WebSockets and
// TLS.
func Attacks() []Attack {
	var all []Attack
	for _, group := range [][]Attack{heads, bodies, unread, floods, patterns, sockets, secure} {
		all = append(all, group...)
	}
	return all
}

// say sends text on a new connection, then holds it.
func say(text string) func(p *peer) {
	return func(p *peer) {
		if p.connect(0) && p.send(text) {
			p.hold()
		}
	}
}

// endless sends start, then text over and over, and reads nothing.
func endless(start, text string) func(p *peer) {
	return func(p *peer) {
		if p.connect(0) && p.send(start) {
			p.flood(text)
			p.hold()
		}
	}
}

// dripping sends text byte by byte.
func dripping(text string) func(p *peer) {
	return func(p *peer) {
		if p.connect(0) {
			p.drip(text)
			p.hold()
		}
	}
}

var heads = []Attack{
	{"head: nothing is sent", idleBudget, say("")},
	{"head: one byte", idleBudget, say("G")},
	{"head: request line without an end", headBudget, say("GET /" + many("a", 60_000))},
	{"head: no empty line", headBudget, say("GET / HTTP/1.1\r\nHost: a\r\n")},
	{"head: byte by byte", headBudget, dripping("GET / HTTP/1.1\r\nHost: a\r\nX: " + many("y", 60_000))},
	{"head: almost 64 KiB", headBudget, say("GET / HTTP/1.1\r\nX: " + many("y", 65_000))},
	{"head: one endless line", headBudget, endless("GET / HTTP/1.1\r\nX: ", many("y", 1000))},
	{"head: endless lines", headBudget, endless("GET / HTTP/1.1\r\n", many("X: y\r\n", 100))},
	{"head: endless continuation lines", headBudget, endless("GET / HTTP/1.1\r\nX: y\r\n", many(" z\r\n", 100))},
	{"head: endless empty lines", headBudget, endless("", many("\r\n", 100))},
	{"head: binary garbage", headBudget, endless("\x00\xff\x16\x03\x01", many("\x00\xff", 500))},
	{"head: thousands of cookies", outputBudget, endless("", "GET /canary HTTP/1.1\r\nHost: a\r\nCookie: "+many("a=b; ", 12_000)+"\r\n\r\n")},
	{"head: thousands of equal fields", outputBudget, endless("", "GET /canary HTTP/1.1\r\nHost: a\r\n"+many("X: y\r\n", 10_000)+"\r\n")},
}

var bodies = []Attack{
	{"body: announced and never sent", headBudget, say("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")},
	{"body: byte by byte", bodyBudget, dripping("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + many("a", 10_000))},
	{"body: almost whole", bodyBudget, say(post("/form", "", many("a", maxBody))[:maxBody])},
	{"body: above the limit", headBudget, endless("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n", many("a", 10_000))},
	{"body: no chunk", headBudget, say("POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")},
	{"body: chunks of one byte", bodyBudget, endless("POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", many("1\r\na\r\n", 100))},
	{"body: a huge chunk announced", bodyBudget, say("POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n")},
	{"body: a chunk's size without an end", bodyBudget, endless("POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", many("0", 100))},
	{"body: chunks above the limit", bodyBudget, endless("POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "2710\r\n"+many("a", 10_000)+"\r\n")},
	{"body: faster than its handler", bodyBudget, endless("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n", many("a", 10_000))},
	{"body: to a path that is not there", bodyBudget, endless("", post("/nowhere", "", many("a", 100_000)))},
	{"body: expected and never sent", headBudget, say("POST /form HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n")},
	{"body: an endless part's head", bodyBudget, endless("", post("/form", "Content-Type: multipart/form-data; boundary=b\r\n", "--b\r\nX: "+many("y", 900_000)))},
	{"body: very many parts", bodyBudget, endless("", post("/form", "Content-Type: multipart/form-data; boundary=b\r\n", many("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n", 15_000)+"--b--\r\n"))},
	{"body: very many arguments", 12 * maxBody, endless("", post("/form", "Content-Type: application/x-www-form-urlencoded\r\n", many("a=&", 300_000)))},
	{"body: deep JSON", 12 * maxBody, endless("", post("/json", "Content-Type: application/json\r\n", many("[", 1_000_000)))},
	{"bomb: gzip", bodyBudget, func(p *peer) { repeat(p, post("/form", "Content-Encoding: gzip\r\n", gzipBomb())) }},
	{"bomb: gzip to a streaming handler", bodyBudget, func(p *peer) { repeat(p, post("/upload", "Content-Encoding: gzip\r\n", gzipBomb())) }},
	{"bomb: empty gzip members", bodyBudget, func(p *peer) { repeat(p, post("/form", "Content-Encoding: gzip\r\n", gzipMembers())) }},
	{"bomb: gzip that stops", bodyBudget, func(p *peer) { repeat(p, post("/form", "Content-Encoding: gzip\r\n", gzipBomb())[:50_000]) }},
}

// repeat sends text on one connection after another, and reads until the server closes each:
// a peer has one connection at a time.
func repeat(p *peer, text string) {
	for !p.over() && p.connect(0) {
		p.send(text)
		p.readToEnd()
	}
}

var unread = []Attack{
	{"unread: large responses", outputBudget, endless("", many(get("/large"), 100))},
	{"unread: small responses", outputBudget, endless("", many(get("/canary"), 100))},
	{"unread: responses in parts", outputBudget, endless("", many(get("/parts"), 100))},
	{"unread: 404s", outputBudget, endless("", many(get("/nowhere"), 100))},
	{"unread: 405s", outputBudget, endless("", many("DELETE /canary HTTP/1.1\r\nHost: a\r\n\r\n", 100))},
	{"unread: HEAD", outputBudget, endless("", many("HEAD /file/large.bin HTTP/1.1\r\nHost: a\r\n\r\n", 100))},
	{"unread: large files", outputBudget, endless("", many(get("/file/large.bin"), 100))},
	{"unread: small files", outputBudget, endless("", many(get("/file/small.txt"), 100))},
	{"unread: ranges", outputBudget, endless("", many("GET /file/large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-100000\r\n\r\n", 100))},
	{"unread: compressed", outputBudget, endless("", many("GET /large HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n", 100))},
	{"unread: an http.Handler", outputBudget, endless("", many(get("/fallback"), 100))},
	{"unread: a bare delegate", outputBudget, func(p *peer) {
		if p.connect(2) {
			p.flood(many(get("/"), 100))
			p.hold()
		}
	}},
	{"unread: HTTP/1.0 keep-alive", outputBudget, endless("", many("GET /large HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 100))},
	{"unread: 100s", outputBudget, endless("", many("POST /form HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na", 100))},
	{"unread: 400s of forms", outputBudget, endless("", many(post("/form", "Content-Type: multipart/form-data\r\n", "x"), 100))},
	{"unread: a byte every millisecond", outputBudget, func(p *peer) {
		if p.connect(0) && p.send(many(get("/large"), 100)) {
			p.readSlowly()
		}
	}},
	{"unread: and half-closed", outputBudget, func(p *peer) {
		if p.connect(0) && p.send(many(get("/large"), 100)) {
			if c, ok := p.conn.(interface{ CloseWrite() error }); ok {
				c.CloseWrite()
			}
			p.hold()
		}
	}},
}

var floods = []Attack{
	{"flood: connections", idleBudget, func(p *peer) {
		for !p.over() && p.connect(0) {
		}
	}},
	{"flood: connections that are reset", idleBudget, func(p *peer) {
		for !p.over() && p.connect(0) {
			p.reset()
		}
	}},
	{"flood: requests whose connection is reset", 2 * outputBudget, func(p *peer) {
		for !p.over() && p.connect(0) && p.send(get("/large")) {
			p.reset()
		}
	}},
	{"flood: requests sent ahead, then a reset", outputBudget, func(p *peer) {
		for !p.over() && p.connect(0) && p.send(many(get("/parts"), 50)) {
			p.reset()
		}
	}},
	{"flood: work that is read", outputBudget, func(p *peer) {
		if p.connect(0) {
			p.readAll()
			p.flood(many(get("/work"), 500))
		}
	}},
	{"flood: 400s", headBudget, func(p *peer) { repeat(p, "BAD\r\n\r\n") }},
}

var patterns = []Attack{
	{"pattern: a path that could backtrack", outputBudget, endless("", many(get("/words/"+many("a", 500)+"!"), 10))},
	{"pattern: percent signs", outputBudget, endless("", many(get("/file/"+many("%2e%2e%2f", 500)), 10))},
	{"pattern: Range", outputBudget, endless("", many("GET /file/small.txt HTTP/1.1\r\nHost: a\r\nRange: bytes="+many("0-1,", 5000)+"\r\n\r\n", 4))},
	{"pattern: If-None-Match", outputBudget, endless("", many("GET /canary HTTP/1.1\r\nHost: a\r\nIf-None-Match: "+many(`"x", `, 5000)+"\r\n\r\n", 4))},
	{"pattern: Accept-Language", outputBudget, endless("", many("GET /canary HTTP/1.1\r\nHost: a\r\nAccept-Language: "+many("de;q=0.1,", 5000)+"\r\n\r\n", 4))},
	{"pattern: quoted cookies", outputBudget, endless("", many("GET /canary HTTP/1.1\r\nHost: a\r\nCookie: a=\""+many(`\`, 30_000)+"\"\r\n\r\n", 4))},
	{"pattern: a disposition of semicolons", bodyBudget, endless("", post("/form", "Content-Type: multipart/form-data; boundary=b\r\n", "--b\r\nContent-Disposition: form-data; "+many(";", 9_000)+"\r\n\r\nx\r\n--b--\r\n"))},
	{"pattern: a query of percent signs", outputBudget, endless("", many(get("/canary?"+many("%", 30_000)), 4))},
}

// socket opens a WebSocket at path, sends start, then floods text and reads nothing.
func socket(path, start, text string, more ...string) func(p *peer) {
	return func(p *peer) {
		if p.upgrade(path, more...) && p.send(start) {
			if text != "" {
				p.flood(text)
			}
			p.hold()
		}
	}
}

var sockets = []Attack{
	{"ws: half a handshake", headBudget, say(handshake("/ws")[:60])},
	{"ws: a handshake, then silence", idleBudget, socket("/ws", "", "")},
	{"ws: handshakes of another version", outputBudget, endless("", many("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 99\r\n\r\n", 50))},
	{"ws: thousands of offers", headBudget, socket("/wsz", "", "", "Sec-WebSocket-Extensions: "+many("permessage-deflate; x=1, ", 2400)+"permessage-deflate\r\n", "Sec-WebSocket-Protocol: a\r\n")},
	{"ws: pings, pongs unread", socketBudget, socket("/ws", "", many(frame(0x89, many("p", 125)), 100))},
	{"ws: pongs", socketBudget, socket("/ws", "", many(frame(0x8a, "p"), 500))},
	{"ws: echoes unread", socketBudget, socket("/ws", "", many(frame(0x82, many("m", 1000)), 20))},
	{"ws: large echoes unread", socketBudget, socket("/ws", "", frame(0x82, many("m", maxMessage)))},
	{"ws: a length of 2^62", headBudget, socket("/ws", frameHead(0x82, 1<<62), many("x", 1000))},
	{"ws: a message announced and never sent", socketBudget, socket("/ws", frameHead(0x82, maxMessage), "")},
	{"ws: a message byte by byte", socketBudget, func(p *peer) {
		if p.upgrade("/ws") {
			p.drip(frameHead(0x82, maxMessage) + many("x", 10_000))
			p.hold()
		}
	}},
	{"ws: a message above the limit", headBudget, socket("/ws", frameHead(0x82, 2*maxMessage), many("x", 1000))},
	{"ws: empty fragments", socketBudget, socket("/ws", frame(0x02, ""), many(frame(0x00, ""), 500))},
	{"ws: fragments without an end", socketBudget, socket("/ws", frame(0x02, "x"), many(frame(0x00, many("x", 1000)), 10))},
	{"ws: messages of one byte", socketBudget, socket("/ws", "", many(frame(0x82, "x"), 1000))},
	{"ws: garbage", headBudget, socket("/ws", "\xff\xff\xff\xff", many("\x00\xff", 500))},
	{"ws: frames after a close frame", headBudget, socket("/ws", frame(0x88, "\x03\xe8"), many(frame(0x82, "x"), 100))},
	{"ws: a deflate bomb", socketBudget, func(p *peer) {
		for !p.over() && p.upgrade("/wsz", deflateOffer) && p.send(frame(0xc2, deflateBomb())) {
			p.readAll()
			time.Sleep(50 * time.Millisecond)
		}
	}},
	{"ws: compressed empty messages", socketBudget, socket("/wsz", "", many(frame(0xc2, "\x00"), 500), deflateOffer)},
	{"ws: compressed echoes unread", socketBudget, socket("/wsz", "", many(frame(0x82, many("m", 1000)), 20), deflateOffer)},
}

var secure = []Attack{
	{"tls: nothing is sent", idleBudget, func(p *peer) {
		if p.connect(1) {
			p.hold()
		}
	}},
	{"tls: half a ClientHello", headBudget, func(p *peer) {
		if p.connect(1) && p.send("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") {
			p.hold()
		}
	}},
	{"tls: garbage", headBudget, func(p *peer) {
		if p.connect(1) {
			p.flood(many("GET / HTTP/1.1\r\n", 50))
			p.hold()
		}
	}},
	{"tls: a handshake, then silence", headBudget, func(p *peer) {
		if p.connectTLS() {
			p.hold()
		}
	}},
	{"tls: handshakes over and over", headBudget, func(p *peer) {
		for !p.over() && p.connectTLS() {
		}
	}},
	{"tls: large responses unread", 2 * outputBudget, func(p *peer) {
		if p.connectTLS() {
			p.flood(many(get("/large"), 100))
			p.hold()
		}
	}},
	{"tls: parts unread", 2 * outputBudget, func(p *peer) {
		if p.connectTLS() {
			p.flood(many(get("/parts"), 100))
			p.hold()
		}
	}},
}
