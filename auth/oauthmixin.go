package auth

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
)

// An OAuthMixin logs in with a provider that speaks OAuth 1.0a (RFC 5849) or 1.0. The handler
// must override the methods of [OAuthHooks]. Tornado: auth.OAuthMixin.
type OAuthMixin struct {
	RequestTokenURL string // Tornado: _OAUTH_REQUEST_TOKEN_URL
	AuthorizeURL    string // Tornado: _OAUTH_AUTHORIZE_URL
	AccessTokenURL  string // Tornado: _OAUTH_ACCESS_TOKEN_URL
	Version         string // "1.0a", the default, or "1.0"; Tornado: _OAUTH_VERSION
	NoCallbacks     bool   // the provider does not take a callback URL; Tornado: _OAUTH_NO_CALLBACKS
}

// OAuthHooks are the methods that a handler with an OAuthMixin overrides. h is the handler
// itself.
type OAuthHooks interface {
	// OAuthConsumerToken returns the key and the secret of this application at the provider.
	OAuthConsumerToken(h Handler) (OAuthToken, error)
	// OAuthGetUser returns the claims about the user whom the token belongs to, usually by a
	// call to the provider. No claims mean that there is no such user.
	OAuthGetUser(h Handler, token *OAuthToken) (map[string]any, error)
}

// OAuthConsumerToken returns an error. Override it; see [OAuthHooks]. Tornado:
// _oauth_consumer_token.
func (m *OAuthMixin) OAuthConsumerToken(Handler) (OAuthToken, error) {
	return OAuthToken{}, errors.New("auth: override OAuthConsumerToken in the handler that embeds OAuthMixin")
}

// OAuthGetUser returns an error. Override it; see [OAuthHooks]. Tornado:
// _oauth_get_user_future.
func (m *OAuthMixin) OAuthGetUser(Handler, *OAuthToken) (map[string]any, error) {
	return nil, errors.New("auth: override OAuthGetUser in the handler that embeds OAuthMixin")
}

// An OAuthToken is a token with a secret. Formatting or logging it shows neither. Tornado: a
// dict with key, secret and other fields.
type OAuthToken struct {
	Key    string
	Secret string
	Extra  map[string]string // other fields of the provider's response, such as "screen_name"
}

// Format writes "[token]", so that a token does not reach a log or a page.
func (t OAuthToken) Format(f fmt.State, _ rune) { io.WriteString(f, "[token]") }

// LogValue returns "[token]" for package slog.
func (t OAuthToken) LogValue() slog.Value { return slog.StringValue("[token]") }

// An OAuthUser is a user whom a provider that speaks OAuth 1 has authenticated.
type OAuthUser struct {
	Claims map[string]any // the result of OAuthGetUser
	Token  *OAuthToken    // for calls on behalf of the user
	Next   string         // OAuthOptions.Next of the login, or "/"
}

// Get returns a claim as text, such as "name". It returns "" if there is none.
func (u *OAuthUser) Get(claim string) string { return textOf(u.Claims[claim]) }

// OAuthOptions configure [OAuthMixin.AuthorizeRedirect].
type OAuthOptions struct {
	// CallbackURI is the page to which the provider sends the browser back. It may be
	// relative. "" means the one that the provider knows. With "oob", the user copies a
	// number instead: the response is the URL of the provider's page.
	CallbackURI string
	ExtraParams map[string]string // more parameters for the request token; not with version 1.0
	Next        string            // as in [AuthorizeOptions]
}

// AuthorizeRedirect gets a request token, remembers it in a cookie, and sends the browser to
// the provider. It waits for the provider. The caller returns its error and writes nothing
// else. Tornado: authorize_redirect.
func (m *OAuthMixin) AuthorizeRedirect(h Handler, o OAuthOptions) error {
	return m.startLogin(h, o, m.AuthorizeURL)
}

// GetAuthHTTPClient returns [web.RequestHandler.HTTPClient], the client of the loop. Override
// it to call the provider with another client. Tornado: get_auth_http_client.
func (m *OAuthMixin) GetAuthHTTPClient(h Handler) httpclient.AsyncHTTPClient { return h.HTTPClient() }

