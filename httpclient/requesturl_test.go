package httpclient

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// client-39, client-40, client-47, client-b11: each row is a URL, and the origin, Host header and
// request target that are made of it.
func TestParseRequestURL(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"http://h", "http h 80 | h | /"},
		{"http://h/a/b?x=1#frag", "http h 80 | h | /a/b?x=1"},
		{"HTTP://LocalHost:81/A", "http localhost 81 | LocalHost:81 | /A"},
		{"https://h/", "https h 443 | h | /"},
		{"http://h:80/", "http h 80 | h:80 | /"},
		{"http://h:/", "http h 80 | h | /"},
		{"http://h?", "http h 80 | h | /"},
		{"http://h?a=b", "http h 80 | h | /?a=b"},
		{"http://h/?a?b", "http h 80 | h | /?a?b"},
		{"http://u:p@h/", "http h 80 | h | /"},
		{"http://a@b:p@h/", "http h 80 | h | /"},
		{"http://[::1]:81/", "http ::1 81 | [::1]:81 | /"},
		{"http://[::1]/", "http ::1 80 | [::1] | /"},
		{"http://[fe80::1%25lo]:81/", "http fe80::1%lo 81 | [fe80::1]:81 | /"},
		{"http://my_service/", "http my_service 80 | my_service | /"},
		// characters that must not occur in a URL
		{"http://h/a b", "http h 80 | h | /a%20b"},
		{"http://h/ä?ö=ü#ß", "http h 80 | h | /%C3%A4?%C3%B6=%C3%BC"},
		{"http://h/a%20b%2fc", "http h 80 | h | /a%20b%2fc"},
		{"http://h/100%", "http h 80 | h | /100%25"},
		{"http://h/%zz", "http h 80 | h | /%25zz"},
		{"http://h/{a}|\"<b>^`\\", "http h 80 | h | /%7Ba%7D%7C%22%3Cb%3E%5E%60%5C"},
		{"http://h/[a]?[b]", "http h 80 | h | /[a]?[b]"},
		{"http://h/a//b/../c", "http h 80 | h | /a//b/../c"},
		{"http://h//evil/x", "http h 80 | h | //evil/x"},
		{"http://h/a?b=//c", "http h 80 | h | /a?b=//c"},
		// international host names
		{"http://bücher.example/", "http xn--bcher-kva.example 80 | xn--bcher-kva.example | /"},
		{"http://BÜCHER.example:81/", "http xn--bcher-kva.example 81 | xn--bcher-kva.example:81 | /"},
		// refused
		{"", errURLRelative.Error()},
		{"/path", errURLRelative.Error()},
		{"h:80/path", errURLScheme.Error()},
		{"http:h/", errURLRelative.Error()},
		{"ftp://x/", errURLScheme.Error()},
		{"file:///etc/passwd", errURLScheme.Error()},
		{"http://", errURLHost.Error()},
		{"http:///path", errURLHost.Error()},
		{"http://:80/", errURLHost.Error()},
		{"http://h:abc/", errURLPort.Error()},
		{"http://h:0/", errURLPort.Error()},
		{"http://h:65536/", errURLPort.Error()},
		{"http://h:109931/", errURLPort.Error()},
		{"http://h:-1/", errURLPort.Error()},
		{"http://::1/", errURLPort.Error()},
		{"http://a b/", errURLHost.Error()},
		{"http://\u00ad/", errURLHost.Error()},   // IDNA maps a soft hyphen to nothing
		{"http://a\uff0fb/", errURLHost.Error()}, // and a wide slash to a slash
		{"http://a%20b/", errURLSyntax.Error()},
		{"http://a\\b/", errURLHost.Error()},
		{"http://h/\r\nX: y", errURLControl.Error()},
		{"http://h/\t", errURLControl.Error()},
		{"http://h\x00/", errURLControl.Error()},
		{"http://h/\x7f", errURLControl.Error()},
	} {
		got := ""
		if target, err := parseRequestURL(tt.url); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprintf("%s %s %d | %s | %s", target.scheme, target.host, target.port, target.hostHeader(), target.requestTarget())
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.url, got, tt.want)
		}
	}
}

// client-52, client-53: user info is percent-decoded. The password may be missing.
func TestUserInfo(t *testing.T) {
	for _, tt := range []struct{ url, user, password string }{
		{"http://u:p@h/", "u", "p"},
		{"http://u@h/", "u", ""},
		{"http://u:@h/", "u", ""},
		{"http://:p@h/", "", "p"},
		{"http://u%40:p%3A@h/", "u@", "p:"},
		{"http://ü:ß@h/", "ü", "ß"},
		{"http://a@b:c:d@h/", "a@b", "c:d"},
		{"http://u:100%@h/", "u", "100%"},
	} {
		target, err := parseRequestURL(tt.url)
		require.NoError(t, err, tt.url)
		require.True(t, target.hasUserInfo, tt.url)
		require.Equal(t, tt.user, target.user, tt.url)
		require.Equal(t, tt.password, target.password, tt.url)
		require.Equal(t, "http://h/", target.url.String())
	}
}

// client-76: a Location is resolved against the URL of its response.
func TestResolveLocation(t *testing.T) {
	base, err := parseRequestURL("http://u:p@h:81/a/b?q#f")
	require.NoError(t, err)
	for _, tt := range []struct{ location, want string }{
		{"http://x/y", "http://x/y"},
		{"//x/y", "http://x/y"},
		{"/y", "http://h:81/y"},
		{"y", "http://h:81/a/y"},
		{"../y", "http://h:81/y"},
		{"?z", "http://h:81/a/b?z"},
		{"", "http://h:81/a/b?q#f"},
		{"/y#g", "http://h:81/y#g"},
		{"/y", "http://h:81/y"},
		{"/ä b", "http://h:81/%C3%A4%20b"},
		{"https://h:81/y", "https://h:81/y"},
		{"file:///etc/passwd", errURLScheme.Error()},
		{"javascript:alert(1)", errURLScheme.Error()},
		{"http:///y", errURLHost.Error()},
		{"/\r\nSet-Cookie: a=b", errURLControl.Error()},
	} {
		got := ""
		if target, err := base.resolve(tt.location); err != nil {
			got = err.Error()
		} else {
			got = target.url.String()
		}
		if got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.location, got, tt.want)
		}
	}
}

// FuzzParseRequestURL checks that any URL gives a valid request line and Host header, or an error
// that does not contain its user info.
func FuzzParseRequestURL(f *testing.F) {
	for _, s := range []string{"http://u:p@h:81/a?b#c", "http://[::1]/", "https://bücher/%zz é", "//x", "http://h\\@x/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, rawURL string) {
		target, err := parseRequestURL(rawURL)
		if err != nil {
			return
		}
		for _, s := range []string{target.requestTarget(), target.hostHeader(), target.absoluteTarget()} {
			if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
				t.Errorf("%q: %q contains a space, a control character or more than ASCII", rawURL, s)
			}
		}
		if !strings.HasPrefix(target.requestTarget(), "/") {
			t.Errorf("%q: the request target is %q", rawURL, target.requestTarget())
		}
		again, err := parseRequestURL(target.url.String())
		if err != nil || again.origin != target.origin || again.requestTarget() != target.requestTarget() {
			t.Errorf("%q: parsed again, %q is %+v (%v)", rawURL, target.url.String(), again, err)
		}
	})
}
