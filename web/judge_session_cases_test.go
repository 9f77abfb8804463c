package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/web"
)

const (
	judgeSecret = "It's a secret of the judge"
	xsrfA       = "303132333435363738396162636465ff" // of version 1
	xsrfA2      = "2|ffffffff|cfcecdcccbcac9c8c7c69e9d9c9b9a00|1300000000"
	xsrfB2      = "2|00000000|003132333435363738396162636465ff|1300000000"
)

// withCookie returns a GET request with a cookie.
func withCookie(target, cookie string) string { return judgeGet(target, "Cookie: "+cookie) }

var setCookieCases = []judgeCase{
	{"web-69 plain", judgeGet("/set?n=a&v=b"), ""},
	{"web-69 all", judgeGet("/set?n=a&v=b&domain=example.com&at=1359312200&httponly=1&max_age=10&path=/p&samesite=Strict&secure=1"), ""},
	{"web-69 domain", judgeGet("/set?n=a&v=b&domain=example.com"), ""},
	{"web-69 path", judgeGet("/set?n=a&v=b&path=/foo"), ""},
	{"web-70 letters", judgeGet("/set?n=a&v=" + url.QueryEscape("!#$%&'*+-.^_`|~:")), ""},
	{"web-70 base64", judgeGet("/set?n=a&v=" + url.QueryEscape("ab/c==")), ""},
	{"web-70 semicolon", judgeGet("/set?n=a&v=" + url.QueryEscape("a;b,c")), ""},
	{"web-70 quotes", judgeGet("/set?n=a&v=" + url.QueryEscape(`a"b\c`)), ""},
	{"web-70 brackets", judgeGet("/set?n=a&v=" + url.QueryEscape("()<>@[]?={}/")), ""},
	{"web-70 DEL", judgeGet("/set?n=a&v=x%7Fy"), ""},
	{"web-70 empty", judgeGet("/set?n=a&v="), ""},
	{"web-70 not ASCII", judgeGet("/set?n=a&v=%C3%A9"), "web-70: 200 open"},
	{"web-71 space", judgeGet("/set?n=a&v=b+c"), ""},
	{"web-71 space in the name", judgeGet("/set?n=a+b&v=c"), ""},
	{"web-71 semicolon in the name", judgeGet("/set?n=a%3Bb&v=c"), ""},
	{"web-71 a name that is an attribute", judgeGet("/set?n=Path&v=c"), ""},
	{"web-71 empty name", judgeGet("/set?n=&v=c"), ""},
	{"web-71 equals sign in the name", judgeGet("/set?n=a%3Db&v=c"), ""},
	{"web-71 domain", judgeGet("/set?n=a&v=b&domain=x%3By"), "6.5: 500 open"},
	{"web-71 path", judgeGet("/set?n=a&v=b&path=/%3By"), "6.5: 500 open"},
	{"web-71 samesite", judgeGet("/set?n=a&v=b&samesite=Lax%3By"), "6.5: 500 open"},
	{"web-72 twice", judgeGet("/set/page?c=a=1&c=b=2&c=a=3"), ""},
	{"web-72 case matters", judgeGet("/set/page?c=a=1&c=A=2"), ""},
	{"web-22 on an error page", judgeGet("/set/error?c=a=1"), ""},
	{"web-22 after Clear", judgeGet("/set/clear?c=a=1"), ""},
	{"web-37 too late", judgeGet("/set/flush?c=a=1"), ""},
	{"on a redirect", judgeGet("/set/redirect?c=a=1"), ""},
	{"to HEAD", judgeRequest("HEAD", "/set/page?c=a=1", nil, ""), ""},
	{"web-73 max_age", judgeGet("/set?n=a&v=b&max_age=5"), ""},
	{"web-73 max_age 0", judgeGet("/set?n=a&v=b&max_age=0"), "6.5: 200 open"},
	{"web-73 expires", judgeGet("/set?n=a&v=b&at=1359312200"), ""},
	{"web-73 expires wins", judgeGet("/set?n=a&v=b&at=1359312200&days=5"), ""},
	{"web-74 false flags", judgeGet("/set?n=a&v=b&httponly=0&secure=0"), ""},
	{"web-74 true flags", judgeGet("/set?n=a&v=b&httponly=1&secure=1"), ""},
	{"get", withCookie("/cookie/a", "a=b; c=d"), ""},
	{"get absent", withCookie("/cookie/x", "a=b"), ""},
	{"get quoted", withCookie("/cookie/a", `a="b\073c"`), ""},
	{"get none", judgeGet("/cookie/a"), ""},
}

