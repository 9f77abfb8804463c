package auth

import (
	"cmp"
	"errors"
)

// The URLs of Google. Tornado's are the same, except for the issuer and the keys.
const (
	googleIssuer         = "https://accounts.google.com"
	googleAuthorizeURL   = "https://accounts.google.com/o/oauth2/v2/auth"
	googleAccessTokenURL = "https://www.googleapis.com/oauth2/v4/token"
	googleUserInfoURL    = "https://www.googleapis.com/oauth2/v1/userinfo"
	googleKeysURL        = "https://www.googleapis.com/oauth2/v3/certs"
)

// A GoogleOAuth2Mixin logs in with an account at Google. Its client is the setting
// "google_oauth", a [GoogleOAuthSettings]. With an Issuer, it uses the configuration of that
// provider instead, which is for tests. Tornado: auth.GoogleOAuth2Mixin.
type GoogleOAuth2Mixin struct{ OIDCMixin }

// GoogleOAuthSettings name this application at Google, as its console shows. Tornado: the
// setting google_oauth, a dict with key and secret.
type GoogleOAuthSettings struct {
	Key    string // the client ID
	Secret string
}

// A GoogleOAuthConfigurer is a handler that chooses the client. GoogleOAuth2Mixin has the
// method; override it in the handler.
type GoogleOAuthConfigurer interface {
	GetGoogleOAuthSettings(h Handler) (GoogleOAuthSettings, error)
}

// GetGoogleOAuthSettings returns the setting "google_oauth". Override it to choose the client
// by other means. Tornado: get_google_oauth_settings.
func (m *GoogleOAuth2Mixin) GetGoogleOAuthSettings(h Handler) (GoogleOAuthSettings, error) {
	value, _ := h.Settings().Lookup("google_oauth")
	s, ok := value.(GoogleOAuthSettings)
	if !ok || s.Key == "" {
		return s, errors.New(`auth: define the setting "google_oauth" in Settings.Extra, an auth.GoogleOAuthSettings, to use GoogleOAuth2Mixin`)
	}
	return s, nil
}

// AuthorizeRedirect sends the browser to Google; see [OIDCMixin.AuthorizeRedirect]. Tornado:
// authorize_redirect.
func (m *GoogleOAuth2Mixin) AuthorizeRedirect(h Handler, o AuthorizeOptions) error {
	if err := m.configure(h, o.ClientID); err != nil {
		return err
	}
	return m.OIDCMixin.AuthorizeRedirect(h, o)
}

// GetAuthenticatedUser serves the callback of a login; see [OIDCMixin.GetAuthenticatedUser].
// Tornado: get_authenticated_user, whose result is the token response.
func (m *GoogleOAuth2Mixin) GetAuthenticatedUser(h Handler, options ...UserOptions) (*User, error) {
	if err := m.configure(h, firstOf(options).ClientID); err != nil {
		return nil, err
	}
	return m.OIDCMixin.GetAuthenticatedUser(h, options...)
}

// RefreshToken returns a new token; see [OAuth2Mixin.RefreshToken].
func (m *GoogleOAuth2Mixin) RefreshToken(h Handler, token *Token, options ...UserOptions) (*Token, error) {
	if err := m.configure(h, firstOf(options).ClientID); err != nil {
		return nil, err
	}
	return m.OIDCMixin.RefreshToken(h, token, options...)
}

// configure fills in Google's URLs and the client. The settings are not needed if clientID
// is in the options.
func (m *GoogleOAuth2Mixin) configure(h Handler, clientID string) error {
	if m.Issuer == "" {
		m.Issuer = googleIssuer
		m.AuthorizeURL = cmp.Or(m.AuthorizeURL, googleAuthorizeURL)
		m.AccessTokenURL = cmp.Or(m.AccessTokenURL, googleAccessTokenURL)
		m.UserInfoURL = cmp.Or(m.UserInfoURL, googleUserInfoURL)
		m.KeysURL = cmp.Or(m.KeysURL, googleKeysURL)
	}
	if clientID != "" || m.ClientID != "" {
		return nil
	}
	configurer, ok := h.Self().(GoogleOAuthConfigurer)
	if !ok {
		configurer = m
	}
	s, err := configurer.GetGoogleOAuthSettings(h)
	m.ClientID, m.ClientSecret = s.Key, s.Secret
	return err
}