// startLogin is AuthorizeRedirect with the URL of the page that asks the user.
func (m *OAuthMixin) startLogin(h Handler, o OAuthOptions, authorizeURL string) error {
	if o.CallbackURI != "" && m.NoCallbacks {
		return errors.New("auth: this service does not support oauth_callback: leave CallbackURI empty")
	}
	callback := o.CallbackURI
	if callback != "" && callback != "oob" {
		var err error
		if callback, err = absoluteURL(h, callback); err != nil {
			return err
		}
	}
	token, err := m.requestToken(h, callback, o.ExtraParams)
	if err != nil {
		return err
	}
	login := pendingLogin{Provider: m.AuthorizeURL, State: token.Key, Verifier: token.Secret, Next: nextPage(h, o.Next)}
	if err := login.setCookie(h, oauth1Cookie); err != nil {
		return err
	}
	args := []httputil.Pair{{Name: "oauth_token", Value: token.Key}}
	if callback != "" && callback != "oob" && authorizeURL == m.AuthorizeURL {
		args = append(args, httputil.Pair{Name: "oauth_callback", Value: callback})
	}
	target, err := httputil.URLConcat(authorizeURL, args)
	if err != nil {
		return err
	}
	if callback == "oob" {
		return h.Self().Finish(target)
	}
	return h.Self().Redirect(target)
}

// requestToken gets a request token (RFC 5849, section 2.1).
func (m *OAuthMixin) requestToken(h Handler, callback string, extra map[string]string) (*OAuthToken, error) {
	var list []oauthParameter
	if m.version() == "1.0a" {
		if callback != "" {
			list = append(list, oauthParameter{"oauth_callback", callback})
		}
		for _, name := range slices.Sorted(maps.Keys(extra)) {
			list = append(list, oauthParameter{name, extra[name]})
		}
	}
	return m.fetchToken(h, m.RequestTokenURL, list, OAuthToken{})
}

func (m *OAuthMixin) version() string { return cmp.Or(m.Version, "1.0a") }

// GetAuthenticatedUser serves the callback of a login: it compares the request token with
// that of the cookie, exchanges it for an access token, and calls OAuthGetUser. The login can
// be used only once. It waits for the provider. The error is an [*AuthError], unless the
// mixin is configured wrongly or OAuthGetUser fails. Tornado: get_authenticated_user.
func (m *OAuthMixin) GetAuthenticatedUser(h Handler) (*OAuthUser, error) {
	hooks, err := hooksOf(h)
	if err != nil {
		return nil, err
	}
	login, err := takePendingLogin(h, oauth1Cookie, m.AuthorizeURL)
	if err != nil {
		return nil, err
	}
	if _, denied := h.LookupArgument("denied"); denied {
		return nil, refusal("access_denied", "the user refused the login")
	}
	if !sameText(argument(h, "oauth_token"), login.State) {
		return nil, invalidCallback("the argument oauth_token is missing or belongs to another login")
	}
	var list []oauthParameter
	if verifier := argument(h, "oauth_verifier"); verifier != "" {
		list = append(list, oauthParameter{"oauth_verifier", verifier})
	}
	token, err := m.fetchToken(h, m.AccessTokenURL, list, OAuthToken{Key: login.State, Secret: login.Verifier})
	if err != nil {
		return nil, err
	}
	claims, err := hooks.OAuthGetUser(h, token)
	if err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, invalidResponse("the provider does not know the user", nil)
	}
	return &OAuthUser{Claims: claims, Token: token, Next: login.Next}, nil
}

// hooksOf returns the hooks of the application.
func hooksOf(h Handler) (OAuthHooks, error) {
	hooks, ok := h.Self().(OAuthHooks)
	if !ok {
		return nil, fmt.Errorf("auth: %T has methods OAuthConsumerToken or OAuthGetUser that do not have the form of auth.OAuthHooks", h.Self())
	}
	return hooks, nil
}

// fetchToken sends a signed GET and returns the token in its response.
func (m *OAuthMixin) fetchToken(h Handler, url string, list []oauthParameter, with OAuthToken) (*OAuthToken, error) {
	request, err := m.signedRequest(h, &httpclient.HTTPRequest{URL: url}, list, with)
	if err != nil {
		return nil, err
	}
	response, err := callProvider(h, request)
	if err != nil {
		return nil, err
	}
	if with.Key != "" && 400 <= response.Code && response.Code <= 403 {
		logBody("token request", response, []string{with.Key, with.Secret})
		return nil, invalidCallback("the provider refuses the request token")
	}
	if !succeeded(response) {
		return nil, responseError("token request", response, nil, with.Key, with.Secret)
	}
	token, err := parseOAuthToken(response.Body)
	if err != nil {
		return nil, responseError("token request", response, err)
	}
	return token, nil
}

