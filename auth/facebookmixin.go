package auth

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
)

// The URLs of Facebook.
const (
	facebookAuthorizeURL   = "https://www.facebook.com/dialog/oauth?"
	facebookAccessTokenURL = "https://graph.facebook.com/oauth/access_token?"
	facebookBaseURL        = "https://graph.facebook.com"
)

// A FacebookGraphMixin logs in with an account at Facebook. Set ClientID and ClientSecret in
// the prototype. Tornado: auth.FacebookGraphMixin.
type FacebookGraphMixin struct {
	OAuth2Mixin        // its URLs are those of Facebook, unless they are set
	BaseURL     string // URL of the Graph API; "" means Facebook's. Tornado: _FACEBOOK_BASE_URL

	// ExtraFields are fields of the user in addition to id, name, first_name, last_name, locale,
	// picture and link. Tornado: the argument extra_fields.
	ExtraFields []string
}

// facebookFields are the fields of the user that every login asks for.
var facebookFields = []string{"id", "name", "first_name", "last_name", "locale", "picture", "link"}

// AuthorizeRedirect sends the browser to Facebook; see [OAuth2Mixin.AuthorizeRedirect].
// Tornado: authorize_redirect.
func (m *FacebookGraphMixin) AuthorizeRedirect(h Handler, o AuthorizeOptions) error {
	m.configure()
	return m.OAuth2Mixin.AuthorizeRedirect(h, o)
}

// GetAuthenticatedUser serves the callback of a login; see
// [OAuth2Mixin.GetAuthenticatedUser]. Claims has each requested field, nil if Facebook does
// not send it. Tornado: get_authenticated_user.
func (m *FacebookGraphMixin) GetAuthenticatedUser(h Handler, options ...UserOptions) (*User, error) {
	m.configure()
	o := firstOf(options)
	user, _, err := m.finishLogin(h, o)
	if err != nil {
		return nil, err
	}
	fields := append(append([]string(nil), facebookFields...), m.ExtraFields...)
	args := url.Values{
		"appsecret_proof": {appSecretProof(cmp.Or(o.ClientSecret, m.ClientSecret), user.Token.AccessToken)},
		"fields":          {strings.Join(fields, ",")},
	}
	var sent map[string]any
	if err := m.FacebookRequest(h, "/me", RequestOptions{AccessToken: user.Token.AccessToken, Args: args}, &sent); err != nil {
		return nil, err
	}
	claims := map[string]any{}
	for _, name := range fields {
		claims[name] = sent[name]
	}
	if user.setClaims(claims); user.ID == "" {
		return nil, invalidResponse("Facebook does not say who the user is", nil)
	}
	return user, nil
}

// FacebookRequest calls the Graph API, such as "/me/feed", and decodes its response into v;
// see [OAuth2Mixin.OAuth2Request]. Tornado: facebook_request.
func (m *FacebookGraphMixin) FacebookRequest(h Handler, path string, o RequestOptions, v any) error {
	m.configure()
	return m.OAuth2Request(h, m.BaseURL+path, o, v)
}

// configure fills in Facebook's URLs.
func (m *FacebookGraphMixin) configure() {
	m.AuthorizeURL = cmp.Or(m.AuthorizeURL, facebookAuthorizeURL)
	m.AccessTokenURL = cmp.Or(m.AccessTokenURL, facebookAccessTokenURL)
	m.BaseURL = cmp.Or(m.BaseURL, facebookBaseURL)
}

// appSecretProof shows Facebook that a call comes from the application itself, and not from
// someone who has stolen the access token.
func appSecretProof(secret, accessToken string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(accessToken))
	return hex.EncodeToString(mac.Sum(nil))
}