// expiringCases have dates in their responses.
var expiringCases = []judgeCase{
	{"web-73 expires_days", judgeGet("/set?n=a&v=b&days=10"), ""},
	{"web-73 half a day", judgeGet("/set?n=a&v=b&days=0.5"), ""},
	{"web-75 clear", judgeGet("/clear/a"), ""},
	{"web-75 clear all", withCookie("/clear/all", "a=b; c=d; e=f"), ""},
	{"web-75 clear none", judgeGet("/clear/all"), ""},
	{"web-86 set", judgeGet("/signed/set"), ""},
	{"web-86 session", judgeGet("/signed/session"), ""},
	{"web-76 version 1", judgeGet("/signed/old"), ""},
	{"web-83 bytes", judgeGet("/signed/bytes"), ""},
}

// signedCases returns cases with signed values, which both servers must read.
func signedCases(t *testing.T) []judgeCase {
	sign := func(value string, o web.SignedValueOptions) string {
		text, err := web.CreateSignedValue(judgeSecret, "k", value, o)
		require.NoError(t, err)
		return text
	}
	v1, v2 := sign("v", web.SignedValueOptions{Version: 1}), sign("v", web.SignedValueOptions{})
	old := func(version, hours int) string {
		return sign("old", web.SignedValueOptions{Version: version, Now: time.Now().Add(-time.Duration(hours) * time.Hour)})
	}
	quoted := func(s string) string { return `k="` + s + `"` }
	other, err := web.CreateSignedValue("other", "k", "v")
	require.NoError(t, err)
	renamed, err := web.CreateSignedValue(judgeSecret, "j", "v")
	require.NoError(t, err)
	return []judgeCase{
		{"web-76 version 1", withCookie("/signed/get", quoted(v1)), ""},
		{"web-77 version 2", withCookie("/signed/get", quoted(v2)), ""},
		{"web-77 without quotes", withCookie("/signed/get", "k="+v2), ""},
		{"web-83 bytes", withCookie("/signed/get", quoted(sign("\x00\xff\n;é", web.SignedValueOptions{}))), ""},
		{"empty", withCookie("/signed/get", quoted(sign("", web.SignedValueOptions{}))), ""},
		{"absent", judgeGet("/signed/get"), ""},
		{"empty cookie", withCookie("/signed/get", "k="), ""},
		{"not signed", withCookie("/signed/get", "k=v"), ""},
		{"web-81 signature", withCookie("/signed/get", quoted(v2[:len(v2)-2]+"xx")), ""},
		{"web-81 other secret", withCookie("/signed/get", quoted(other)), ""},
		{"web-81 other name", withCookie("/signed/get", quoted(renamed)), ""},
		{"web-82 signature", withCookie("/signed/get", quoted(v1[:len(v1)-2]+"xx")), ""},
		{"web-82 future", withCookie("/signed/get", quoted(old(1, -32*24))), ""},
		{"web-81 future", withCookie("/signed/get", quoted(old(2, -32*24))), ""},
		{"web-86 30 days", withCookie("/signed/get", quoted(old(2, 30*24))), ""},
		{"web-86 32 days", withCookie("/signed/get", quoted(old(2, 32*24))), ""},
		{"web-82 32 days", withCookie("/signed/get", quoted(old(1, 32*24))), ""},
		{"max_age_days", withCookie("/signed/get?days=0.5", quoted(old(2, 13))), ""},
		{"max_age_days", withCookie("/signed/get?days=0.5", quoted(old(2, 11))), ""},
		{"max_age_days", withCookie("/signed/get?days=100", quoted(old(1, 99*24))), ""},
		{"web-80 min_version", withCookie("/signed/get?min=2", quoted(v1)), ""},
		{"web-80 min_version", withCookie("/signed/get?min=2", quoted(v2)), ""},
		{"web-80 min_version that is none", withCookie("/signed/get?min=3", quoted(v2)), ""},
		{"web-80 version 3", withCookie("/signed/get", quoted("3"+v2[1:])), ""},
		{"web-85", withCookie("/signed/version", quoted(v2)), ""},
		{"web-85 version 1", withCookie("/signed/version", quoted(v1)), ""},
		{"web-85 malformed", withCookie("/signed/version", "k=2|x"), ""},
		{"web-85 absent", judgeGet("/signed/version"), ""},
		{"a value", judgeGet("/signed/value?v=" + url.QueryEscape(v2)), ""},
		{"a value that is none", judgeGet("/signed/value?v=x"), ""},
	}
}

