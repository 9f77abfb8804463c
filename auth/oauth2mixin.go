package auth

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"golang.org/x/oauth2"
)

// An OAuth2Mixin logs in with a provider that speaks OAuth 2 (RFC 6749). Its fields are set
// in the handler's prototype. Tornado: auth.OAuth2Mixin.
type OAuth2Mixin struct {
	AuthorizeURL   string // the provider's page that asks the user; Tornado: _OAUTH_AUTHORIZE_URL
	AccessTokenURL string // Tornado: _OAUTH_ACCESS_TOKEN_URL
	UserInfoURL    string // URL of JSON about the user, for User.Claims; "" means none. Tornado has no such attribute

	ClientID     string // ID of this application at the provider, unless options name another one
	ClientSecret string // "" for an application without a secret

	// BasicAuth sends the client's secret as Basic credentials, not in the body. Some
	// providers accept only these (RFC 6749, section 2.3.1).
	BasicAuth bool
}

// AuthorizeOptions configure AuthorizeRedirect.
type AuthorizeOptions struct {
	// RedirectURI is the page to which the provider sends the browser back. It may be
	// relative. "" means the page of this request. The provider must know it.
	RedirectURI string
	ClientID    string            // "" means that of the mixin
	Scope       []string          // the permissions that the application asks for
	ExtraParams map[string]string // more arguments for the provider; a "state" among them is checked like one that AuthorizeRedirect makes
	// ResponseType is "code" by default. Another type needs a callback that does not use
	// GetAuthenticatedUser.
	ResponseType string
	// Next is the page of this site to show after the login; see [SafeNext]. It comes back as
	// User.Next. "" means SafeNext of this request.
	Next string
	// NoPKCE leaves out the code challenge, for a provider that refuses it.
	NoPKCE bool
}

// UserOptions configure GetAuthenticatedUser. The zero value is for a callback whose login
// AuthorizeRedirect has started.
type UserOptions struct {
	RedirectURI  string // "" means the redirect URI of the login; another one than that is an error
	Code         string // "" means the argument "code" of the request
	ClientID     string // "" means that of the mixin
	ClientSecret string // "" means that of the mixin
}

// AuthorizeRedirect sends the browser to the provider, and remembers the login in a cookie.
// The caller returns its error and writes nothing else. Tornado: authorize_redirect.
func (m *OAuth2Mixin) AuthorizeRedirect(h Handler, o AuthorizeOptions) error {
	return m.startLogin(h, o, "")
}

// GetAuthHTTPClient returns [web.RequestHandler.HTTPClient], the client of the loop. Override
// it to call the provider with another client. Tornado: get_auth_http_client.
func (m *OAuth2Mixin) GetAuthHTTPClient(h Handler) httpclient.AsyncHTTPClient { return h.HTTPClient() }

// startLogin is AuthorizeRedirect with a nonce, which is "" without OpenID Connect.
func (m *OAuth2Mixin) startLogin(h Handler, o AuthorizeOptions, nonce string) error {
	clientID := cmp.Or(o.ClientID, m.ClientID)
	if m.AuthorizeURL == "" || clientID == "" {
		return errors.New("auth: AuthorizeRedirect needs AuthorizeURL of the mixin and a ClientID")
	}
	redirectURI, err := absoluteURL(h, o.RedirectURI)
	if err != nil {
		return err
	}
	login := pendingLogin{Provider: m.AuthorizeURL, State: cmp.Or(o.ExtraParams["state"], randomText()), Nonce: nonce, RedirectURI: redirectURI, Next: nextPage(h, o.Next)}
	if !o.NoPKCE {
		login.Verifier = oauth2.GenerateVerifier()
	}
	target, err := httputil.URLConcat(m.AuthorizeURL, login.arguments(clientID, o))
	if err != nil {
		return err
	}
	if err := login.setCookie(h, oauth2Cookie); err != nil {
		return err
	}
	return h.Self().Redirect(target)
}

// arguments returns the query for the authorize URL, in Tornado's order.
func (p pendingLogin) arguments(clientID string, o AuthorizeOptions) []httputil.Pair {
	args := []httputil.Pair{
		{Name: "response_type", Value: cmp.Or(o.ResponseType, "code")},
		{Name: "redirect_uri", Value: p.RedirectURI},
		{Name: "client_id", Value: clientID},
	}
	for _, name := range slices.Sorted(maps.Keys(o.ExtraParams)) {
		if name != "state" {
			args = append(args, httputil.Pair{Name: name, Value: o.ExtraParams[name]})
		}
	}
	if len(o.Scope) > 0 {
		args = append(args, httputil.Pair{Name: "scope", Value: strings.Join(o.Scope, " ")})
	}
	args = append(args, httputil.Pair{Name: "state", Value: p.State})
	if p.Nonce != "" {
		args = append(args, httputil.Pair{Name: "nonce", Value: p.Nonce})
	}
	if p.Verifier != "" {
		args = append(args, httputil.Pair{Name: "code_challenge", Value: oauth2.S256ChallengeFromVerifier(p.Verifier)},
			httputil.Pair{Name: "code_challenge_method", Value: "S256"})
	}
	return args
}

