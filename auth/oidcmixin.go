package auth

import (
	"cmp"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
)

// An OIDCMixin logs in with a provider that speaks OpenID Connect, such as Google, Microsoft,
// Keycloak or Okta. It reads the provider's configuration and keys from Issuer, and verifies
// the id_token of each login. Tornado has no such mixin.
//
//	auth.OIDCMixin{Issuer: "https://login.example.com/realms/staff",
//		OAuth2Mixin: auth.OAuth2Mixin{ClientID: "intranet", ClientSecret: secret}}
type OIDCMixin struct {
	OAuth2Mixin // its URLs are found from Issuer, unless they are set

	Issuer  string // URL of the provider, below which /.well-known/openid-configuration is found
	KeysURL string // URL of the provider's keys (JWKS); "" means the one in the configuration

	// WithUserInfo adds the claims of the user information to those of the id_token, whose
	// values win. Some providers put the name and the address only there.
	WithUserInfo bool
}

// AuthorizeRedirect sends the browser to the provider, as that of [OAuth2Mixin] does, with a
// nonce. Scope always has "openid". The first call of a loop waits for the configuration.
// Tornado: authorize_redirect.
func (m *OIDCMixin) AuthorizeRedirect(h Handler, o AuthorizeOptions) error {
	if _, err := m.discover(h); err != nil {
		return err
	}
	if !slices.Contains(o.Scope, "openid") {
		o.Scope = append([]string{"openid"}, o.Scope...)
	}
	return m.startLogin(h, o, cmp.Or(o.ExtraParams["nonce"], randomText()))
}

// GetAuthenticatedUser serves the callback of a login, as that of [OAuth2Mixin] does, and
// verifies the id_token: signature, issuer, client, expiry, nonce and hash of the access
// token (OpenID Connect Core, section 3.1.3.7). The claims of the user are those of the
// id_token. Tornado: get_authenticated_user.
func (m *OIDCMixin) GetAuthenticatedUser(h Handler, options ...UserOptions) (*User, error) {
	known, err := m.discover(h)
	if err != nil {
		return nil, err
	}
	o := firstOf(options)
	user, login, err := m.finishLogin(h, o)
	if err != nil {
		return nil, err
	}
	if user.Token.IDToken == "" {
		return nil, invalidResponse("the token response has no id_token", nil)
	}
	claims, err := m.verify(h, known, user.Token, login, cmp.Or(o.ClientID, m.ClientID))
	if err != nil {
		return nil, err
	}
	user.setClaims(claims)
	if m.WithUserInfo && m.UserInfoURL != "" {
		return user, m.addUserInfo(h, user)
	}
	return user, nil
}

// RefreshToken returns a new token; see [OAuth2Mixin.RefreshToken]. The provider may leave
// out the id_token; one that it sends is not verified.
func (m *OIDCMixin) RefreshToken(h Handler, token *Token, options ...UserOptions) (*Token, error) {
	if _, err := m.discover(h); err != nil {
		return nil, err
	}
	return m.OAuth2Mixin.RefreshToken(h, token, options...)
}

// verify returns the claims of a login's id_token.
func (m *OIDCMixin) verify(h Handler, known *oidcProvider, token *Token, login pendingLogin, clientID string) (map[string]any, error) {
	keys := &keySet{h: h, keys: known.keys}
	verifier := oidc.NewVerifier(known.issuer, keys, &oidc.Config{
		ClientID: clientID, SupportedSigningAlgs: known.algorithms, Now: h.Loop().Now,
	})
	idToken, err := verifier.Verify(h.Loop().Context(), token.IDToken)
	if keys.failed != nil {
		return nil, keys.failed
	}
	if err != nil {
		return nil, invalidIDToken("the id_token is not valid", err)
	}
	var payload struct {
		AuthorizedParty string `json:"azp"`
	}
	claims := rawClaims{}
	if idToken.Claims(&payload) != nil || idToken.Claims(&claims) != nil {
		return nil, invalidIDToken("the id_token is malformed", nil)
	}
	switch {
	case login.Nonce == "" || !sameText(idToken.Nonce, login.Nonce):
		return nil, invalidIDToken("the nonce of the id_token belongs to another login", nil)
	case idToken.Subject == "":
		return nil, invalidIDToken("the id_token names no user", nil)
	case len(idToken.Audience) > 1 && payload.AuthorizedParty == "", payload.AuthorizedParty != "" && payload.AuthorizedParty != clientID:
		return nil, invalidIDToken("the id_token was made for another client", nil)
	case idToken.AccessTokenHash != "" && idToken.VerifyAccessToken(token.AccessToken) != nil:
		return nil, invalidIDToken("the id_token was made for another access token", nil)
	}
	return claims, nil
}

// rawClaims decodes numbers as json.Number.
type rawClaims map[string]any

// UnmarshalJSON implements json.Unmarshaler.
func (c *rawClaims) UnmarshalJSON(text []byte) error {
	return decodeJSON(text, (*map[string]any)(c))
}

func invalidIDToken(description string, cause error) *AuthError {
	return &AuthError{Code: CodeInvalidIDToken, Description: description, Err: cause}
}

// addUserInfo adds the claims of the user information. They must be about the same user
// (OpenID Connect Core, section 5.3.2).
func (m *OIDCMixin) addUserInfo(h Handler, user *User) error {
	more, err := m.userInfo(h, m.UserInfoURL, user.Token)
	if err != nil {
		return err
	}
	if textOf(more["sub"]) != user.ID {
		return invalidResponse("the user information is about another user", nil)
	}
	for name, value := range more {
		if _, has := user.Claims[name]; !has {
			user.Claims[name] = value
		}
	}
	return nil
}

// wellKnown returns the URL of an issuer's configuration.
func wellKnown(issuer string) string {
	return strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"
}