// keyCases returns cases for an application with several secrets.
func keyCases(t *testing.T) []judgeCase {
	sign := func(secrets map[int]string, key int) string {
		text, err := web.CreateSignedValue(secrets, "k", "v", web.SignedValueOptions{KeyVersion: key})
		require.NoError(t, err)
		return `k="` + text + `"`
	}
	secrets := map[int]string{0: "a", 5: "b", 7: "b"}
	old, err := web.CreateSignedValue("a", "k", "v", web.SignedValueOptions{Version: 1})
	require.NoError(t, err)
	return []judgeCase{
		{"web-84 current", withCookie("/signed/get", sign(secrets, 5)), ""},
		{"web-84 other", withCookie("/signed/get", sign(secrets, 0)), ""},
		{"web-84 unknown", withCookie("/signed/get", sign(secrets, 7)), ""},
		{"web-84 wrong", withCookie("/signed/get", sign(map[int]string{5: "a"}, 5)), ""},
		{"web-85", withCookie("/signed/version", sign(secrets, 5)), ""},
		{"web-85 unknown", withCookie("/signed/version", sign(secrets, 7)), ""},
		{"web-84 version 1", withCookie("/signed/get", `k="`+old+`"`), "web-84: 200 open"},
		{"web-84 making version 1", judgeGet("/signed/old"), ""},
	}
}

// plainCases are for an application without a secret and a login page.
var plainCases = []judgeCase{
	{"web-87 get", judgeGet("/signed/get"), ""},
	{"web-87 set", judgeGet("/signed/set"), ""},
	{"web-103 no login page", judgeGet("/member"), ""},
	{"web-103 no login page needed", withCookie("/member", "user=ben"), ""},
	{"web-88 off", judgePost("/form", judgeForm, "a=1"), ""},
}