// signedRequest adds the Authorization header to a request. list are more protocol
// parameters.
func (m *OAuthMixin) signedRequest(h Handler, r *httpclient.HTTPRequest, list []oauthParameter, with OAuthToken) (*httpclient.HTTPRequest, error) {
	hooks, err := hooksOf(h)
	if err != nil {
		return nil, err
	}
	consumer, err := hooks.OAuthConsumerToken(h)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(r.Body))
	if err != nil {
		return nil, err
	}
	protocol, err := m.protocolParameters(h, consumer, with, list, cmp.Or(r.Method, "GET"), r.URL, form)
	if err != nil {
		return nil, err
	}
	r.Headers.Set("Authorization", authorizationHeader(protocol))
	return r, nil
}

// protocolParameters returns the oauth_ parameters of a request, in Tornado's order, with
// list before the signature.
func (m *OAuthMixin) protocolParameters(h Handler, consumer, token OAuthToken, list []oauthParameter, method, rawURL string, form url.Values) ([]oauthParameter, error) {
	protocol := []oauthParameter{{"oauth_consumer_key", consumer.Key}}
	if token.Key != "" {
		protocol = append(protocol, oauthParameter{"oauth_token", token.Key})
	}
	protocol = append(protocol,
		oauthParameter{"oauth_signature_method", "HMAC-SHA1"},
		oauthParameter{"oauth_timestamp", strconv.FormatInt(h.Loop().Now().Unix(), 10)},
		oauthParameter{"oauth_nonce", randomText()},
		oauthParameter{"oauth_version", "1.0"})
	protocol = append(protocol, list...)
	signature, err := sign(m.version(), method, rawURL, slices.Concat(protocol, parametersOf(form)), consumer.Secret, token.Secret)
	if err != nil {
		return nil, err
	}
	return append(protocol, oauthParameter{"oauth_signature", signature}), nil
}

// OAuthRequestParameters returns the oauth_ parameters of a request to rawURL, with the
// signature. parameters are those of the request's form, and those of its query that are not
// in rawURL. method is "GET" or another one. Tornado: _oauth_request_parameters.
func (m *OAuthMixin) OAuthRequestParameters(h Handler, rawURL string, token *OAuthToken, parameters url.Values, method string) (map[string]string, error) {
	hooks, err := hooksOf(h)
	if err != nil {
		return nil, err
	}
	consumer, err := hooks.OAuthConsumerToken(h)
	if err != nil {
		return nil, err
	}
	list, err := m.protocolParameters(h, consumer, *token, nil, method, rawURL, parameters)
	if err != nil {
		return nil, err
	}
	result := map[string]string{}
	for _, p := range list {
		result[p.name] = p.value
	}
	return result, nil
}

// OAuthRequestOptions configure a signed call to an API of a provider.
type OAuthRequestOptions struct {
	AccessToken *OAuthToken // nil signs as the application only
	Args        url.Values  // added to the query of the URL
	PostArgs    url.Values  // the form of a POST; nil means GET
}

// OAuthRequest calls an API of the provider with a signed request, and decodes the JSON of
// the response into v. Errors are those of [OAuth2Mixin.OAuth2Request]. Tornado 2.2 has
// twitter_request and friendfeed_request only.
func (m *OAuthMixin) OAuthRequest(h Handler, url string, o OAuthRequestOptions, v any) error {
	request, err := apiRequest(url, RequestOptions{Args: o.Args, PostArgs: o.PostArgs})
	if err != nil {
		return err
	}
	var token OAuthToken
	if o.AccessToken != nil {
		token = *o.AccessToken
	}
	if request, err = m.signedRequest(h, request, nil, token); err != nil {
		return err
	}
	return callAPI(h, request, v, token.Key, token.Secret)
}

// parseOAuthToken returns the token in the form that a provider sends (RFC 5849, section
// 2.1).
func parseOAuthToken(body []byte) (*OAuthToken, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the body is not a form")
	}
	token := &OAuthToken{Key: form.Get("oauth_token"), Secret: form.Get("oauth_token_secret"), Extra: map[string]string{}}
	if token.Key == "" || token.Secret == "" {
		return nil, errors.New("the body has no oauth_token with its oauth_token_secret")
	}
	for name := range form {
		if value := form.Get(name); value != "" && name != "oauth_token" && name != "oauth_token_secret" {
			token.Extra[name] = value
		}
	}
	return token, nil
}
