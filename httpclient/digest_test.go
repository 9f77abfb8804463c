package httpclient

import (
	"strings"
	"testing"

	"github.com/gotornado/tornado/httputil"
	"github.com/stretchr/testify/require"
)

// The rows are the examples of RFC 7616, section 3.9.1, and of RFC 2617, section 3.5.
func TestDigestOfTheRFC(t *testing.T) {
	const common = `Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", algorithm=`
	mufasa := credentials{"Mufasa", "Circle of Life"}
	for _, tt := range []struct {
		challenge, cnonce string
		login             credentials
		response          string
	}{
		{common + "MD5", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", mufasa, "8ca523f5e9506fed4657c9700eebdbec"},
		{common + "SHA-256", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", mufasa,
			"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{`Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"`,
			"0a4f113b", credentials{"Mufasa", "Circle Of Life"}, "6629fae49393a05397450978507c4ef1"},
	} {
		var none *digestAuth
		d := none.afterChallenge([]string{tt.challenge}, tt.login)
		require.NotNil(t, d, tt.challenge)
		d.cnonce = tt.cnonce
		require.Equal(t, tt.response, d.response("GET", "/dir/index.html", "00000001"))
	}
}

// client-97: the header that follows a challenge.
func TestDigestHeader(t *testing.T) {
	var none *digestAuth
	for _, tt := range []struct{ challenge, want string }{
		{`Digest realm="r", nonce="n", qop="auth"`,
			`Digest username="u", realm="r", nonce="n", uri="/x", response="*", qop=auth, nc=00000001, cnonce="c"`},
		{`Digest realm="a \"b\"", nonce="n", opaque="", algorithm=MD5-sess, qop=auth`,
			`Digest username="u", realm="a \"b\"", nonce="n", uri="/x", response="*", algorithm=MD5-sess, qop=auth, nc=00000001, cnonce="c", opaque=""`},
		{`Digest realm="r", nonce="n"`, `Digest username="u", realm="r", nonce="n", uri="/x", response="*"`},
		{`Digest realm="r", nonce="n", algorithm=SHA-256, userhash=true`,
			`Digest username="d0c5b6a5d1e3c8c1e0e2d0b7", realm="r", nonce="n", uri="/x", response="*", algorithm=SHA-256, userhash=true`},
	} {
		d := none.afterChallenge([]string{tt.challenge}, credentials{"u", "p"})
		require.NotNil(t, d, tt.challenge)
		d.cnonce = "c"
		if d.userhash {
			tt.want = strings.Replace(tt.want, "d0c5b6a5d1e3c8c1e0e2d0b7", d.sum("u", "r"), 1)
		}
		got := d.authorization("GET", "/x")
		got = strings.Replace(got, d.response("GET", "/x", "00000001"), "*", 1)
		require.Equal(t, tt.want, got)
	}
}

// client-b13: the best algorithm of all challenges is used; others are ignored.
func TestBestChallenge(t *testing.T) {
	for _, tt := range []struct{ challenges, want string }{
		{`Basic realm="r"`, ""},
		{`Negotiate abc==, Digest realm="r", nonce="1"`, "1"},
		{`Digest realm="r", nonce="1", algorithm=MD5, Digest realm="r", nonce="2", algorithm=SHA-256`, "2"},
		{`Digest realm="r", nonce="1", algorithm=MD5` + "\n" + `Digest realm="r", nonce="2", algorithm=SHA-512-256`, "2"},
		{`Digest realm="r", nonce="1", algorithm=SHA-3` + "\n" + `digest realm="r", nonce="2", algorithm="md5"`, "2"},
		{`Digest realm="r", nonce="1", qop="auth-int"`, ""},
		{`Digest realm="r, Digest nonce=\"x\"", nonce="1"`, "1"},
		{`Digest realm="r"`, ""},
		{`Digest`, ""},
		{`Digest realm="r, nonce="1"`, ""},
		{"", ""},
	} {
		got := bestChallenge(strings.Split(tt.challenges, "\n"))["nonce"]
		if got != tt.want {
			t.Errorf("%s: got nonce %q, want %q", tt.challenges, got, tt.want)
		}
	}
}

// client-97, client-b13: credentials are sent only after a challenge that offers Digest, once
// more if the nonce was too old, and never as Basic.
func TestDigestChallenges(t *testing.T) { // client-22
	const first, stale = `401 Www-Authenticate: Digest realm="r", nonce="1"`, `401 Www-Authenticate: Digest realm="r", nonce="2", stale=true`
	const wrong = `401 Www-Authenticate: Digest realm="r", nonce="3"`
	request := HTTPRequest{URL: "http://u:p@h/", AuthMode: AuthDigest}
	for _, tt := range []struct {
		steps []string
		want  string // the nonce of each request, or "-" for a request without one
	}{
		{nil, "-"},
		{[]string{first}, "- 1"},
		{[]string{first, wrong}, "- 1 final"},
		{[]string{first, stale}, "- 1 2"},
		{[]string{first, stale, stale}, "- 1 2 final"},
		{[]string{"401 Www-Authenticate: Basic realm=r"}, "- final"},
		{[]string{"401 X: y"}, "- final"},
		{[]string{"407 Proxy-Authenticate: Digest realm=r, nonce=1"}, "- final"},
		{[]string{first, "302 Location: /x"}, "- 1 1"},
		{[]string{first, "302 Location: http://other/x"}, "- 1 -"},
		{[]string{first, "302 Location: http://other/x", first}, "- 1 - final"},
	} {
		var got []string
		for line := range strings.SplitSeq(journey(t, request, &Options{}, tt.steps...), "\n") {
			_, nonce, ok := strings.Cut(line, `nonce="`)
			switch {
			case line == "final":
				got = append(got, "final")
			case ok:
				got = append(got, nonce[:1])
			default:
				require.NotContains(t, line, "Authorization")
				got = append(got, "-")
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%q: got %q, want %s", tt.steps, got, tt.want)
		}
	}
}

// client-97: credentials are sent to a proxy after it has challenged a forwarded request.
func TestDigestOfAProxy(t *testing.T) {
	const challenge = `407 Proxy-Authenticate: Digest realm="r", nonce="1"`
	request := HTTPRequest{URL: "http://h/", ProxyHost: "p", ProxyPort: 1, ProxyUsername: "u", ProxyAuthMode: AuthDigest}
	heads := strings.Split(journey(t, request, &Options{}, challenge, challenge), "\n")
	require.Len(t, heads, 3)
	require.Equal(t, "GET http://h/ HTTP/1.1 | Host: h", heads[0])
	require.Contains(t, heads[1], `Proxy-Authorization: Digest username="u", realm="r", nonce="1", uri="/"`)
	require.Equal(t, "final", heads[2])

	request.URL = "https://h/"
	require.True(t, strings.HasSuffix(journey(t, request, &Options{}, challenge), "\nfinal"), "a 407 of the server")
}

// FuzzDigest checks that any challenge leads to a well-formed header, or to none.
func FuzzDigest(f *testing.F) {
	f.Add(`Digest realm="r", nonce="n", qop="auth", algorithm=MD5-sess, opaque="\"", userhash=true`)
	f.Add(`Negotiate abc==, Digest nonce=1`)
	f.Fuzz(func(t *testing.T, value string) {
		var none *digestAuth
		if d := none.afterChallenge([]string{value}, credentials{"u", "p"}); d != nil && httputil.IsFieldValue(value) {
			if header := d.authorization("GET", "/"); !httputil.IsFieldValue(header) {
				t.Errorf("%q: invalid header %q", value, header)
			}
		}
	})
}
