package web

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
)

func TestFormatCookie(t *testing.T) {
	at := time.Date(2013, 1, 27, 18, 43, 20, 999, time.FixedZone("", 3600))
	for _, tt := range []struct {
		name, value string
		o           CookieOptions
		want        string // "" is an error
	}{
		{"a", "b", CookieOptions{}, `a=b; Path=/`}, // web-69
		{"a", "b", CookieOptions{Domain: "x.y", Expires: at, HTTPOnly: true, MaxAge: 10, Path: "/p", SameSite: "Lax", Secure: true},
			`a=b; Domain=x.y; expires=Sun, 27 Jan 2013 17:43:20 GMT; HttpOnly; Max-Age=10; Path=/p; SameSite=Lax; Secure`},
		{"a", "b", CookieOptions{MaxAge: -1}, `a=b; Max-Age=-1; Path=/`},
		{"a:b", "c", CookieOptions{}, `a:b=c; Path=/`},
		{"a", "!#$%&'*+-.^_`|~:", CookieOptions{}, "a=!#$%&'*+-.^_`|~:; Path=/"}, // web-70
		{"a", "b=/", CookieOptions{}, `a="b=/"; Path=/`},
		{"a", `q"\`, CookieOptions{}, `a="q\"\\"; Path=/`},
		{"a", "x;y,z\x7f\xc3\xa9", CookieOptions{}, `a="x\073y\054z\177\303\251"; Path=/`},
		{"a", "()<=>?@[]{}/", CookieOptions{}, `a="()<=>?@[]{}/"; Path=/`},
		{"a", "", CookieOptions{}, `a=""; Path=/`},
		{"a", "b c", CookieOptions{}, ""}, // web-71
		{"a", "b\n", CookieOptions{}, ""},
		{"a", "b\x00", CookieOptions{}, ""},
		{"", "b", CookieOptions{}, ""},
		{"a b", "c", CookieOptions{}, ""},
		{"a;", "c", CookieOptions{}, ""},
		{"a=", "c", CookieOptions{}, ""},
		{"é", "c", CookieOptions{}, ""},
		{"Path", "c", CookieOptions{}, ""},
		{"a", "b", CookieOptions{Domain: "x; y"}, ""},
		{"a", "b", CookieOptions{Path: "/ "}, ""},
		{"a", "b", CookieOptions{Path: "/;"}, ""},
		{"a", "b", CookieOptions{SameSite: "Lax\x7f"}, ""},
	} {
		got, err := formatCookie(tt.name, tt.value, tt.o)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q=%q %v:\ngot  %s, %v\nwant %s", tt.name, tt.value, tt.o, got, err, tt.want)
		}
	}
}

// FuzzFormatCookie checks that this package and the standard library parse a cookie to the
// value that was set, without additional cookies.
func FuzzFormatCookie(f *testing.F) {
	f.Add("a", "b", "", "/")
	f.Add("a", `q"\;,`, "x.y", "/p")
	f.Add("a:b", "()<=>?@[]{}/", "x;y", " ")
	f.Add("a", "\xff\x80\x7f", "", "/")
	f.Fuzz(func(t *testing.T, name, value, domain, path string) {
		text, err := formatCookie(name, value, CookieOptions{Domain: domain, Path: path, Secure: true})
		if err != nil {
			return
		}
		if !httputil.IsText(text) {
			t.Fatalf("%q is not a header value", text)
		}
		pair, attributes, _ := strings.Cut(text, "; ")
		if got := httputil.ParseCookie(pair); len(got) != 1 || got[name] != value {
			t.Errorf("%q=%q came back as %q", name, value, got)
		}
		if n := strings.Count(attributes, ";"); n > 2 {
			t.Errorf("%q has %d attributes", text, n+1)
		}
		if c, err := http.ParseSetCookie(text); err == nil && (c.Name != name || !c.Secure) {
			t.Errorf("net/http reads %q as %v", text, c)
		}
	})
}

func TestCookies(t *testing.T) {
	year := regexp.MustCompile(`expires=\w+, \d\d \w+ (\d+) [0-9:]+ GMT`)
	lastYear, nextYear := time.Now().AddDate(0, 0, -365).UTC().Format("2006"), time.Now().AddDate(0, 0, 365).UTC().Format("2006")
	for _, tt := range []struct {
		name string
		do   func(h *probe)
		want string // Set-Cookie lines
	}{
		{"web-69", func(h *probe) { h.SetCookie("a", "b"); h.SetCookie("c", "d", CookieOptions{Secure: true}) }, "a=b; Path=/|c=d; Path=/; Secure"},
		{"web-72", func(h *probe) {
			h.SetCookie("a", "b", CookieOptions{Domain: "x", HTTPOnly: true})
			h.SetCookie("c", "d")
			h.SetCookie("a", "e")
		}, "c=d; Path=/|a=e; Path=/"},
		{"web-73 days", func(h *probe) { h.SetCookie("a", "b", CookieOptions{ExpiresDays: 365}) }, "a=b; expires=" + nextYear + "; Path=/"},
		{"web-73 expires wins", func(h *probe) {
			h.SetCookie("a", "b", CookieOptions{ExpiresDays: 365, Expires: time.Unix(0, 0)})
		}, "a=b; expires=1970; Path=/"},
		{"web-75", func(h *probe) {
			h.ClearCookie("a", CookieOptions{Domain: "x", Path: "/y", MaxAge: 5, ExpiresDays: 7, Expires: time.Unix(0, 0)})
		},
			`a=""; Domain=x; expires=` + lastYear + `; Path=/y`},
		{"web-75 all", func(h *probe) { h.SetCookie("own", "x"); h.ClearAllCookies() }, `own=x; Path=/|k=""; expires=` + lastYear + `; Path=/`},
		{"GetCookie", func(h *probe) { h.SetCookie("got", h.GetCookie("k")+h.GetCookie("absent")+h.GetCookie("absent", "+")) }, "got=v+; Path=/"},
		{"web-71", func(h *probe) { h.SetCookie("a", "b c") }, ""},
		{"http-51 last", func(h *probe) { h.SetCookie("a", "b"); h.SetHeader("Z", "z") }, "a=b; Path=/"},
	} {
		keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { tt.do(h); return nil }), "GET /\nCookie: k=v")
		if got := year.ReplaceAllString(conn.header("Set-Cookie"), "expires=$1"); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
		if fields := conn.headers.Fields(); tt.want != "" && fields[len(fields)-1].Name != "Set-Cookie" {
			t.Errorf("%s: Set-Cookie is not last", tt.name)
		}
	}
}