var guardCases = []judgeCase{
	{"web-103 GET", judgeGet("/member"), ""},
	{"web-103 query", judgeGet("/member/x%20y?a=b&c=%2F+"), ""},
	{"web-103 HEAD", judgeRequest("HEAD", "/member", nil, ""), ""},
	{"web-103 POST", judgePost("/member", judgeForm, "a=1"), ""},
	{"web-103 PUT", judgeRequest("PUT", "/member", []string{"Content-Length: 0"}, ""), ""},
	{"web-103 OPTIONS", judgeRequest("OPTIONS", "/member", nil, ""), ""},
	{"web-103 logged in", withCookie("/member", "user=ben"), ""},
	{"web-103 POST, logged in", judgePost("/member", judgeForm, "a=1", "Cookie: user=ben"), ""},
	{"web-107 empty", withCookie("/member", `user=""`), ""},
	{"web-103 absolute", judgeGet("/elsewhere?a=b"), ""},
	{"web-103 with a query", judgeGet("/asks?a=b"), ""},
	{"web-104 add", judgeGet("/slash"), ""},
	{"web-104 add, query", judgeGet("/slash?a=b/&c"), ""},
	{"web-104 add, HEAD", judgeRequest("HEAD", "/slash", nil, ""), ""},
	{"web-104 add, POST", judgePost("/slash", judgeForm, ""), ""},
	{"web-104 added", judgeGet("/slash/"), ""},
	{"web-104 added, POST", judgePost("/slash/", judgeForm, ""), ""},
	{"web-104 remove", judgeGet("/unslashed/"), ""},
	{"web-104 remove many", judgeGet("/unslashed///?a=/"), ""},
	{"web-104 remove, HEAD", judgeRequest("HEAD", "/unslashed/", nil, ""), ""},
	{"web-104 remove, POST", judgePost("/unslashed/", judgeForm, ""), ""},
	{"web-104 removed", judgeGet("/unslashed"), ""},
	{"web-104 slashes only", judgeGet("/"), ""},
	{"web-104 slashes only", judgeGet("///"), ""},
	{"web-104 slashes only, POST", judgePost("/", judgeForm, ""), ""},
	{"web-105 GET", judgeGet("/old"), ""},
	{"web-105 HEAD", judgeRequest("HEAD", "/old", nil, ""), ""},
	{"web-105 POST", judgePost("/old", judgeForm, ""), ""},
	{"web-105 temporary", judgeGet("/for-now"), ""},
	{"web-105 query", judgeGet("/old?a=1&b=%20+x&c"), ""},
	{"web-105 both queries", judgeGet("/query?a=1"), ""},
	{"web-105 repeated arguments", judgeGet("/old?a=1&b=2&a=3"), "web-105: 301 open"},
	{"web-105 groups", judgeGet("/move/a/b/c/d"), ""},
	{"web-105 encoded groups", judgeGet("/move/a%2Fb/%20/%41"), ""},
	{"web-105 named", judgeGet("/move-named/x"), ""},
	{"web-105 to another host", judgeGet("/away//evil.example"), "web-105: 301 open"},
	{"ErrorHandler", judgeGet("/gone"), ""},
	{"ErrorHandler, POST", judgePost("/gone", judgeForm, "a=1"), ""},
	{"no such page", judgeGet("/none"), ""},
	{"web-100 temporary", judgeGet("/redirect/temporary"), ""},
	{"web-100 permanent", judgeGet("/redirect/permanent"), ""},
	{"web-100 307", judgePost("/redirect/307", judgeForm, ""), ""},
	{"web-100 303, HEAD", judgeRequest("HEAD", "/redirect/303", nil, ""), ""},
	{"web-100 300", judgeGet("/redirect/300"), ""},
	{"web-100 399", judgeGet("/redirect/399"), ""},
	{"web-100 200", judgeGet("/redirect/200"), ""},
	{"web-100 400", judgeGet("/redirect/400"), ""},
	{"web-100 byte for byte", judgeGet("/redirect/302?to=" + url.QueryEscape("//x/../%zz?a=b c&d\"")), ""},
	{"web-100 line break", judgeGet("/redirect/302?to=a%0Ab"), ""},
}

