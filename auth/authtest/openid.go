package authtest

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// addOpenID adds the page of OpenID 2.0.
func (p *Provider) addOpenID() {
	p.mux.HandleFunc("GET /openid", p.askUser)
	p.mux.HandleFunc("POST /openid", p.serveOpenID)
}

// serveOpenID serves the user's decision, and the request that checks an assertion (OpenID
// Authentication 2.0, section 11.4.2).
func (p *Provider) serveOpenID(w http.ResponseWriter, r *http.Request) {
	if r.PostFormValue("openid.mode") != "check_authentication" {
		p.decide(w, r)
		return
	}
	p.mu.Lock()
	key := "openid " + r.PostFormValue("openid.sig")
	_, ok := p.logins[key]
	delete(p.logins, key)
	p.mu.Unlock()
	w.Write([]byte("ns:http://specs.openid.net/auth/2.0\nis_valid:" + map[bool]string{true: "true", false: "false"}[ok] + "\n"))
}

// decideOpenID returns the URL of the callback, with a signed assertion or a refusal.
func (p *Provider) decideOpenID(endpoint string, q url.Values, allow bool) (string, error) {
	returnTo := q.Get("openid.return_to")
	const ns = "http://specs.openid.net/auth/2.0"
	switch {
	case q.Get("openid.mode") != "checkid_setup":
		return "", errors.New("openid.mode is not checkid_setup")
	case !allow:
		return withQuery(returnTo, "openid.ns", ns, "openid.mode", "cancel")
	}
	signature := rand.Text()
	p.mu.Lock()
	p.logins["openid "+signature] = login{}
	p.mu.Unlock()
	args := []string{
		"openid.ns", ns, "openid.mode", "id_res", "openid.op_endpoint", endpoint, "openid.return_to", returnTo,
		"openid.response_nonce", "2026-12-01T12:00:00Z" + signature, "openid.claimed_id", "http://example.com/ann",
		"openid.identity", "http://example.com/ann", "openid.ns.ext1", "http://openid.net/srv/ax/1.0", "openid.ext1.mode", "fetch_response",
		"openid.ext1.type.email", "http://axschema.org/contact/email", "openid.ext1.value.email", "ann@example.com",
		"openid.ext1.type.firstname", "http://axschema.org/namePerson/first", "openid.ext1.value.firstname", "Ann",
		"openid.ext1.type.language", "http://axschema.org/pref/language", "openid.ext1.value.language", "EN-us",
		"openid.sig", signature,
	}
	var names []string
	for i := 0; i < len(args)-2; i += 2 {
		if args[i] != "openid.mode" && args[i] != "openid.ns" {
			names = append(names, strings.TrimPrefix(args[i], "openid."))
		}
	}
	return withQuery(returnTo, append(args, "openid.signed", strings.Join(names, ","))...)
}
