package web

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// These constants are one token in all its forms.
const (
	xsrfV1    = "303132333435363738396162636465ff"
	xsrfV2    = "2|00000000|303132333435363738396162636465ff|1300000000"
	xsrfV2b   = "2|ffffffff|cfcecdcccbcac9c8c7c69e9d9c9b9a00|5"
	xsrfOther = "2|00000000|003132333435363738396162636465ff|1300000000"
)

func TestCheckXSRFCookie(t *testing.T) {
	const missing, invalid, mismatch = "'_xsrf' argument missing from POST", "'_xsrf' argument has invalid format", "XSRF cookie does not match POST argument"
	const form = "\nContent-Type: application/x-www-form-urlencoded"
	escaped := strings.ReplaceAll(xsrfV2, "|", "%7C")
	for _, tt := range []struct{ name, request, log string }{ // log "" is 200
		{"web-88", "GET /", ""},
		{"web-88", "HEAD /", ""},
		{"web-88", "OPTIONS /", ""},
		{"web-88", "POST /", missing},
		{"web-88", "PUT /", missing},
		{"web-88", "PATCH /", missing},
		{"web-88", "DELETE /", missing},
		{"web-90 without anything sent", "POST /\nCookie: _xsrf=" + xsrfV2, missing},
		{"web-90 without a cookie", "POST /?_xsrf=" + escaped, mismatch},
		{"web-89 query", "POST /?_xsrf=" + escaped + "\nCookie: _xsrf=" + xsrfV2, ""},
		{"web-89 body", "POST /\nCookie: _xsrf=" + xsrfV2 + form + "\n\n_xsrf=" + escaped, ""},
		{"web-89 header", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfV2, ""},
		{"web-89 Django's header", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-CSRFToken: " + xsrfV2, ""},
		{"web-89 first header", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-CSRFToken: " + xsrfV2 + "\nX-XSRFToken: " + xsrfOther, mismatch},
		{"web-89 argument wins", "POST /?_xsrf=x\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfV2, mismatch},
		{"web-89 empty argument", "POST /?_xsrf=\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfV2, ""},
		{"web-95 another mask", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfV2b, ""},
		{"web-95 another version", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfV1, ""},
		{"web-95 another version", "POST /\nCookie: _xsrf=" + xsrfV1 + "\nX-XSRFToken: " + xsrfV2b, ""},
		{"web-95 another user", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: " + xsrfOther, mismatch},
		{"web-95 a prefix", "POST /\nCookie: _xsrf=" + xsrfV1 + "\nX-XSRFToken: " + xsrfV1[:30], mismatch},
		{"web-92 short", "POST /\nCookie: _xsrf=01\nX-XSRFToken: 01", ""},
		{"web-92 not hex", "POST /\nCookie: _xsrf=xyz\nX-XSRFToken: xyz", ""},
		{"web-92 capitals", "POST /\nCookie: _xsrf=" + xsrfV1 + "\nX-XSRFToken: " + strings.ToUpper(xsrfV1), ""},
		{"web-99", "POST /\nCookie: _xsrf=" + xsrfV1 + "\nX-XSRFToken: " + xsrfV1, ""},
		{"web-93 argument", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: 2|00000000|", invalid},
		{"web-93 argument", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: 3|00000000|01|5", invalid},
		{"web-93 argument", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: 2|000000|01|5", invalid},
		{"web-93 empty token", "POST /\nCookie: _xsrf=" + xsrfV2 + "\nX-XSRFToken: 2|00000000||5", invalid},
		{"web-93 cookie", "POST /\nCookie: _xsrf=2|x\nX-XSRFToken: " + xsrfV2, mismatch},
		{"empty tokens do not match", "POST /\nCookie: _xsrf=2|00000000||5\nX-XSRFToken: " + xsrfV2, mismatch},
		{"web-63", "POST /?_xsrf=%E9", `Invalid unicode in _xsrf: "\xe9"`},
	} {
		book := keepLog(t)
		ran := false
		app := NewApplication([]URLSpec{URL("/", xsrfPage{probe{
			prepare: func(h *probe) error { ran = true; return nil },
			do:      func(h *probe) error { return nil },
		}})}, Settings{XSRFCookies: true})
		conn := fetch(t, app, tt.request)
		method, _, _ := strings.Cut(tt.request, " ")
		_, log, _ := strings.Cut(book.without("access"), "): ")
		if log != tt.log || ran != (tt.log == "") || (conn.status == "200 OK") != ran {
			t.Errorf("%s: %s: %s, log %q, want %q; Prepare ran: %v", tt.name, tt.request, conn.status, log, tt.log, ran) // web-4
		}
		if tt.log == missing && book.records[0] != "WARN general: 403 "+method+" / (127.0.0.1): "+missing {
			t.Errorf("%s: log %s", tt.name, book.records[0])
		}
	}
}

// An xsrfPage handles every method alike.
type xsrfPage struct{ probe }

func (h *xsrfPage) Put(args ...string) error     { return h.Get(args...) }
func (h *xsrfPage) Patch(args ...string) error   { return h.Get(args...) }
func (h *xsrfPage) Delete(args ...string) error  { return h.Get(args...) }
func (h *xsrfPage) Options(args ...string) error { return h.Get(args...) }

// unchecked is a handler that does not check tokens.
type unchecked struct{ probe }

func (h *unchecked) CheckXSRFCookie() error { return nil }

func TestXSRFIsNotChecked(t *testing.T) {
	ok := probe{do: func(h *probe) error { return nil }}
	for _, tt := range []struct {
		name, path string
		settings   Settings
		want       string
	}{
		{"web-88 off", "/checked", Settings{}, "200 OK"},
		{"web-88 on", "/checked", Settings{XSRFCookies: true}, "403 Forbidden"},
		{"hook", "/unchecked", Settings{XSRFCookies: true}, "200 OK"},
		{"web-98", "/gone", Settings{XSRFCookies: true}, "410 Gone"},
		{"web-98", "/unknown", Settings{XSRFCookies: true}, "404 Not Found"},
	} {
		keepLog(t)
		app := NewApplication([]URLSpec{URL("/checked", ok), URL("/unchecked", unchecked{ok}), URL("/gone", ErrorHandler{StatusCode: 410})}, tt.settings)
		if got := fetch(t, app, "POST "+tt.path).status; got != tt.want {
			t.Errorf("%s: POST %s: got %s, want %s", tt.name, tt.path, got, tt.want)
		}
	}
}

// tokenShown matches a token of each version.
var (
	tokenV1 = regexp.MustCompile(`^[0-9a-f]{32}$`)
	tokenV2 = regexp.MustCompile(`^2\|[0-9a-f]{8}\|[0-9a-f]{32}\|\d{10}$`)
)

func TestXSRFToken(t *testing.T) {
	in30 := regexp.MustCompile(`; expires=[^;]+`)
	for _, tt := range []struct {
		name, cookie string
		settings     Settings
		user         any
		form         *regexp.Regexp
		attributes   string // "" means no cookie
	}{
		{"web-91 new", "", Settings{}, nil, tokenV2, "Path=/"},
		{"web-92 new", "", Settings{XSRFCookieVersion: 1}, nil, tokenV1, "Path=/"},
		{"web-94 version 1 is kept", "_xsrf=" + xsrfV1, Settings{}, nil, tokenV2, ""},
		{"web-94 version 2 is kept", "_xsrf=" + xsrfV2, Settings{XSRFCookieVersion: 1}, nil, tokenV1, ""},
		{"web-93 broken", "_xsrf=2|x", Settings{}, nil, tokenV2, "Path=/"},
		{"web-93 unknown version", "_xsrf=3|00000000|01|5", Settings{}, nil, tokenV2, "Path=/"},
		{"web-96 kwargs", "", Settings{XSRFCookieKwargs: CookieOptions{HTTPOnly: true, SameSite: "Lax", ExpiresDays: 5}}, nil, tokenV2, "expires; HttpOnly; Path=/; SameSite=Lax"},
		{"web-96 user", "", Settings{}, "ben", tokenV2, "expires; Path=/"},
		{"web-96 session on demand", "", Settings{XSRFCookieKwargs: CookieOptions{Session: true}}, "ben", tokenV2, "Path=/"},
		{"web-96 no user", "", Settings{}, "", tokenV2, "Path=/"},
		{"web-97", "_xsrf=" + xsrfV1, Settings{XSRFCookieName: "__Host-xsrf"}, nil, tokenV2, "Path=/"},
	} {
		keepLog(t)
		var token, html string
		app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error {
			h.SetCurrentUser(tt.user)
			token, html = h.XSRFToken(), h.XSRFFormHTML()
			return nil
		}})}, tt.settings)
		conn := fetch(t, app, "GET /\nCookie: "+tt.cookie)
		if !tt.form.MatchString(token) {
			t.Errorf("%s: token %s", tt.name, token)
		}
		if want := `<input type="hidden" name="_xsrf" value="` + token + `"/>`; html != want { // web-167
			t.Errorf("%s: form %s", tt.name, html)
		}
		name, rest, _ := strings.Cut(conn.header("Set-Cookie"), "=")
		value, attributes, _ := strings.Cut(rest, "; ")
		if got := in30.ReplaceAllString("; "+attributes, "; expires"); got != "; "+tt.attributes {
			t.Errorf("%s: cookie %s", tt.name, conn.header("Set-Cookie"))
		}
		if tt.attributes == "" {
			continue
		}
		if want := app.Settings().XSRFCookieName; name != want || value != token {
			t.Errorf("%s: cookie %s=%s", tt.name, name, value)
		}
		post := fmt.Sprintf("POST /\nCookie: %s=%s\nX-XSRFToken: %s", name, value, token)
		if got := fetch(t, NewApplication([]URLSpec{URL("/", probe{do: func(*probe) error { return nil }})},
			Settings{XSRFCookies: true, XSRFCookieName: tt.settings.XSRFCookieName}), post); got.status != "200 OK" {
			t.Errorf("%s: %s: %s", tt.name, post, got.status)
		}
	}
}

func TestXSRFTokensDoNotReachTheNextRequest(t *testing.T) { // web-91, web-95
	keepLog(t)
	var tokens []string
	app := getting(func(h *probe) error {
		tokens = append(tokens, h.XSRFToken())
		if h.XSRFToken() != tokens[len(tokens)-1] {
			t.Error("two tokens in one response")
		}
		return nil
	})
	for range 3 {
		fetch(t, app, "GET /")
		fetch(t, app, "GET /\nCookie: _xsrf="+xsrfV1)
	}
	raw := map[string]bool{}
	for i, text := range tokens {
		x, ok := parseXSRF(text)
		if !ok || i%2 == 1 && string(x.token) != "0123456789abcde\xff" {
			t.Errorf("%d: %s is %q", i, text, x.token)
		}
		raw[string(x.token)] = true
		if tokens[(i+1)%len(tokens)] == text || tokens[(i+2)%len(tokens)] == text {
			t.Errorf("%s was shown twice", text) // a new mask each time
		}
	}
	if len(raw) != 4 {
		t.Errorf("%d tokens for 3 new clients and a known one", len(raw))
	}
}

func TestWrongXSRFSettingsPanic(t *testing.T) {
	for want, s := range map[string]Settings{
		"web: Settings.XSRFCookieVersion: tokens have no version 3: use 1 or 2":  {XSRFCookieVersion: 3},
		`web: Settings.XSRFCookieName, XSRFCookieKwargs: web: cookie name "a b"`: {XSRFCookieName: "a b"},
		`web: Settings.XSRFCookieName, XSRFCookieKwargs: web: cookie _xsrf: att`: {XSRFCookieKwargs: CookieOptions{Domain: "a;b"}},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, want) {
					t.Errorf("got %s, want %s", got, want)
				}
			}()
			NewApplication(nil, s)
		}()
	}
}

// FuzzParseXSRF checks that a parsed token can be formatted in either version and parsed
// again.
func FuzzParseXSRF(f *testing.F) {
	for _, seed := range []string{xsrfV1, xsrfV2, xsrfV2b, "", "xyz", "2|", "2|00000000||5", "3|00000000|01|5", "2|00000000|01|99999999999999999999", "01\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, ok := parseXSRF(text)
		if !ok {
			return
		}
		if len(x.token) == 0 {
			t.Fatalf("%q is an empty token", text)
		}
		for _, version := range []int{1, 2} {
			again, ok := parseXSRF(x.format(version))
			if !ok || !bytes.Equal(again.token, x.token) || version == 2 && again.issued != x.issued {
				t.Errorf("%q shown as %q is %v, %v", text, x.format(version), again, ok)
			}
		}
	})
}