var argumentCases = []judgeCase{
	{"web-64 last", judgeGet("/arg/need?a=1&a=2"), ""},
	{"web-60 missing", judgeGet("/arg/need?b=1"), ""},
	{"web-64 default", judgeGet("/arg/default"), ""},
	{"web-64 blank does not mean the default", judgeGet("/arg/default?a="), ""},
	{"web-60 caught", judgeGet("/arg/catch"), ""},
	{"web-63 strip", judgeGet("/arg/list?a=+1+&a=%092%0A&a=%C2%A03%E3%80%80"), ""},
	{"web-63 no strip", judgeGet("/arg/raw?a=+1+&a=%092%0A"), ""},
	{"web-63 controls", judgeGet("/arg/raw?a=%00%01%08%09%0A%0B%0C%0D%0E%1Fx%7F%C2%85"), ""},
	{"web-63 controls, then strip", judgeGet("/arg/list?a=%00x%1F"), ""},
	{"web-63 no UTF-8", judgeGet("/arg/need?a=%E9"), ""},
	{"web-63 no UTF-8 elsewhere", judgeGet("/arg/need?a=1&b=%E9"), ""},
	{"web-63 surrogate", judgeGet("/arg/need?a=%ED%A0%80"), ""},
	{"web-63 no UTF-8, not the last", judgeGet("/arg/need?a=%E9&a=1"), ""},
	{"web-63 no UTF-8 in a list", judgeGet("/arg/list?a=%E9&a=1"), ""},
	{"web-63 text", judgeGet("/arg/need?a=%C3%A9%F0%9F%98%80"), ""},
	{"web-65 body wins", judgePost("/arg/need?a=q", judgeForm, "a=b"), ""},
	{"web-65 all", judgePost("/arg/list?a=q", judgeForm, "a=b&a=c"), ""},
	{"query only", judgePost("/arg/query?a=q", judgeForm, "a=b"), ""},
	{"query only, missing", judgePost("/arg/query", judgeForm, "a=b"), ""},
	{"body only", judgePost("/arg/body?a=q", judgeForm, "a=b"), ""},
	{"body only, missing", judgePost("/arg/body?a=q", judgeForm, "b=b"), ""},
	{"both lists", judgePost("/arg/bodies?a=1&a=2", judgeForm, "a=3&a=4"), ""},
	{"PUT", judgeRequest("PUT", "/arg/need", []string{"Content-Type: " + judgeForm, "Content-Length: 3"}, "a=b"), ""},
	{"DELETE", judgeRequest("DELETE", "/arg/need?a=1", nil, ""), ""},
	{"another type", judgePost("/arg/need", "text/plain", "a=b"), ""},
	{"web-66 groups", judgeGet("/path/a%2Fb+c/5"), ""},
	{"web-66 optional", judgeGet("/path/%C3%A9/"), ""},
	{"web-66 controls stay", judgeGet("/path/%00%1Fx/5"), ""},
	{"web-66 question mark", judgeGet("/path/%3F/5?x"), ""},
	{"web-66 named", judgeGet("/named/x/y%20z"), ""},
	{"web-67", judgeGet("/path/%E9/5"), ""},
	{"web-67 named", judgeGet("/named/%E9/x"), ""},
	{"JSON", judgePost("/json", "application/json", `{"a": [1, "é", null, true]}`), ""},
	{"JSON of any type", judgePost("/json", judgeForm, "[1]"), ""},
	{"JSON, none", judgePost("/json", "application/json", ""), ""},
	{"JSON, broken", judgePost("/json", "application/json", `{"a": }`), ""},
	{"JSON, cut short", judgePost("/json", "application/json", `{"a": 1`), ""},
	{"JSON, two values", judgePost("/json", "application/json", `1 2`), ""},
	{"JSON, no UTF-8", judgePost("/json", "application/json", "\"\xe9\""), ""},
}