// TestClearAllCookiesSkipsNamesThatCannotBeSet sends every name that SetCookie refuses.
func TestClearAllCookiesSkipsNamesThatCannotBeSet(t *testing.T) { // web-75
	for _, name := range []string{
		"path", "Path", "PATH", "domain", "expires", "version", "comment", "max-age", "secure", "httponly", "samesite",
		"", "a b", "a/b", "a[0]", "é", "\xff", `"q"`,
	} {
		book := keepLog(t)
		conn := fetch(t, getting(func(h *probe) error { h.ClearAllCookies(); return nil }), "GET /\nCookie: "+name+"=v; k=w")
		if got := conn.header("Set-Cookie"); conn.status != "200 OK" || !strings.HasPrefix(got, `k=""; expires=`) || strings.Contains(got, "|") {
			t.Errorf("%q: %s, Set-Cookie %s, log %s", name, conn, got, book.without("access"))
		}
	}
}

func TestCookiesDoNotReachTheNextRequest(t *testing.T) {
	keepLog(t)
	app := getting(func(h *probe) error {
		if h.Request().Path == "/set" {
			h.SetCookie("a", "b")
		}
		return nil
	})
	for range 3 {
		fetch(t, app, "GET /set")
		if got := fetch(t, app, "GET /").header("Set-Cookie"); got != "" {
			t.Fatalf("got %s", got)
		}
	}
}

