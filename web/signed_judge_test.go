package web

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// signingScript calls functions of real Tornado at signedAt and prints the results. Bytes
// are sent as Latin-1. None and exceptions are null.
const signingScript = `
import binascii, json, logging, sys
from tornado import web
logging.disable(logging.CRITICAL)
clock = lambda: 1300000000
def keys(secret):
    return {int(k): v for k, v in secret.items()} if isinstance(secret, dict) else secret
def create(secret, name, value, version, key_version):
    return web.create_signed_value(keys(secret), name, value.encode("latin1"), version=version,
        clock=clock, key_version=key_version).decode("latin1")
def decode(secret, name, value, min_version):
    found = web.decode_signed_value(keys(secret), name, value.encode("latin1"), clock=clock, min_version=min_version)
    return None if found is None else found.decode("latin1")
def key_version(value):
    return web.get_signature_key_version(value.encode("latin1"))
class Page(web.RequestHandler):
    def __init__(self, cookie, version):
        self.cookie, self.version = cookie, version
    settings = property(lambda self: {"xsrf_cookie_version": self.version})
    current_user = None
    def get_cookie(self, name):
        return self.cookie
    def set_cookie(self, name, value):
        pass
def token(text):
    _, raw, _ = Page(None, 2)._decode_xsrf_token(text)
    return binascii.b2a_hex(raw).decode() if raw else None
def render(cookie, version):
    return Page(cookie, version).xsrf_token.decode()
def call(name, args):
    try:
        return globals()[name](*args)
    except Exception:
        return None
json.dump([call(*c) for c in json.load(sys.stdin)], sys.stdout)
`

// askSigning returns Tornado's results of calls. A call is a function's name and its
// arguments.
func askSigning(t *testing.T, calls [][2]any) []any {
	t.Helper()
	python := peers.Python(t, "tornado.web")
	in, err := json.Marshal(calls)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-c", signingScript)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("judge: %v\n%s", err, failed.Stderr)
	}
	require.NoError(t, err)
	var responses []any
	require.NoError(t, json.Unmarshal(out, &responses))
	require.Len(t, responses, len(calls))
	return responses
}

// asLatin1 returns bytes as text for JSON.
func asLatin1(b string) string {
	runes := make([]rune, len(b))
	for i := range len(b) {
		runes[i] = rune(b[i])
	}
	return string(runes)
}

// orNull returns a decoded value in the form in which the script prints it.
func orNull(b []byte) any {
	if b == nil {
		return nil
	}
	return asLatin1(string(b))
}

// TestSignedValuesCrossToTornado calls each function here and in Tornado with the same
// input. Both must create the same values, and accept and refuse the same values.
func TestSignedValuesCrossToTornado(t *testing.T) { // web-76 … web-85
	keepLog(t)
	versions := map[int]string{0: "a", 5: "b", 12: "\xc3\xa9"}
	var values []string
	var calls [][2]any
	var ours []any
	add := func(response any, name string, args ...any) {
		calls, ours = append(calls, [2]any{name, args}), append(ours, response)
	}
	payloads := []string{"", "v", "value", "\x00\xff\n|", "é", strings.Repeat("long ", 300), `{"id": 1}`, "2|1:0|"}
	for _, name := range []string{"k", "session", "u:|", "a b", ""} {
		for _, payload := range payloads {
			for _, version := range []int{1, 2} {
				text := signed(signingSecret, name, payload, SignedValueOptions{Version: version})
				values = append(values, text)
				add(text, "create", signingSecret, name, asLatin1(payload), version, nil)
			}
			for key := range versions {
				text := signed(versions, name, payload, SignedValueOptions{KeyVersion: key})
				values = append(values, text)
				add(text, "create", versions, name, asLatin1(payload), 2, key)
			}
		}
	}
	values = append(values, "", "x", "|", "||", "1|2|3", "2|", "3|a", "999|a|b", "1000|a|b", "02|a|b", "2|1:0|", "2|x:0|", "2|1:0|10:1300000000|1:k|4:dg==|",
		"2|1:9|10:1300000000|1:k|4:dg==|"+signV2(signingSecret, "2|1:9|10:1300000000|1:k|4:dg==|"), "2|1:0|1:1|1:k|4:dg==|"+signV2(signingSecret, "2|1:0|1:1|1:k|4:dg==|"),
		"dg==|01300000000|"+signV1(signingSecret, "k", "dg==", "01300000000"), "dg==|9300000000|"+signV1(signingSecret, "k", "dg==", "9300000000"),
		"dg=|1300000000|"+signV1(signingSecret, "k", "dg=", "1300000000"))
	now := SignedValueOptions{Now: signedAt}
	for i, text := range values {
		if i%3 == 0 && len(text) > 3 {
			values = append(values, text[:len(text)-1], text[:len(text)/2]+"x"+text[len(text)/2:], "2"+text)
		}
	}
	for _, text := range values {
		for _, name := range []string{"k", "session", "u:|", ""} {
			add(orNull(DecodeSignedValue(signingSecret, name, text, now)), "decode", signingSecret, name, asLatin1(text), 1)
			add(orNull(DecodeSignedValue(signingSecret, name, text, SignedValueOptions{Now: signedAt, MinVersion: 2})), "decode", signingSecret, name, asLatin1(text), 2)
			add(orNull(DecodeSignedValue(versions, name, text, now)), "decode", versions, name, asLatin1(text), 1)
		}
		if version, ok := GetSignatureKeyVersion(text); ok {
			add(float64(version), "key_version", asLatin1(text))
		} else {
			add(nil, "key_version", asLatin1(text))
		}
	}
	for i, response := range askSigning(t, calls) {
		if response != ours[i] {
			t.Errorf("%v:\n    ours %#v\nTornado %#v", calls[i], ours[i], response)
		}
	}
	t.Logf("%d responses compared", len(calls))
}

// TestXSRFTokensCrossToTornado checks that this package and Tornado read each other's
// tokens.
func TestXSRFTokensCrossToTornado(t *testing.T) { // web-91, web-92, web-93
	raw := func(text string) any {
		if x, ok := parseXSRF(text); ok {
			return hex.EncodeToString(x.token)
		}
		return nil
	}
	texts := []string{"", "0123456789abcdef0123456789ABCDEF", "abc", "not hex", "é", "2|", "2|00000000|0102|5", "2|ffffffff|0102030405|5", "2|x|01|5", "2|00000000|0|5", "2|00000000|01|x",
		"2|00000000|01|5|6", "2|00000000|01", "3|00000000|01|5", "1|00000000|01|5", "02|00000000|01|5", "10|a", "a|b"}
	for range 10 {
		x := &xsrfToken{token: []byte("\x00\x01\xfe\xff456789abcdef"), issued: 1300000000}
		texts = append(texts, x.format(1), x.format(2))
	}
	var calls [][2]any
	for _, text := range texts {
		calls = append(calls, [2]any{"token", []any{text}}, [2]any{"render", []any{text, 1}}, [2]any{"render", []any{text, 2}})
	}
	responses := askSigning(t, calls)
	for i, text := range texts {
		want := raw(text)
		if responses[3*i] != want {
			t.Errorf("%q: Tornado reads %v, we %v", text, responses[3*i], want)
		}
		for _, rendered := range responses[3*i+1 : 3*i+3] {
			got := raw(fmt.Sprint(rendered))
			if want != nil && got != want || want == nil && len(fmt.Sprint(got)) != 2*xsrfTokenSize {
				t.Errorf("%q, shown by Tornado as %v, is %v, want %v", text, rendered, got, want)
			}
		}
	}
}