var errorCases = []judgeCase{
	{"web-50", judgeGet("/fail/plain"), ""},
	{"web-50 HEAD", judgeRequest("HEAD", "/fail/plain", nil, ""), ""},
	{"web-45", judgeGet("/fail/message"), ""},
	{"web-46", judgeGet("/fail/percent"), ""},
	{"web-58", judgeGet("/fail/reason"), ""},
	{"web-57", judgeGet("/fail/unknown"), ""},
	{"web-56", judgeGet("/fail/unmodified"), ""},
	{"web-49", judgeGet("/fail/other"), ""},
	{"web-59", judgeGet("/fail/finish"), ""},
	{"web-59 chunk", judgeGet("/fail/chunk"), ""},
	{"web-59 object", judgeGet("/fail/object"), ""},
	{"web-52", judgeGet("/fail/send"), ""},
	{"web-56 send_error", judgeGet("/fail/bare"), ""},
	{"web-55", judgeGet("/fail/late"), ""},
	{"web-16", judgeGet("/fail/ended"), ""},
	{"web-15 twice", judgeGet("/fail/twice"), ""},
	{"web-15 write", judgeGet("/fail/write"), ""},
	{"web-26 float", judgeGet("/fail/float"), ""},
	{"web-26 line break", judgeGet("/fail/newline"), ""},
	{"web-26 control", judgeGet("/fail/control"), ""},
	{"web-33 body of 204", judgeGet("/fail/body"), ""},
	{"web-101", judgeGet("/fail/redirect"), ""},
	{"web-100", judgeGet("/fail/nowhere"), ""},
	{"web-60", judgePost("/fail/missing", judgeForm, ""), ""},
	{"web-52 own page", judgeGet("/page/json"), ""},
	{"web-52 own status", judgeGet("/page/status"), ""},
	{"web-52 own header, no page", judgeGet("/page/header"), ""},
	{"web-52 without a cause", judgeGet("/page/send"), ""},
	{"web-53", judgeGet("/page/fail"), ""},
	{"web-23 200", judgeGet("/status/200"), ""},
	{"web-23 unknown", judgeGet("/status/682"), ""},
	{"web-25 413", judgeGet("/status/413"), ""},
	{"web-25 414", judgeGet("/status/414"), ""},
	{"web-25 416", judgeGet("/status/416"), ""},
	{"web-25 418", judgeGet("/status/418"), ""},
	{"web-25 422", judgeGet("/status/422"), ""},
	{"web-24 own", judgeGet("/status/400/Gone%20fishing"), ""},
	{"web-24 markup", judgeGet("/status/400/%3Cb%3E"), ""},
	{"web-24 line break", judgeGet("/status/400/OK%0D%0AX:%20y"), ""},
	{"web-26 types", judgeGet("/header/types"), ""},
	{"web-28 lines", judgeGet("/header/lines"), ""},
	{"web-28 cleared", judgeGet("/header/cleared"), ""},
	{"web-28 cleared lines", judgeGet("/header/cleared-lines"), "web-28: 200 open"},
	{"web-26 tab", judgeGet("/header/tab"), "6.5: 200 open"},
	{"web-37 late", judgeGet("/header/late"), ""},
	{"web-29", judgeGet("/header/json"), ""},
	{"web-29 type set later", judgeGet("/header/typed"), ""},
	{"web-22", judgeGet("/header/reset"), ""},
	{"web-33 204", judgeGet("/header/nothing"), ""},
}

