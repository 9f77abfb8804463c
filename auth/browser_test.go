package auth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/web"
	"github.com/stretchr/testify/require"
)

// bodyIs returns a condition: the page has this text.
func bodyIs(text string) string { return fmt.Sprintf("document.body.innerText.trim() === %q", text) }

const refuse, allow = `button[value="no"]`, `button[value="yes"]`

// Chromium logs in at the provider, with the consent page and its buttons. Each case begins
// with the login page and ends with a page of the application.
func TestChromiumLogsIn(t *testing.T) {
	b := webdriver.OpenBrowser(t)
	s := serveSite(t, browserRoutes)
	s.provider.SetTokenAge(3 * time.Hour)
	logIn := func(path, button, want string) {
		t.Helper()
		b.Open(s.GetURL(path))
		b.WaitFor(`document.title === "Example provider"`)
		if path == "/oidc" && button == allow {
			b.Screenshot("login-consent")
		}
		b.Click(button)
		b.WaitFor(bodyIs(want))
	}
	const failed, refused = "400: Login failed. Please start the login again", "403: Login refused. Please start the login again to allow it"

	// OAuth 2 with PKCE, OpenID Connect, OAuth 1.0a, OpenID 2.0.
	logIn("/plain?next=/members", allow, "u-1|Ann Example|/members")
	plainCallback := b.URL()
	logIn("/oidc", allow, "u-1|Ann Example|/")
	logIn("/oauth1", allow, "Ann Example|ann|/")
	logIn("/openid", allow, `{"claimed_id": "http://example.com/ann", "email": "ann@example.com", "first_name": "Ann", "locale": "en-us", "name": "Ann"}`)

	// The user refuses.
	for _, path := range []string{"/plain", "/oidc", "/oauth1", "/openid"} {
		logIn(path, refuse, refused)
	}
	b.Screenshot("login-refused")

	// A code is used for a second time, and the address of a login that is over is opened.
	b.Open(plainCallback)
	b.WaitFor(bodyIs(failed))

	// The state was changed, because the browser has the cookie of another login.
	b.Open(s.GetURL("/plain"))
	b.WaitFor(`document.title === "Example provider"`)
	b.Open(with(t, s.callback(b.URL(), true), "state", "changed"))
	b.WaitFor(bodyIs(failed))

	// Another site has prepared a callback. It has a valid code, but not one for this browser.
	b.Open(s.callback(with(t, s.issuer+"/authorize", "client_id", "client", "response_type", "code", "redirect_uri", s.GetURL("/plain")), true))
	b.WaitFor(bodyIs(failed))

	// The token has expired when it arrives.
	s.provider.SetTokenAge(-time.Minute)
	logIn("/oidc", allow, failed)
	s.provider.SetTokenAge(3 * time.Hour)

	// The provider has new keys.
	s.provider.RotateKeys()
	s.clock.Advance(time.Minute)
	logIn("/oidc", allow, "u-1|Ann Example|/")

	s.requireNoSecrets()
	var cookies string
	b.Run("return document.cookie", &cookies)
	require.Empty(t, cookies, "scripts see no cookie of a login")
	require.False(t, strings.Contains(b.URL(), "token="), "the callback has no token: %s", b.URL())
}

func browserRoutes(issuer string) []web.URLSpec {
	oidc := oidcLogin{}
	oidc.Issuer, oidc.OAuth2Mixin = issuer, auth.OAuth2Mixin{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret}
	return []web.URLSpec{
		web.URL("/plain", plainLogin{OAuth2Mixin: plainMixin(issuer)}),
		web.URL("/oidc", oidc),
		web.URL("/oauth1", oauth1Login{OAuthMixin: oauth1Mixin(issuer), Ask: auth.OAuthOptions{CallbackURI: "/oauth1"}}),
		web.URL("/openid", openIDLogin{OpenIDMixin: auth.OpenIDMixin{Endpoint: issuer + "/openid"}}),
	}
}
