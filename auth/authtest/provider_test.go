package authtest

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const challengeOfRFC7636 = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

// A code works once, for its client, its redirect URI and its verifier.
func TestCodes(t *testing.T) {
	p := New()
	for _, tt := range []struct{ change, want string }{
		{"", `"token_type":"Bearer"`},
		{"client_secret=wrong", "invalid_client"},
		{"client_id=other", "invalid_client"},
		{"redirect_uri=http://other.example/", "the redirect URI is not that of the code"},
		{"code_verifier=wrong", "the verifier is not that of the code"},
		{"code=wrong", "the code is unknown or was used"},
	} {
		callback, err := p.Callback("http://p/authorize?response_type=code&client_id=client&state=s&redirect_uri=http%3A%2F%2Fapp.example%2Fcb&code_challenge_method=S256&code_challenge="+challengeOfRFC7636, true)
		require.NoError(t, err)
		u, err := url.Parse(callback)
		require.NoError(t, err)
		require.Equal(t, "s", u.Query().Get("state"))
		form := url.Values{"grant_type": {"authorization_code"}, "client_id": {ClientID}, "client_secret": {ClientSecret}, "redirect_uri": {"http://app.example/cb"},
			"code": {u.Query().Get("code")}, "code_verifier": {"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}}
		if name, value, ok := strings.Cut(tt.change, "="); ok {
			form.Set(name, value)
		}
		require.Contains(t, exchange(p, form), tt.want, tt.change)
		if tt.change == "" {
			require.Contains(t, exchange(p, form), "the code is unknown or was used")
		}
	}
}

// exchange sends a form to the token page and returns the response.
func exchange(p *Provider, form url.Values) string {
	r := httptest.NewRequest("POST", "/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Body.String()
}

// Requests that a provider must not send on to an application are errors.
func TestAuthorizeURLsThatAreRefused(t *testing.T) {
	p := New()
	for _, target := range []string{
		"http://p/authorize?client_id=other&redirect_uri=http://app.example/", "http://p/authorize?client_id=client&response_type=code",
		"http://p/oauth1/authorize?oauth_token=unknown", "http://p/openid?openid.mode=x",
	} {
		_, err := p.Callback(target, true)
		require.Error(t, err, target)
	}
}

// The feed of the Graph API is for holders of an access token; pictures are for everyone.
func TestGraph(t *testing.T) {
	p := New()
	callback, err := p.Callback("http://p/authorize?response_type=code&client_id=client&redirect_uri=http%3A%2F%2Fapp.example%2F", true)
	require.NoError(t, err)
	u, err := url.Parse(callback)
	require.NoError(t, err)
	var response struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(exchange(p, url.Values{"client_id": {ClientID}, "client_secret": {ClientSecret},
		"redirect_uri": {"http://app.example/"}, "code": u.Query()["code"]})), &response))
	for _, tt := range []struct {
		path, token string
		status      int
		want        string
	}{
		{"/me/feed", response.AccessToken, 200, `"message":"Hello, world"`},
		{"/me/feed", "unknown", 400, `"code":190`},
		{"/me/feed", "", 400, `"type":"OAuthException"`},
		{"/u-1/picture", "", 200, "<svg"},
	} {
		r := httptest.NewRequest("GET", tt.path, nil)
		r.Header.Set("Authorization", "Bearer "+tt.token)
		w := httptest.NewRecorder()
		p.ServeHTTP(w, r)
		require.Equal(t, tt.status, w.Code, tt)
		require.Contains(t, w.Body.String(), tt.want)
	}
}
