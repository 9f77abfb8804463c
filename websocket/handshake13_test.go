package websocket

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// 4.2.1 Reading the client's opening handshake

// request returns a getter of headers. Those in lines replace the headers of a good request.
func request(lines string) func(string) string {
	h := http.Header{
		"Host": {"server.example.com"}, "Upgrade": {"websocket"}, "Connection": {"Upgrade"},
		"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Version": {"13"},
	}
	for line := range strings.SplitSeq(lines, "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			h.Set(name, strings.TrimSpace(value))
		}
	}
	return h.Get
}

const (
	notWebSocket  = `Can "Upgrade" only to "WebSocket".`
	notUpgrade    = `"Connection" must be "Upgrade".`
	crossOrigin   = "Cross origin websockets not allowed"
	missingHeader = "Missing/Invalid WebSocket headers"
)

func TestCheckUpgrade(t *testing.T) {
	for _, tt := range []struct {
		method, headers string
		status          int
		body            string
	}{
		{"GET", "", 0, ""},
		{"POST", "", 405, ""}, // ws-2
		{"get", "", 405, ""},
		{"HEAD", "Upgrade:", 405, ""},
		{"GET", "Upgrade: WebSocket", 0, ""}, // ws-3
		{"GET", "Upgrade: WEBSOCKET", 0, ""},
		{"GET", "Upgrade:", 400, notWebSocket},
		{"GET", "Upgrade: h2c", 400, notWebSocket},
		{"GET", "Upgrade: websocket, h2c", 400, notWebSocket},
		{"GET", "Upgrade: websoc\u212aet", 400, notWebSocket}, // a Kelvin sign folds to k
		{"GET", "Connection: upgrade", 0, ""},                 // ws-4
		{"GET", "Connection: keep-alive, Upgrade", 0, ""},
		{"GET", "Connection: keep-alive ,\tUPGRADE ,x", 0, ""},
		{"GET", "Connection:", 400, notUpgrade},
		{"GET", "Connection: close", 400, notUpgrade},
		{"GET", "Connection: upgraded", 400, notUpgrade},
		{"GET", "Connection: keep-alive Upgrade", 400, notUpgrade},
		{"GET", "Upgrade: x\nConnection: x\nOrigin: http://evil", 400, notWebSocket}, // ws-1: in this order
		{"GET", "Connection: x\nOrigin: http://evil", 400, notUpgrade},
		{"GET", "Origin: http://server.example.com", 0, ""}, // ws-5
		{"GET", "Origin: http://evil.example.com", 403, crossOrigin},
		{"GET", "Sec-WebSocket-Origin: http://evil.example.com", 403, crossOrigin},
		{"GET", "Sec-WebSocket-Origin: http://server.example.com", 0, ""},
		{"GET", "Origin: http://server.example.com\nSec-WebSocket-Origin: http://evil", 0, ""},
		{"GET", "Origin: http://evil\nSec-WebSocket-Origin: http://server.example.com", 403, crossOrigin},
		{"GET", "Origin: null", 403, crossOrigin},
	} {
		header := request(tt.headers)
		refused := checkUpgrade(tt.method, header, func(origin string) bool { return sameOrigin(origin, header("Host")) })
		if refused == nil {
			refused = &refusal{}
		}
		if want := (refusal{status: tt.status, body: tt.body}); *refused != want {
			t.Errorf("%s %q: got %+v, want %+v", tt.method, tt.headers, *refused, want)
		}
	}
}

func TestSameOrigin(t *testing.T) { // ws-6
	for _, tt := range []struct {
		origin, host string
		want         bool
	}{
		{"http://a.example", "a.example", true},
		{"https://a.example", "a.example", true},              // the scheme does not count,
		{"http://a.example:8080", "a.example:8080", true},     //
		{"http://a.example:8080", "a.example", false},         // the port does
		{"http://a.example", "a.example:80", false},           //
		{"http://a.example:8080", "a.example:8081", false},    //
		{"http://a.example/some/path", "a.example", true},     // check_origin_valid_with_path
		{"http://A.Example", "a.example", true},               //
		{"http://a.example", "A.Example", true},               // not Tornado's: case never counts
		{"http://b.a.example", "a.example", false},            // check_origin_invalid_subdomains
		{"http://a.example", "b.a.example", false},            //
		{"a.example", "a.example", false},                     // check_origin_invalid_partial_url
		{"a.example:8080", "a.example:8080", false},           //
		{"null", "null", false},                               //
		{"", "", false},                                       //
		{"http://", "", false},                                //
		{"http://a.example@evil.example", "a.example", false}, //
		{"http://evil@a.example", "a.example", false},         //
		{"http://a.example\\@evil.example", "a.example", false},
		{"http://[::1]:80", "[::1]:80", true},
		{"http://a.example:x", "a.example:x", false},
	} {
		if got := sameOrigin(tt.origin, tt.host); got != tt.want {
			t.Errorf("%s asks %s: got %v, want %v", tt.origin, tt.host, got, tt.want)
		}
	}
}