// GetAuthenticatedUser serves the callback of a login: it checks the state, exchanges the
// code for a token, and reads UserInfoURL if there is one. The login can be used only once.
// It waits for the provider. The error is an [*AuthError], unless the mixin is configured
// wrongly. Tornado: get_authenticated_user of the derived mixins.
func (m *OAuth2Mixin) GetAuthenticatedUser(h Handler, options ...UserOptions) (*User, error) {
	user, _, err := m.finishLogin(h, firstOf(options))
	if err != nil || m.UserInfoURL == "" {
		return user, err
	}
	claims, err := m.userInfo(h, m.UserInfoURL, user.Token)
	if err != nil {
		return nil, err
	}
	user.setClaims(claims)
	return user, nil
}

func firstOf(options []UserOptions) (o UserOptions) {
	if len(options) > 0 {
		o = options[0]
	}
	return o
}

// finishLogin checks the callback and exchanges its code.
func (m *OAuth2Mixin) finishLogin(h Handler, o UserOptions) (*User, pendingLogin, error) {
	login, err := takePendingLogin(h, oauth2Cookie, m.AuthorizeURL)
	if err != nil {
		return nil, login, err
	}
	code, err := checkCallback(h, login, o)
	if err != nil {
		return nil, login, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {login.RedirectURI}}
	if login.Verifier != "" {
		form.Set("code_verifier", login.Verifier)
	}
	token, err := m.requestToken(h, o, form)
	if err != nil {
		return nil, login, err
	}
	return &User{Token: token, Next: login.Next}, login, nil
}

// checkCallback returns the code of a callback that belongs to login.
func checkCallback(h Handler, login pendingLogin, o UserOptions) (code string, err error) {
	if !sameText(argument(h, "state"), login.State) {
		return "", invalidCallback("the argument state is missing or belongs to another login")
	}
	if _, refused := h.LookupArgument("error"); refused {
		return "", refusal(argument(h, "error"), argument(h, "error_description"))
	}
	if o.RedirectURI != "" {
		if uri, err := absoluteURL(h, o.RedirectURI); err != nil || uri != login.RedirectURI {
			return "", invalidCallback("RedirectURI is not that of the login")
		}
	}
	if code = cmp.Or(o.Code, argument(h, "code")); code == "" {
		return "", invalidCallback("the argument code is missing")
	}
	return code, nil
}

// RefreshToken returns a new token for one with a RefreshToken (RFC 6749, section 6). If the
// provider sends no new RefreshToken, the result has the old one. An [*AuthError] with the
// code "invalid_grant" means that the user must log in again. Tornado has no such method.
func (m *OAuth2Mixin) RefreshToken(h Handler, token *Token, options ...UserOptions) (*Token, error) {
	if token.RefreshToken == "" {
		return nil, errors.New("auth: the token has no RefreshToken: ask the provider for one, for Google with ExtraParams access_type=offline")
	}
	fresh, err := m.requestToken(h, firstOf(options), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.RefreshToken}})
	if err != nil {
		return nil, err
	}
	fresh.RefreshToken = cmp.Or(fresh.RefreshToken, token.RefreshToken)
	return fresh, nil
}

// requestToken sends a form with the client's credentials to AccessTokenURL.
func (m *OAuth2Mixin) requestToken(h Handler, o UserOptions, form url.Values) (*Token, error) {
	if m.AccessTokenURL == "" {
		return nil, errors.New("auth: GetAuthenticatedUser needs AccessTokenURL of the mixin")
	}
	clientID, secret := cmp.Or(o.ClientID, m.ClientID), cmp.Or(o.ClientSecret, m.ClientSecret)
	if !m.BasicAuth {
		form.Set("client_id", clientID)
		if secret != "" {
			form.Set("client_secret", secret)
		}
	}
	request := formRequest(m.AccessTokenURL, form)
	if m.BasicAuth {
		request.AuthUsername, request.AuthPassword = url.QueryEscape(clientID), url.QueryEscape(secret)
	}
	response, err := callProvider(h, request)
	if err != nil {
		return nil, err
	}
	token, err := parseToken(response, h.Loop().Now())
	if err != nil {
		return nil, responseError("token request", response, err, secret, form.Get("code"), form.Get("code_verifier"), form.Get("refresh_token"))
	}
	return token, nil
}

// parseToken returns the token in a response. now is the time from which it expires.
func parseToken(response *httpclient.HTTPResponse, now time.Time) (*Token, error) {
	if !succeeded(response) {
		return nil, response.Error
	}
	fields, err := decodeFields(response)
	if err != nil {
		return nil, err
	}
	t := &Token{AccessToken: takeField(fields, "access_token"), TokenType: takeField(fields, "token_type"),
		RefreshToken: takeField(fields, "refresh_token"), IDToken: takeField(fields, "id_token")}
	if code := textOf(fields["error"]); t.AccessToken == "" && code != "" { // GitHub sends errors with 200
		return nil, refusal(code, textOf(fields["error_description"]))
	}
	if t.AccessToken == "" {
		return nil, errors.New("there is no access_token")
	}
	if seconds, err := strconv.ParseInt(textOf(fields["expires_in"]), 10, 32); err == nil && seconds > 0 {
		t.Expiry = now.Add(time.Duration(seconds) * time.Second)
	}
	t.Extra = fields
	return t, nil
}

// takeField removes a field and returns its text.
func takeField(fields map[string]any, name string) string {
	value := textOf(fields[name])
	delete(fields, name)
	return value
}