func TestSignedCookies(t *testing.T) {
	one, several := Settings{CookieSecret: signingSecret}, Settings{CookieSecrets: map[int]string{1: "a", 5: "b"}, KeyVersion: 5}
	both := Settings{CookieSecret: signingSecret, CookieSecrets: several.CookieSecrets, KeyVersion: 1}
	type set = func(h *probe)
	for _, tt := range []struct {
		name     string
		settings Settings
		set      set
		want     string // the cookie, its decoded value, and its key version
	}{
		{"web-86", one, func(h *probe) { h.SetSignedCookie("k", "v") }, "v2 expires in 30 days, [v] 0 true"},
		{"web-83 bytes", one, func(h *probe) { h.SetSignedCookie("k", "\x00\xff") }, "v2 expires in 30 days, [\x00\xff] 0 true"},
		{"empty", one, func(h *probe) { h.SetSignedCookie("k", "") }, "v2 expires in 30 days, [] 0 true"},
		{"web-85 version 1", one, func(h *probe) { h.SetSignedCookie("k", "v", CookieOptions{Version: 1}) }, "v1 expires in 30 days, [v] 0 false"},
		{"days", one, func(h *probe) { h.SetSignedCookie("k", "v", CookieOptions{ExpiresDays: 2}) }, "v2 expires in 2 days, [v] 0 true"},
		{"session", one, func(h *probe) { h.SetSignedCookie("k", "v", CookieOptions{Session: true, ExpiresDays: 3}) }, "v2 session, [v] 0 true"},
		{"2.2's names", one, func(h *probe) { h.SetSecureCookie("k", "v", CookieOptions{Session: true}) }, "v2 session, [v] 0 true"},
		{"web-84 key version", several, func(h *probe) { h.SetSignedCookie("k", "v") }, "v2 expires in 30 days, [v] 5 true"},
		{"web-84 CookieSecrets wins", both, func(h *probe) { h.SetSignedCookie("k", "v") }, "v2 expires in 30 days, [v] 1 true"},
		{"web-84 a value for another use", several, func(h *probe) {
			h.SetCookie("k", h.CreateSignedValue("k", "v", SignedValueOptions{KeyVersion: 1}))
		}, "v2 session, [v] 1 true"},
		{"unsigned", one, func(h *probe) { h.SetCookie("k", "v") }, "v1 session, none 0 false"},
	} {
		keepLog(t)
		var got string
		app := NewApplication([]URLSpec{URL("/set", probe{do: func(h *probe) error { tt.set(h); return nil }}), URL("/get", probe{do: func(h *probe) error {
			value := h.GetSignedCookie("k")
			if string(value) != string(h.GetSecureCookie("k")) || string(value) != string(h.DecodeSignedValue("k", h.GetCookie("k"))) {
				t.Errorf("%s: the names disagree", tt.name)
			}
			version, ok := h.GetSignedCookieKeyVersion("k")
			if v, o := h.GetSecureCookieKeyVersion("k"); v != version || o != ok {
				t.Errorf("%s: the names disagree", tt.name)
			}
			got = fmt.Sprintf("[%s] %d %v", value, version, ok)
			if value == nil {
				got = fmt.Sprintf("none %d %v", version, ok)
			}
			return nil
		}})}, tt.settings)
		cookie := fetch(t, app, "GET /set").header("Set-Cookie")
		pair, attributes, _ := strings.Cut(cookie, "; ")
		fetch(t, app, "GET /get\nCookie: "+pair)
		version := "v1 "
		if strings.HasPrefix(strings.TrimPrefix(pair, "k="), `2|`) || strings.HasPrefix(pair, `k="2|`) {
			version = "v2 "
		}
		if got := version + lifetime(t, attributes) + ", " + got; got != tt.want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", tt.name, cookie, got, tt.want)
		}
	}
}

// lifetime returns the time from now until the cookie with these attributes expires.
func lifetime(t *testing.T, attributes string) string {
	_, expires, ok := strings.Cut(attributes, "expires=")
	if !ok {
		return "session"
	}
	expires, _, _ = strings.Cut(expires, ";")
	at, err := http.ParseTime(expires)
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprintf("expires in %.0f days", time.Until(at).Hours()/24)
}

func TestSignedCookiesNeedASecret(t *testing.T) { // web-87, web-84
	for _, tt := range []struct {
		name, log string
		settings  Settings
		do        func(h *probe)
	}{
		{"set", "web: signed cookies need a secret", Settings{}, func(h *probe) { h.SetSignedCookie("a", "b") }},
		{"get", "web: signed cookies need a secret", Settings{}, func(h *probe) { h.GetSignedCookie("absent") }},
		{"key version", "web: signed cookies need a secret", Settings{}, func(h *probe) { h.GetSignedCookieKeyVersion("absent") }},
		{"KeyVersion", "web: no secret has the key version 0", Settings{CookieSecrets: map[int]string{1: "a"}}, func(h *probe) { h.SetSignedCookie("a", "b") }},
		{"version", "web: signed values have no version 7", Settings{CookieSecret: "s"}, func(h *probe) { h.SetSignedCookie("a", "b", CookieOptions{Version: 7}) }},
	} {
		book := keepLog(t)
		app := NewApplication([]URLSpec{URL("/", probe{do: func(h *probe) error { tt.do(h); return nil }})}, tt.settings)
		if got := fetch(t, app, "GET /").String(); got != errorPage500 {
			t.Errorf("%s: %s", tt.name, got)
		}
		if log := book.without("access"); !strings.Contains(log, tt.log) {
			t.Errorf("%s: log %s", tt.name, log)
		}
	}
}