// xsrfCases are requests with a token to check; tokenCases are responses that show a token.
func xsrfCases() []judgeCase {
	escape := url.QueryEscape
	post := func(target, body string, headers ...string) string {
		return judgePost(target, judgeForm, body, headers...)
	}
	const cookie = "Cookie: _xsrf=" + xsrfA2
	return []judgeCase{
		{"web-90 nothing", post("/form", "a=1"), ""},
		{"web-90 no argument", post("/form", "a=1", cookie), ""},
		{"web-90 no cookie", post("/form", "_xsrf="+escape(xsrfA2)), ""},
		{"web-89 body", post("/form", "_xsrf="+escape(xsrfA2), cookie), ""},
		{"web-89 query", post("/form?_xsrf="+escape(xsrfA2), "", cookie), ""},
		{"web-89 header", post("/form", "", cookie, "X-XSRFToken: "+xsrfA2), ""},
		{"web-89 Django's header", post("/form", "", cookie, "X-CSRFToken: "+xsrfA2), ""},
		{"web-89 header that is wrong, Django's right", post("/form", "", cookie, "X-CSRFToken: "+xsrfA2, "X-XSRFToken: x"), ""},
		{"web-89 two headers of one name", post("/form", "", cookie, "X-XSRFToken: "+xsrfA2, "X-XSRFToken: "+xsrfA2), ""},
		{"web-89 argument first", post("/form", "_xsrf=x", cookie, "X-XSRFToken: "+xsrfA2), ""},
		{"web-89 last argument", post("/form?_xsrf=x", "_xsrf="+escape(xsrfA2), cookie), ""},
		{"web-89 JSON", judgePost("/form", "application/json", "{}", cookie, "X-XSRFToken: "+xsrfA2), ""},
		{"web-89 space around", post("/form", "_xsrf=+"+escape(xsrfA2)+"+", cookie), ""},
		{"web-95 version 1 argument", post("/form", "_xsrf="+xsrfA, cookie), ""},
		{"web-95 version 1 cookie", post("/form", "_xsrf="+escape(xsrfA2), "Cookie: _xsrf="+xsrfA), ""},
		{"web-95 both version 1", post("/form", "_xsrf="+xsrfA, "Cookie: _xsrf="+xsrfA), ""},
		{"web-95 another user's", post("/form", "_xsrf="+escape(xsrfB2), cookie), ""},
		{"web-92 short", post("/form", "_xsrf=01", "Cookie: _xsrf=01"), ""},
		{"web-92 not hex", post("/form", "_xsrf=xyz", "Cookie: _xsrf=xyz"), ""},
		{"web-93 argument", post("/form", "_xsrf=2%7Cx", cookie), ""},
		{"web-93 version 3", post("/form", "_xsrf=3%7C00000000%7C01%7C5", cookie), ""},
		{"web-93 cookie", post("/form", "_xsrf="+escape(xsrfA2), "Cookie: _xsrf=2|x"), ""},
		{"web-63", post("/form", "_xsrf=%E9", cookie), ""},
		{"web-88 PUT", judgeRequest("PUT", "/form", nil, ""), ""},
		{"web-88 DELETE", judgeRequest("DELETE", "/form", nil, ""), ""},
		{"web-88 PATCH", judgeRequest("PATCH", "/form", []string{"Content-Length: 0"}, ""), ""},
		{"web-88 OPTIONS", judgeRequest("OPTIONS", "/form", nil, ""), ""},
		{"web-88 HEAD", judgeRequest("HEAD", "/form", nil, ""), ""},
		{"web-4 unknown method", judgeRequest("BREW", "/form", nil, ""), ""},
		{"web-4 verb that is not there", judgePost("/cookie/a", judgeForm, ""), ""},
		{"web-98 ErrorHandler", post("/gone", "a=1"), ""},
		{"web-98 unknown URL", post("/none", "a=1"), ""},
		{"web-88 switched off", post("/free", "a=1"), ""},
		{"web-105 RedirectHandler", post("/old", "a=1"), ""},
		{"web-67 before", post("/path/%E9/5", "a=1"), ""},
		{"web-150 upload", judgePost("/upload", "multipart/form-data; boundary=x", "12345", cookie, "X-XSRFToken: "+xsrfA2), ""},
		{"web-150 upload refused", judgePost("/upload", "multipart/form-data; boundary=x", "12345", cookie), ""},
	}
}

var tokenCases = []judgeCase{
	{"web-91 new", judgeGet("/form"), ""},
	{"web-94 kept", withCookie("/form", "_xsrf="+xsrfA), ""},
	{"web-94 kept", withCookie("/form", "_xsrf="+xsrfA2), ""},
	{"web-93 unknown version", withCookie("/form", "_xsrf=3|00000000|01|5"), ""},
	{"web-92 short", withCookie("/form", "_xsrf=0102"), ""},
	{"web-92 not hex", withCookie("/form", "_xsrf=xyz"), ""},
}

