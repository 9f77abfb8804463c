package authtest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// A requestToken is a token of OAuth 1.0a, from the request for it until it is exchanged. An
// access token is one that is allowed and exchanged.
type requestToken struct {
	secret, callback, verifier string
	access                     bool
}

// addOAuth1 adds the pages of OAuth 1.0a (RFC 5849).
func (p *Provider) addOAuth1() {
	p.mux.HandleFunc("GET /oauth1/request_token", p.serveRequestToken)
	p.mux.HandleFunc("GET /oauth1/authorize", p.askUser)
	p.mux.HandleFunc("POST /oauth1/authorize", p.decide)
	p.mux.HandleFunc("GET /oauth1/authenticate", p.askUser)
	p.mux.HandleFunc("POST /oauth1/authenticate", p.decide)
	p.mux.HandleFunc("GET /oauth1/access_token", p.serveAccessToken)
	p.mux.HandleFunc("/oauth1/account/verify_credentials.json", p.serveCredentials)
}

// oauthParameters returns the parameters of the Authorization header of a request.
func oauthParameters(r *http.Request) url.Values {
	found := url.Values{}
	rest, _ := strings.CutPrefix(r.Header.Get("Authorization"), "OAuth ")
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		text, err := url.PathUnescape(strings.Trim(value, `"`))
		if err == nil && name != "" {
			found.Add(name, text)
		}
	}
	return found
}

var plus = strings.NewReplacer("+", "%20", "%7E", "~")

func encoded(text string) string { return plus.Replace(url.QueryEscape(text)) }

// checkSignature returns an error if a request is not signed with the client's secret and
// that of its token.
func (p *Provider) checkSignature(r *http.Request, tokenSecret string) error {
	oauth := oauthParameters(r)
	if oauth.Get("oauth_consumer_key") != ClientID || oauth.Get("oauth_signature_method") != "HMAC-SHA1" {
		return errors.New("unknown consumer or signature method")
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	var pairs []string
	for _, values := range []url.Values{oauth, r.Form} {
		for name, all := range values {
			for _, value := range all {
				if name != "oauth_signature" {
					pairs = append(pairs, encoded(name)+"="+encoded(value))
				}
			}
		}
	}
	slices.Sort(pairs)
	base := r.Method + "&" + encoded(issuerOf(r)+r.URL.EscapedPath()) + "&" + encoded(strings.Join(pairs, "&"))
	mac := hmac.New(sha1.New, []byte(encoded(ClientSecret)+"&"+encoded(tokenSecret)))
	mac.Write([]byte(base))
	if oauth.Get("oauth_signature") != base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		return errors.New("the signature is wrong")
	}
	return nil
}

func (p *Provider) serveRequestToken(w http.ResponseWriter, r *http.Request) {
	if err := p.checkSignature(r, ""); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	key, token := rand.Text(), &requestToken{secret: rand.Text(), callback: oauthParameters(r).Get("oauth_callback")}
	p.mu.Lock()
	p.oauth1[key] = token
	p.mu.Unlock()
	writeForm(w, "oauth_token", key, "oauth_token_secret", token.secret, "oauth_callback_confirmed", "true")
}

// decideOAuth1 returns the URL of the callback, with a verifier or as Twitter refuses.
func (p *Provider) decideOAuth1(q url.Values, allow bool) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := q.Get("oauth_token")
	token := p.oauth1[key]
	if token == nil || token.access {
		return "", errors.New("unknown request token")
	}
	if !allow {
		delete(p.oauth1, key)
		return withQuery(token.callback, "denied", key)
	}
	token.verifier = rand.Text()
	return withQuery(token.callback, "oauth_token", key, "oauth_verifier", token.verifier)
}

func (p *Provider) serveAccessToken(w http.ResponseWriter, r *http.Request) {
	oauth := oauthParameters(r)
	p.mu.Lock()
	defer p.mu.Unlock()
	key := oauth.Get("oauth_token")
	token := p.oauth1[key]
	if token == nil || token.access || token.verifier == "" || token.verifier != oauth.Get("oauth_verifier") {
		http.Error(w, "the request token is unknown, not allowed or was used", http.StatusUnauthorized)
		return
	}
	if err := p.checkSignature(r, token.secret); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	delete(p.oauth1, key)
	access, made := "oauth1-"+rand.Text(), &requestToken{secret: rand.Text(), access: true}
	p.oauth1[access] = made
	writeForm(w, "oauth_token", access, "oauth_token_secret", made.secret, "screen_name", "ann", "empty", "")
}

func (p *Provider) serveCredentials(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	token := p.oauth1[oauthParameters(r).Get("oauth_token")]
	p.mu.Unlock()
	if token == nil || !token.access {
		writeJSON(w, 401, map[string]any{"errors": []any{map[string]any{"code": 89, "message": "Invalid or expired token."}}})
		return
	}
	if err := p.checkSignature(r, token.secret); err != nil {
		writeJSON(w, 401, map[string]any{"errors": []any{map[string]any{"code": 32, "message": err.Error()}}})
		return
	}
	writeJSON(w, 200, map[string]any{"id": 17, "screen_name": "ann", "name": "Ann Example", "status": r.PostFormValue("status")})
}

// writeForm writes pairs of names and values as a form.
func writeForm(w http.ResponseWriter, pairs ...string) {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	w.Header().Set("Content-Type", "application/x-www-form-urlencoded")
	w.Write([]byte(form.Encode()))
}
