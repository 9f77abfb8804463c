// Package authtest is a login provider for tests and examples, which needs no network. It
// speaks OAuth 2 with PKCE, OpenID Connect with discovery and keys, OAuth 1.0a, and OpenID 2.0.
// It is as strict as a good provider: a code works once, with the redirect URI and the
// verifier of its login.
//
//	provider := authtest.New()
//	server := httptest.NewServer(provider)
//	issuer := server.URL
//
// It is not for production: there are no passwords, and everything is in memory.
package authtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// These are the client that a provider knows, and its user.
const (
	ClientID     = "client"
	ClientSecret = "client-secret"
	UserID       = "u-1"
)

// A Provider is an [http.Handler] that serves all pages of a login provider. Any goroutine
// may use it.
type Provider struct {
	mux *http.ServeMux

	mu       sync.Mutex
	key      *ecdsa.PrivateKey
	keyCount int
	clock    func() time.Time
	logins   map[string]login  // by code, until the code is used
	tokens   map[string]bool   // access tokens
	refresh  map[string]string // scopes by refresh token
	oauth1   map[string]*requestToken
	replaced map[string]http.HandlerFunc // by path
	urls     []string
	noNonce  bool
	tokenAge time.Duration
}

// A login is a request that a user has allowed.
type login struct {
	redirectURI, challenge, nonce, scope string
}

// New returns a provider with one client and one user.
func New() *Provider {
	p := &Provider{clock: time.Now, tokenAge: time.Hour, mux: http.NewServeMux(), logins: map[string]login{}, tokens: map[string]bool{},
		refresh: map[string]string{}, oauth1: map[string]*requestToken{}, replaced: map[string]http.HandlerFunc{}}
	p.RotateKeys()
	p.mux.HandleFunc("GET /.well-known/openid-configuration", p.serveConfiguration)
	p.mux.HandleFunc("GET /keys", p.serveKeys)
	p.mux.HandleFunc("GET /authorize", p.askUser)
	p.mux.HandleFunc("POST /authorize", p.decide)
	p.mux.HandleFunc("POST /token", p.serveToken)
	p.mux.HandleFunc("GET /userinfo", p.serveUserInfo)
	p.addGraph()
	p.addOAuth1()
	p.addOpenID()
	return p
}

// ServeHTTP serves a page of the provider.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.urls = append(p.urls, r.URL.String())
	replaced := p.replaced[r.URL.Path]
	p.mu.Unlock()
	if replaced != nil {
		replaced(w, r)
		return
	}
	p.mux.ServeHTTP(w, r)
}

// RotateKeys replaces the key that signs id_tokens. The old key is withdrawn.
func (p *Provider) RotateKeys() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no random numbers
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = key
	p.keyCount++
}

// Replace serves a path with h, such as one that fails. nil restores the provider's own page.
func (p *Provider) Replace(path string, h http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.replaced[path] = h
}

// SetTokenAge sets how long id_tokens and access tokens are valid. It is one hour at first; a
// negative age makes tokens that have expired.
func (p *Provider) SetTokenAge(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tokenAge = d
}

// OmitNonce makes id_tokens without a nonce.
func (p *Provider) OmitNonce() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.noNonce = true
}

// URLs returns the paths and queries of all requests so far.
func (p *Provider) URLs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.urls...)
}

// Callback returns the URL to which the provider would redirect the browser that follows
// authorizeURL, after the user has allowed or refused the login.
func (p *Provider) Callback(authorizeURL string, allow bool) (string, error) {
	u, err := url.Parse(authorizeURL)
	if err != nil {
		return "", err
	}
	return p.decision(u.Scheme+"://"+u.Host, u, allow)
}

// decision returns the URL of the callback. page is the page with the buttons; origin is the
// URL of the provider.
func (p *Provider) decision(origin string, page *url.URL, allow bool) (string, error) {
	q := page.Query()
	switch {
	case strings.HasPrefix(page.Path, "/oauth1/"):
		return p.decideOAuth1(q, allow)
	case page.Path == "/openid":
		return p.decideOpenID(origin+page.Path, q, allow)
	}
	return p.decideOAuth2(q, allow)
}

var consentPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<title>Example provider</title>
<h1>Example provider</h1>
<p>Allow the application <b>{{.}}</b> to log you in as <b>Ann Example</b>?</p>
<form method="post"><button name="allow" value="yes">Allow</button> <button name="allow" value="no">Refuse</button></form>
`))

// askUser shows the page with the buttons. Their form goes to the same URL.
func (p *Provider) askUser(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Referrer-Policy", "no-referrer")
	consentPage.Execute(w, r.URL.Query().Get("client_id"))
}

// decide redirects the browser after a button was pressed.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	target, err := p.decision(issuerOf(r), r.URL, r.PostFormValue("allow") == "yes")
	if err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	http.Redirect(w, r, target, http.StatusFound)
}

// withQuery adds arguments to a URL, and leaves out those that are "".
func withQuery(rawURL string, args ...string) (string, error) {
	u, err := url.Parse(rawURL)
	if err != nil || !u.IsAbs() {
		return "", fmt.Errorf("the callback %q is not an absolute URL", rawURL)
	}
	q := u.Query()
	for i := 0; i < len(args); i += 2 {
		if args[i+1] != "" {
			q.Set(args[i], args[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func issuerOf(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// signer returns a signer with the current key. Call it with mu held.
func (p *Provider) signer() (jose.Signer, error) {
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: p.key, KeyID: fmt.Sprintf("key-%d", p.keyCount)}}
	return jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
}
