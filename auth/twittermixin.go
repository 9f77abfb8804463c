package auth

import (
	"cmp"
	"fmt"
	"strings"
)

const (
	twitterOAuthURL = "https://api.twitter.com/oauth"
	twitterBaseURL  = "https://api.twitter.com/1.1"
)

// A TwitterMixin logs in with an account at Twitter. The settings "twitter_consumer_key" and
// "twitter_consumer_secret" in Settings.Extra name the application. Tornado:
// auth.TwitterMixin.
type TwitterMixin struct {
	OAuthMixin             // its URLs are those of Twitter, unless they are set
	AuthenticateURL string // "" means Twitter's; Tornado: _OAUTH_AUTHENTICATE_URL
	BaseURL         string // the URL of the API; "" means Twitter's. Tornado: _TWITTER_BASE_URL
}

// AuthorizeRedirect sends the browser to Twitter; see [OAuthMixin.AuthorizeRedirect].
// Tornado: authorize_redirect.
func (m *TwitterMixin) AuthorizeRedirect(h Handler, o OAuthOptions) error {
	m.configure()
	return m.OAuthMixin.AuthorizeRedirect(h, o)
}

// AuthenticateRedirect is AuthorizeRedirect to a page that does not ask again if the user has
// allowed the application before. Tornado: authenticate_redirect.
func (m *TwitterMixin) AuthenticateRedirect(h Handler, o OAuthOptions) error {
	m.configure()
	return m.startLogin(h, o, m.AuthenticateURL)
}

// GetAuthenticatedUser serves the callback of a login; see
// [OAuthMixin.GetAuthenticatedUser]. Tornado: get_authenticated_user.
func (m *TwitterMixin) GetAuthenticatedUser(h Handler) (*OAuthUser, error) {
	m.configure()
	return m.OAuthMixin.GetAuthenticatedUser(h)
}

// TwitterRequest calls the API of Twitter and decodes the response into v; see
// [OAuthMixin.OAuthRequest]. path is such as "/statuses/user_timeline/btaylor", without
// ".json", or a whole URL. Tornado: twitter_request.
func (m *TwitterMixin) TwitterRequest(h Handler, path string, o OAuthRequestOptions, v any) error {
	m.configure()
	url := path
	if !strings.HasPrefix(path, "http:") && !strings.HasPrefix(path, "https:") {
		url = m.BaseURL + path + ".json"
	}
	return m.OAuthRequest(h, url, o, v)
}

// OAuthConsumerToken returns the settings "twitter_consumer_key" and
// "twitter_consumer_secret". Tornado: _oauth_consumer_token.
func (m *TwitterMixin) OAuthConsumerToken(h Handler) (token OAuthToken, err error) {
	if token.Key, err = requireSetting(h, "twitter_consumer_key"); err == nil {
		token.Secret, err = requireSetting(h, "twitter_consumer_secret")
	}
	return token, err
}

// requireSetting returns a setting of the application that is a text.
func requireSetting(h Handler, name string) (string, error) {
	value, _ := h.Settings().Lookup(name)
	text, _ := value.(string)
	if text == "" {
		return "", fmt.Errorf("auth: define the setting %q in Settings.Extra to use Twitter OAuth", name)
	}
	return text, nil
}

// OAuthGetUser returns what Twitter says about the user, and its screen_name as "username".
// Tornado: _oauth_get_user_future.
func (m *TwitterMixin) OAuthGetUser(h Handler, token *OAuthToken) (map[string]any, error) {
	var user map[string]any
	if err := m.TwitterRequest(h, "/account/verify_credentials", OAuthRequestOptions{AccessToken: token}, &user); err != nil {
		return nil, err
	}
	if len(user) > 0 {
		user["username"] = user["screen_name"]
	}
	return user, nil
}

// configure fills in the URLs of Twitter.
func (m *TwitterMixin) configure() {
	m.RequestTokenURL = cmp.Or(m.RequestTokenURL, twitterOAuthURL+"/request_token")
	m.AuthorizeURL = cmp.Or(m.AuthorizeURL, twitterOAuthURL+"/authorize")
	m.AccessTokenURL = cmp.Or(m.AccessTokenURL, twitterOAuthURL+"/access_token")
	m.AuthenticateURL = cmp.Or(m.AuthenticateURL, twitterOAuthURL+"/authenticate")
	m.BaseURL = cmp.Or(m.BaseURL, twitterBaseURL)
}