func TestCheckHandshake13(t *testing.T) {
	newer := refusal{426, "Sec-Websocket-Version", "7, 8, 13", ""}
	for _, tt := range []struct {
		headers string
		version int
		want    refusal
	}{
		{"", 13, refusal{}},
		{"Sec-WebSocket-Version: 8", 8, refusal{}}, // ws-7
		{"Sec-WebSocket-Version: 7", 7, refusal{}},
		{"Sec-WebSocket-Version: 6", 0, newer},
		{"Sec-WebSocket-Version: 14", 0, newer},
		{"Sec-WebSocket-Version: 013", 0, newer},
		{"Sec-WebSocket-Version: 13, 8", 0, newer},
		{"Sec-WebSocket-Version:", 0, newer},
		{"Sec-WebSocket-Version:\nSec-WebSocket-Key:", 0, newer},             // ws-1: in this order
		{"Sec-WebSocket-Key:", 0, refusal{status: 400, body: missingHeader}}, // ws-8
		{"Host:", 0, refusal{status: 400, body: missingHeader}},
		{"Sec-WebSocket-Key: not base64!", 13, refusal{}},
	} {
		got, refused := checkHandshake13(request(tt.headers))
		if refused == nil {
			refused = &refusal{}
		}
		if got.version != tt.version || *refused != tt.want {
			t.Errorf("%q: got version %d, %+v, want %d, %+v", tt.headers, got.version, *refused, tt.version, tt.want)
		}
		if (got.accept != "") != (tt.version != 0) {
			t.Errorf("%q: accept = %q", tt.headers, got.accept)
		}
	}
}

// 4.2.2 Sending the server's opening handshake

func TestAcceptKey(t *testing.T) { // ws-10
	got, _ := checkHandshake13(request(""))
	if want := "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="; got.accept != want {
		t.Errorf("got %q, want %q", got.accept, want)
	}
}

func TestSubprotocols(t *testing.T) { // ws-14
	for _, tt := range []struct{ value, want string }{
		{"", ""},
		{"chat", "chat"},
		{"chat,superchat", "chat|superchat"},
		{" chat ,\tsuperchat ", "chat|superchat"},
		{"b, a, b", "b|a|b"},
		{",, chat, ,", "chat"},
		{" , ", ""},
	} {
		got, _ := checkHandshake13(request("Sec-WebSocket-Protocol: " + tt.value))
		if s := strings.Join(got.offered, "|"); s != tt.want {
			t.Errorf("%q: got %q, want %q", tt.value, s, tt.want)
		}
		if direct := parseSubprotocols(tt.value); !slices.Equal(direct, got.offered) {
			t.Errorf("%q: got %q, untrimmed %q", tt.value, got.offered, direct)
		}
	}
}

// FuzzHandshake checks that the outcome of any request is a documented one, and the right one.
func FuzzHandshake(f *testing.F) {
	key := "dGhlIHNhbXBsZSBub25jZQ=="
	f.Add("GET", "websocket", "Upgrade", "http://a", "", "13", key, "a", "chat, superchat")
	f.Add("GET", "WebSocket", "keep-alive, upgrade", "", "http://a", "8", key, "A", "")
	f.Add("POST", "", "", "null", "", "", "", "", ",")
	f.Add("GET", "websocket", "upgrade", "http://b:80/x?y", "", "12", "", "b:80", " a\t, b")
	f.Fuzz(func(t *testing.T, method, upgrade, connection, origin, oldOrigin, version, key, host, protocols string) {
		header := func(name string) string {
			return map[string]string{
				"Upgrade": upgrade, "Connection": connection, "Origin": origin, "Sec-Websocket-Origin": oldOrigin,
				"Sec-Websocket-Version": version, "Sec-Websocket-Key": key, "Host": host, "Sec-Websocket-Protocol": protocols,
			}[name]
		}
		asked := ""
		refused := checkUpgrade(method, header, func(o string) bool {
			asked = o
			return sameOrigin(o, host)
		})
		var got handshake13
		if refused == nil {
			got, refused = checkHandshake13(header)
		}
		outcome := refusal{}
		if refused != nil {
			outcome = *refused
		}

		lower := func(s string) string { // of ASCII only
			b := []byte(s)
			for i, c := range b {
				if c >= 'A' && c <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
		page := origin
		if page == "" {
			page = oldOrigin
		}
		var want refusal
		switch {
		case method != "GET":
			want = refusal{status: 405}
		case lower(upgrade) != "websocket":
			want = refusal{status: 400, body: notWebSocket}
		case !slices.ContainsFunc(strings.Split(lower(connection), ","), func(s string) bool { return strings.Trim(s, " \t") == "upgrade" }):
			want = refusal{status: 400, body: notUpgrade}
		case page != asked:
			t.Fatalf("asked about origin %q, want %q", asked, page)
		case page != "" && !sameOrigin(page, host):
			want = refusal{status: 403, body: crossOrigin}
		case version != "7" && version != "8" && version != "13":
			want = refusal{426, "Sec-Websocket-Version", "7, 8, 13", ""}
		case key == "" || host == "":
			want = refusal{status: 400, body: missingHeader}
		}
		if outcome != want {
			t.Fatalf("got %+v, want %+v", outcome, want)
		}
		if page != "" && sameOrigin(page, host) && !strings.Contains(strings.ToLower(page), "//") {
			t.Fatalf("%q has no host, and is the origin of %q", page, host)
		}
		if want.status != 0 {
			return
		}
		h := sha1.New()
		h.Write([]byte(key))
		h.Write([]byte("258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		if got.accept != base64.StdEncoding.EncodeToString(h.Sum(nil)) {
			t.Fatalf("accept = %q", got.accept)
		}
		for _, name := range got.offered {
			if name == "" || name != strings.Trim(name, " \t") || strings.Contains(name, ",") || !strings.Contains(protocols, name) {
				t.Fatalf("subprotocol %q from %q", name, protocols)
			}
		}
		if n := strings.Count(protocols, ",") + 1; len(got.offered) > n {
			t.Fatalf("%d subprotocols from %q", len(got.offered), protocols)
		}
	})
}