// userCases are for an application without XSRFCookieKwargs, because Tornado would change
// them.
var userCases = []judgeCase{
	{"web-96 user", judgeGet("/logged-in"), ""},
	{"web-94 user with a cookie", withCookie("/logged-in", "_xsrf="+xsrfA), ""},
}

// sessionSecrets masks the texts that differ between two runs. It masks only their digits.
var (
	dates  = regexp.MustCompile(`expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT`)
	signed = regexp.MustCompile(dates.String() + `|10:\d{10}\|1:k\||\|\d{10}\||[0-9a-f]{64}|[0-9a-f]{40}`)
	tokens = regexp.MustCompile(dates.String() + `|2\|[0-9a-f]{8}\|([0-9a-f]{2})+\||\b1[4-9]\d{8}\b|Etag: "[0-9a-f]{40}"|\b[0-9a-f]{32}\b`)
)

func TestJudgeSessions(t *testing.T) {
	app := sessionApp(web.Settings{CookieSecret: judgeSecret, LoginURL: "/login"})
	keys := sessionApp(web.Settings{CookieSecrets: map[int]string{0: "a", 5: "b"}, KeyVersion: 5, LoginURL: "/login"})
	xsrf := sessionApp(web.Settings{XSRFCookies: true, XSRFCookieKwargs: web.CookieOptions{HTTPOnly: true}})
	j := newJudge(t, "session", map[string]judgeServer{
		"": {app: app}, "keys": {app: keys}, "plain": {app: sessionApp(web.Settings{})}, "xsrf": {app: xsrf},
		"xsrf1": {app: sessionApp(web.Settings{XSRFCookies: true, XSRFCookieVersion: 1})},
	})
	for _, tt := range []struct {
		name, server string
		mask         *regexp.Regexp
		cases        []judgeCase
	}{
		{"cookies", "", nil, setCookieCases},
		{"expiring cookies", "", signed, expiringCases},
		{"signed cookies", "", nil, signedCases(t)},
		{"key versions", "keys", nil, keyCases(t)},
		{"key versions, making", "keys", signed, expiringCases[5:7]},
		{"no settings", "plain", nil, plainCases},
		{"guards", "", nil, guardCases},
		{"arguments", "", nil, argumentCases},
		{"errors", "", nil, errorCases},
		{"xsrf", "xsrf", nil, xsrfCases()},
		{"xsrf version 1", "xsrf1", nil, xsrfCases()[:8]},
		{"forms", "xsrf", tokens, tokenCases},
		{"forms, version 1", "xsrf1", tokens, tokenCases},
		{"forms of users", "xsrf1", tokens, userCases},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j.mask = tt.mask
			j.run(t, tt.server, tt.cases)
		})
	}
}

// TestJudgeMasksHideOnlyParts checks that a mask does not hide a whole cookie.
func TestJudgeMasksHideOnlyParts(t *testing.T) {
	for _, tt := range []struct {
		mask      *regexp.Regexp
		text, got string
	}{
		{signed, `k="2|1:0|10:1300000000|1:k|4:dg==|` + strings.Repeat("0", 64) + `"; expires=Sun, 27 Jan 2013 18:43:20 GMT; Path=/`, `k="2|1:0|_4:dg==|_"; _; Path=/`},
		{signed, `k="dg==|1300000000|` + strings.Repeat("0", 40) + `"; Path=/`, `k="dg==__"; Path=/`},
		{tokens, `_xsrf=` + xsrfA2 + `; HttpOnly`, `_xsrf=_1300000000; HttpOnly`},
		{tokens, `_xsrf=` + xsrfA + `; HttpOnly`, `_xsrf=_; HttpOnly`},
	} {
		if got := tt.mask.ReplaceAllString(tt.text, "_"); got != tt.got {
			t.Errorf("%s becomes %s, want %s", tt.text, got, tt.got)
		}
	}
}
