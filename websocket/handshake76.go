package websocket

import (
	"crypto/md5"
	"encoding/binary"
	"math"
	"net/http"
)

// challengeSize is the size of the challenge that a draft 76 client sends after the head of its
// request. No Content-Length announces these 8 bytes (draft-hixie-thewebsocketprotocol-76,
// section 5.1). Intermediaries may hold them until they see the head of the response.
const challengeSize = 8

// A handshake76 is an opening handshake of draft 76 whose headers are acceptable. The numbers
// in its keys are checked after the head of the response was sent, as in Tornado 2.2.
type handshake76 struct {
	key1, key2 string
	origin     string
	host       string
	uri        string // of the request
	protocol   string // the only subprotocol that a client may ask for; "" for none
}

// speaks76 reports whether a request is of draft 76, so that a challenge follows it.
func speaks76(header func(string) string) bool {
	return header("Sec-Websocket-Version") == "" && header("Sec-Websocket-Key1") != ""
}

// checkHandshake76 makes the checks that draft 76 has in addition to those of checkUpgrade.
func checkHandshake76(header func(string) string, uri string) (handshake76, *refusal) {
	h := handshake76{
		key1: header("Sec-Websocket-Key1"), key2: header("Sec-Websocket-Key2"),
		origin: header("Origin"), host: header("Host"), uri: uri,
		protocol: header("Sec-Websocket-Protocol"),
	}
	if h.key1 == "" || h.key2 == "" || h.origin == "" || h.host == "" {
		return handshake76{}, &refusal{status: http.StatusBadRequest, body: "Missing/Invalid WebSocket headers"}
	}
	return h, nil
}

// location returns the Sec-WebSocket-Location of the response: the URL that the client must
// have asked for. scheme is ws or wss.
func (h handshake76) location(scheme string) string { return scheme + "://" + h.host + h.uri }

// challengeResponse returns the response to the client's challenge (draft 76, section 5.2): the
// MD5 of both keys' numbers and the challenge. The draft demands MD5; no secret depends on it.
// ok is false if a key has no number.
func (h handshake76) challengeResponse(challenge [challengeSize]byte) (response [md5.Size]byte, ok bool) {
	n1, ok1 := keyNumber(h.key1)
	n2, ok2 := keyNumber(h.key2)
	if !ok1 || !ok2 {
		return response, false
	}
	var sum [4 + 4 + challengeSize]byte
	binary.BigEndian.PutUint32(sum[0:], n1)
	binary.BigEndian.PutUint32(sum[4:], n2)
	copy(sum[8:], challenge[:])
	return md5.Sum(sum[:]), true
}

// keyNumber returns the number that a Sec-WebSocket-Key1 or Key2 encodes: its digits divided by
// the number of its spaces. It drops the remainder, as Tornado 2.2 does, although the draft
// refuses such a key. ok is false without digits or spaces, and for a number above 32 bits.
func keyNumber(key string) (n uint32, ok bool) {
	const enough = math.MaxUint64 / 100 // far above MaxUint32 times the number of spaces in any header
	var number, digits, spaces uint64
	for i := range len(key) {
		switch c := key[i]; {
		case c == ' ':
			spaces++
		case '0' <= c && c <= '9':
			digits++
			if number < enough {
				number = number*10 + uint64(c-'0')
			}
		}
	}
	if digits == 0 || spaces == 0 || number/spaces > math.MaxUint32 {
		return 0, false
	}
	return uint32(number / spaces), true
}
