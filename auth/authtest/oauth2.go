package authtest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-jose/go-jose/v4"
)

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func (p *Provider) serveConfiguration(w http.ResponseWriter, r *http.Request) {
	issuer := issuerOf(r)
	writeJSON(w, 200, map[string]any{
		"issuer": issuer, "authorization_endpoint": issuer + "/authorize", "token_endpoint": issuer + "/token",
		"userinfo_endpoint": issuer + "/userinfo", "jwks_uri": issuer + "/keys", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256", "none", "HS256"},
	})
}

func (p *Provider) serveKeys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	key := jose.JSONWebKey{Key: &p.key.PublicKey, KeyID: fmt.Sprintf("key-%d", p.keyCount), Algorithm: "ES256", Use: "sig"}
	p.mu.Unlock()
	writeJSON(w, 200, map[string]any{"keys": []any{map[string]string{"kty": "unknown"}, key}})
}

// decideOAuth2 returns the URL of the callback, with a code or an error.
func (p *Provider) decideOAuth2(q url.Values, allow bool) (string, error) {
	if q.Get("client_id") != ClientID {
		return "", fmt.Errorf("there is no client %q", q.Get("client_id"))
	}
	callback, state := q.Get("redirect_uri"), q.Get("state")
	switch {
	case q.Get("response_type") != "code":
		return withQuery(callback, "error", "unsupported_response_type", "state", state)
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		return withQuery(callback, "error", "invalid_request", "state", state)
	case !allow:
		return withQuery(callback, "error", "access_denied", "error_description", "The user refused", "state", state)
	}
	code := rand.Text()
	p.mu.Lock()
	p.logins[code] = login{callback, q.Get("code_challenge"), q.Get("nonce"), q.Get("scope")}
	p.mu.Unlock()
	return withQuery(callback, "code", code, "state", state)
}

// serveToken exchanges a code or a refresh token (RFC 6749, sections 4.1.3 and 6).
func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id != ClientID || secret != ClientSecret {
		writeJSON(w, 401, map[string]string{"error": "invalid_client", "error_description": "unknown client"})
		return
	}
	l, err := p.redeem(r)
	if err != nil {
		writeJSON(w, 400, map[string]string{"error": "invalid_grant", "error_description": err.Error()})
		return
	}
	response, err := p.newTokens(issuerOf(r), l)
	if err != nil {
		http.Error(w, err.Error(), 500)
		return
	}
	writeJSON(w, 200, response)
}

// redeem returns the login of a code or a refresh token, which is then used up.
func (p *Provider) redeem(r *http.Request) (login, error) {
	if token := r.PostFormValue("refresh_token"); r.PostFormValue("grant_type") == "refresh_token" {
		scope, ok := p.refresh[token]
		if delete(p.refresh, token); !ok {
			return login{}, errors.New("the refresh token is unknown or was used")
		}
		return login{scope: scope}, nil
	}
	code := r.PostFormValue("code")
	l, ok := p.logins[code]
	delete(p.logins, code)
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !ok:
		return l, errors.New("the code is unknown or was used")
	case l.redirectURI != r.PostFormValue("redirect_uri"):
		return l, errors.New("the redirect URI is not that of the code")
	case l.challenge != "" && l.challenge != base64.RawURLEncoding.EncodeToString(sum[:]):
		return l, errors.New("the verifier is not that of the code")
	}
	return l, nil
}

// newTokens returns a token response for a login.
func (p *Provider) newTokens(issuer string, l login) (map[string]any, error) {
	access, refresh := "at-"+rand.Text(), "rt-"+rand.Text()
	p.tokens[access], p.refresh[refresh] = true, l.scope
	response := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(p.tokenAge.Seconds()), "refresh_token": refresh, "scope": l.scope}
	if !strings.Contains(" "+l.scope+" ", " openid ") {
		return response, nil
	}
	now, sum := p.clock(), sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": issuer, "aud": ClientID, "sub": UserID, "iat": now.Unix(), "exp": now.Add(p.tokenAge).Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(sum[:16]), "email": "ann@example.com", "name": "Ann Example",
	}
	if l.nonce != "" && !p.noNonce {
		claims["nonce"] = l.nonce
	}
	idToken, err := p.sign(claims)
	response["id_token"] = idToken
	return response, err
}

// sign returns an id_token. Call it with mu held.
func (p *Provider) sign(claims map[string]any) (string, error) {
	signer, err := p.signer()
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// SignIDToken returns an id_token with any claims, signed with the provider's key.
func (p *Provider) SignIDToken(claims map[string]any) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sign(claims)
}

// bearer returns the access token of a request, or "" if it has no valid one.
func (p *Provider) bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok || !p.tokens[token] {
		return ""
	}
	return token
}

func (p *Provider) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	if p.bearer(r) == "" {
		writeJSON(w, 401, map[string]string{"error": "invalid_token"})
		return
	}
	writeJSON(w, 200, map[string]any{"sub": UserID, "name": "Ann Example", "email": "ann@example.com", "locale": "en"})
}
