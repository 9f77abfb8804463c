package auth

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
)

// These limits apply to a configuration and to keys that were read.
const (
	discoveryLife  = 24 * time.Hour
	discoveryRetry = time.Minute      // time before a configuration that could not be read is fetched again
	keyLife        = time.Hour        // time for which a key is accepted after the provider has withdrawn it
	keyFetchPause  = 10 * time.Second // time between two fetches of keys because of an unknown key
)

// An oidcProvider holds the configuration of a provider.
type oidcProvider struct {
	issuer     string
	authorize  string
	token      string
	userInfo   string
	algorithms []string // for signatures
	keys       *oidcKeys
	read       time.Time
}

// An oidcKeys holds the keys at a URL.
type oidcKeys struct {
	url     string
	public  []jose.JSONWebKey
	fetched time.Time // when the last fetch ended
	pending *ioloop.Future[struct{}]
}

// knownProviders holds the providers of a loop by issuer, and their keys by URL.
type knownProviders struct {
	byIssuer map[string]*oidcProvider
	keys     map[string]*oidcKeys
}

type knownProvidersKey struct{}

func providersOf(loop *ioloop.IOLoop) *knownProviders {
	return loop.Local(knownProvidersKey{}, func() any {
		return &knownProviders{map[string]*oidcProvider{}, map[string]*oidcKeys{}}
	}).(*knownProviders)
}

// keysAt returns the keys at a URL, which are fetched on first use.
func (k *knownProviders) keysAt(url string) *oidcKeys {
	keys := k.keys[url]
	if keys == nil {
		keys = &oidcKeys{url: url}
		k.keys[url] = keys
	}
	return keys
}

// discover sets the URLs of the mixin that are empty, and returns the
// provider. It reads the configuration of the provider unless the mixin has all URLs.
func (m *OIDCMixin) discover(h Handler) (*oidcProvider, error) {
	if m.Issuer == "" {
		return nil, errors.New("auth: OIDCMixin needs an Issuer, the URL of the provider")
	}
	known := providersOf(h.Loop())
	if m.AuthorizeURL != "" && m.AccessTokenURL != "" && m.KeysURL != "" {
		return &oidcProvider{issuer: m.Issuer, keys: known.keysAt(m.KeysURL)}, nil
	}
	p := known.byIssuer[m.Issuer]
	if p == nil || h.Loop().Now().Sub(p.read) > discoveryLife {
		fresh, err := readConfiguration(h, m.Issuer)
		switch {
		case err == nil:
			p = fresh
			known.byIssuer[m.Issuer] = p
		case p == nil:
			return nil, err
		default: // the old configuration is used while the provider is down
			p.read = h.Loop().Now().Add(discoveryRetry - discoveryLife)
		}
	}
	m.AuthorizeURL, m.AccessTokenURL = cmp.Or(m.AuthorizeURL, p.authorize), cmp.Or(m.AccessTokenURL, p.token)
	m.UserInfoURL = cmp.Or(m.UserInfoURL, p.userInfo)
	if m.KeysURL != "" {
		return &oidcProvider{issuer: p.issuer, algorithms: p.algorithms, keys: known.keysAt(m.KeysURL)}, nil
	}
	return p, nil
}

// readConfiguration fetches the configuration of an issuer (OpenID Connect Discovery,
// section 4).
func readConfiguration(h Handler, issuer string) (*oidcProvider, error) {
	response, err := callProvider(h, &httpclient.HTTPRequest{URL: wellKnown(issuer)})
	if err != nil {
		return nil, err
	}
	var c struct {
		Issuer     string   `json:"issuer"`
		Authorize  string   `json:"authorization_endpoint"`
		Token      string   `json:"token_endpoint"`
		UserInfo   string   `json:"userinfo_endpoint"`
		Keys       string   `json:"jwks_uri"`
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
	}
	if !succeeded(response) {
		err = response.Error
	} else {
		err = decodeJSON(response.Body, &c)
	}
	if err == nil && c.Issuer != issuer {
		err = errors.New("the configuration names another issuer")
	}
	if err == nil && !(isHTTP(c.Authorize) && isHTTP(c.Token) && isHTTP(c.Keys)) {
		err = errors.New("the configuration lacks a URL")
	}
	if err != nil {
		return nil, responseError("configuration of "+issuer, response, err)
	}
	return &oidcProvider{issuer: c.Issuer, authorize: c.Authorize, token: c.Token, userInfo: c.UserInfo, algorithms: signatures(c.Algorithms),
		keys: providersOf(h.Loop()).keysAt(c.Keys), read: h.Loop().Now()}, nil
}

