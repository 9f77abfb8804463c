package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/web"
)

// These cookies hold a login until the callback.
const (
	oauth2Cookie = "_oauth2_login"
	oauth1Cookie = "_oauth_request_token" // Tornado's name
	openIDCookie = "_openid_login"
)

// loginTimeout limits the time that the user spends at the provider.
const loginTimeout = 10 * time.Minute

// A pendingLogin holds the data of a login until the callback. It travels in a cookie that is
// encrypted and authenticated (AES-256-GCM), because a browser must neither read the secret of
// a request token nor make up a login.
type pendingLogin struct {
	Provider    string `json:"p"`           // the authorize URL of the mixin, which must also serve the callback
	State       string `json:"s"`           // or the key of the request token
	Verifier    string `json:"v,omitempty"` // the verifier of PKCE, or the secret of the request token
	Nonce       string `json:"n,omitempty"`
	RedirectURI string `json:"r,omitempty"`
	Next        string `json:"t,omitempty"`
	Expires     int64  `json:"e"` // Unix time
}

// cookieName returns the name of a cookie for this request. On HTTPS the prefix keeps other
// hosts of the domain from setting the cookie (RFC 6265bis, section 4.1.3.2).
func cookieName(h Handler, name string) string {
	if h.Request().Protocol == "https" {
		return "__Host-" + name
	}
	return name
}

func loginCookieOptions(h Handler) web.CookieOptions {
	return web.CookieOptions{HTTPOnly: true, SameSite: "Lax", Secure: h.Request().Protocol == "https"}
}

// setCookie stores p in a cookie. It replaces an earlier login of the same kind.
func (p pendingLogin) setCookie(h Handler, cookie string) error {
	p.Expires = h.Loop().Now().Add(loginTimeout).Unix()
	version, secret, err := signingSecret(h.Settings())
	if err != nil {
		return err
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return err
	}
	sealed := base64.RawURLEncoding.EncodeToString(seal(secret, cookie, plain))
	o := loginCookieOptions(h)
	o.MaxAge = int(loginTimeout / time.Second)
	h.Self().SetCookie(cookieName(h, cookie), strconv.Itoa(version)+"."+sealed, o)
	return nil
}

// takePendingLogin returns the login in the cookie and clears the cookie. provider is the authorize
// URL of the mixin that serves the callback. The caller compares the state.
func takePendingLogin(h Handler, cookie, provider string) (p pendingLogin, err error) {
	name := cookieName(h, cookie)
	value := h.GetCookie(name)
	if value == "" {
		return p, invalidCallback("the cookie %s is missing: the login was not started in this browser, or was used already", name)
	}
	h.Self().ClearCookie(name, loginCookieOptions(h))
	digits, sealed, _ := strings.Cut(value, ".")
	version, err := strconv.Atoi(digits)
	if err != nil {
		return p, invalidCallback("the cookie %s is malformed", name)
	}
	secret := h.Settings().CookieSecret
	if versions := h.Settings().CookieSecrets; versions != nil {
		secret = versions[version]
	}
	data, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || secret == "" {
		return p, invalidCallback("the cookie %s is malformed", name)
	}
	plain, err := unseal(secret, cookie, data)
	if err != nil || json.Unmarshal(plain, &p) != nil {
		return pendingLogin{}, invalidCallback("the cookie %s was not made by this application", name)
	}
	switch {
	case h.Loop().Now().Unix() >= p.Expires:
		return pendingLogin{}, invalidCallback("the login took longer than %s", loginTimeout)
	case p.Provider != provider:
		return pendingLogin{}, invalidCallback("the login was started with another provider")
	}
	return p, nil
}

// signingSecret returns the secret for new cookies and its key version.
func signingSecret(s *web.Settings) (version int, secret string, err error) {
	if s.CookieSecrets != nil {
		version, secret = s.KeyVersion, s.CookieSecrets[s.KeyVersion]
	} else {
		secret = s.CookieSecret
	}
	if secret == "" {
		err = errors.New("auth: a login needs a secret: define Settings.CookieSecret")
	}
	return version, secret, err
}

// cipherFor returns a cipher with a key that is derived from a cookie secret.
func cipherFor(secret string) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "tornado auth login cookie", 32)
	if err != nil {
		panic(err) // an error is possible only for a key of a wrong length
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for a wrong key size
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // only for a wrong block size
	}
	return aead
}

// seal encrypts and authenticates plain for one purpose.
func seal(secret, purpose string, plain []byte) []byte {
	return cipherFor(secret).Seal(nil, nil, plain, []byte(purpose))
}

func unseal(secret, purpose string, sealed []byte) ([]byte, error) {
	return cipherFor(secret).Open(nil, nil, sealed, []byte(purpose))
}

// randomText returns 128 random bits or more, as text for a URL.
func randomText() string { return rand.Text() }

// sameText compares in constant time.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