func isHTTP(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// signatures returns the algorithms that use a public key. "none" and those with a shared
// secret are left out. An empty result means RS256.
func signatures(offered []string) (usable []string) {
	for _, name := range offered {
		switch name {
		case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA":
			usable = append(usable, name)
		}
	}
	return usable
}

// A keySet verifies signatures for one request. It is an oidc.KeySet. It may wait, so it is
// used in a coroutine of h only.
type keySet struct {
	h      Handler
	keys   *oidcKeys
	failed error // the error of the fetch of the keys; go-oidc keeps only its text
}

// VerifySignature returns the payload of jwt. If the keys are old, or none fits, they are
// fetched again, because the provider may have changed them.
func (s *keySet) VerifySignature(_ context.Context, jwt string) ([]byte, error) {
	signed, err := jose.ParseSigned(jwt, allSignatures)
	if err != nil {
		return nil, errors.New("the token is malformed")
	}
	if s.h.Loop().Now().Sub(s.keys.fetched) < keyLife {
		if payload := s.keys.verify(signed); payload != nil {
			return payload, nil
		}
	}
	if s.failed = s.keys.refresh(s.h); s.failed != nil {
		return nil, s.failed
	}
	if payload := s.keys.verify(signed); payload != nil {
		return payload, nil
	}
	return nil, errors.New("no key of the provider fits the signature")
}

// allSignatures are accepted by the parser; the verifier has checked the algorithm already.
var allSignatures = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA}

// verify returns the payload of a token that one of the keys has signed, or nil. A token that
// names a key must be signed by that one.
func (k *oidcKeys) verify(signed *jose.JSONWebSignature) []byte {
	if len(signed.Signatures) != 1 {
		return nil
	}
	id := signed.Signatures[0].Header.KeyID
	for _, key := range k.public {
		if id != "" && key.KeyID != "" && id != key.KeyID {
			continue
		}
		if payload, err := signed.Verify(&key); err == nil {
			return payload
		}
	}
	return nil
}

// refresh fetches the keys. Requests that need them at the same time share the fetch. Between
// two fetches lies keyFetchPause, so that forged tokens do not flood the provider.
func (k *oidcKeys) refresh(h Handler) error {
	if k.pending != nil {
		_, err := k.pending.Await()
		return err
	}
	if !k.fetched.IsZero() && h.Loop().Now().Sub(k.fetched) < keyFetchPause {
		return nil
	}
	fetch := ioloop.Go(h.Loop(), func() (struct{}, error) { return struct{}{}, k.fetch(h) })
	if !fetch.Done() {
		k.pending = fetch
	}
	_, err := fetch.Await()
	return err
}

// fetch replaces the keys by those of the provider.
func (k *oidcKeys) fetch(h Handler) error {
	defer func() { k.pending = nil }()
	response, err := callProvider(h, &httpclient.HTTPRequest{URL: k.url})
	if err != nil {
		return err
	}
	keys, err := decodeKeys(response.Body)
	if !succeeded(response) {
		err = response.Error
	}
	if err != nil {
		return responseError("keys of the provider", response, err)
	}
	k.public, k.fetched = keys, h.Loop().Now()
	return nil
}

// decodeKeys decodes a key set and leaves out keys of unknown kinds (RFC 7517, section 5).
func decodeKeys(body []byte) (keys []jose.JSONWebKey, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := decodeJSON(body, &set); err != nil {
		return nil, err
	}
	for _, text := range set.Keys {
		var key jose.JSONWebKey
		if key.UnmarshalJSON(text) == nil && key.Use != "enc" && key.IsPublic() {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return keys, nil
}
