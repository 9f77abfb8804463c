package auth

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
)

// An OpenIDMixin logs in with a provider that speaks OpenID 2.0 with Attribute Exchange. Few
// such providers are left; use an [OIDCMixin] for OpenID Connect. Tornado: auth.OpenIdMixin,
// which is deprecated.
type OpenIDMixin struct {
	Endpoint string // the provider; Tornado: _OPENID_ENDPOINT
}

// OpenIDOptions configure [OpenIDMixin.AuthenticateRedirect].
type OpenIDOptions struct {
	CallbackURI string   // the page to which the provider sends the browser back; "" means the page of this request
	AXAttrs     []string // "name", "email", "language", "username"; nil means all of them. Tornado: ax_attrs
	Next        string   // as in [AuthorizeOptions]
}

// The names of OpenID 2.0.
const (
	openIDNamespace = "http://specs.openid.net/auth/2.0"
	axNamespace     = "http://openid.net/srv/ax/1.0"
)

// axTypes are the types of Attribute Exchange, by attribute and by the alias in a request.
var axTypes = map[string][]httputil.Pair{
	"name": {
		{Name: "firstname", Value: "http://axschema.org/namePerson/first"},
		{Name: "fullname", Value: "http://axschema.org/namePerson"},
		{Name: "lastname", Value: "http://axschema.org/namePerson/last"},
	},
	"email":    {{Name: "email", Value: "http://axschema.org/contact/email"}},
	"language": {{Name: "language", Value: "http://axschema.org/pref/language"}},
	"username": {{Name: "username", Value: "http://axschema.org/namePerson/friendly"}},
}

// GetAuthHTTPClient is the hook that [OAuth2Mixin.GetAuthHTTPClient] describes.
func (m *OpenIDMixin) GetAuthHTTPClient(h Handler) httpclient.AsyncHTTPClient { return h.HTTPClient() }

// AuthenticateRedirect sends the browser to the provider, and remembers the login in a
// cookie. The caller returns its error and writes nothing else. Tornado:
// authenticate_redirect.
func (m *OpenIDMixin) AuthenticateRedirect(h Handler, o OpenIDOptions) error {
	if m.Endpoint == "" {
		return errors.New("auth: OpenIDMixin needs an Endpoint, the URL of the provider")
	}
	login := pendingLogin{Provider: m.Endpoint, State: randomText(), Next: nextPage(h, o.Next)}
	callback, err := absoluteURL(h, o.CallbackURI)
	if err == nil {
		login.RedirectURI, err = httputil.URLConcat(callback, []httputil.Pair{{Name: "openid_login", Value: login.State}})
	}
	if err != nil {
		return err
	}
	args, err := openIDArguments(login.RedirectURI, o.AXAttrs)
	if err != nil {
		return err
	}
	target, err := httputil.URLConcat(m.Endpoint, args)
	if err != nil {
		return err
	}
	if err := login.setCookie(h, openIDCookie); err != nil {
		return err
	}
	return h.Self().Redirect(target)
}

// openIDArguments returns the query for the provider.
func openIDArguments(returnTo string, attributes []string) ([]httputil.Pair, error) {
	u, err := url.Parse(returnTo)
	if err != nil {
		return nil, err
	}
	args := []httputil.Pair{
		{Name: "openid.ns", Value: openIDNamespace},
		{Name: "openid.claimed_id", Value: openIDNamespace + "/identifier_select"},
		{Name: "openid.identity", Value: openIDNamespace + "/identifier_select"},
		{Name: "openid.return_to", Value: returnTo},
		{Name: "openid.realm", Value: u.Scheme + "://" + u.Host + "/"},
		{Name: "openid.mode", Value: "checkid_setup"},
	}
	if attributes == nil {
		attributes = []string{"name", "email", "language", "username"}
	}
	if len(attributes) == 0 {
		return args, nil
	}
	args = append(args, httputil.Pair{Name: "openid.ns.ax", Value: axNamespace}, httputil.Pair{Name: "openid.ax.mode", Value: "fetch_request"})
	var required []string
	for _, attribute := range attributes {
		types, ok := axTypes[attribute]
		if !ok {
			return nil, fmt.Errorf("auth: %q is not an attribute; AXAttrs are of %q", attribute, slices.Sorted(maps.Keys(axTypes)))
		}
		for _, t := range types {
			args = append(args, httputil.Pair{Name: "openid.ax.type." + t.Name, Value: t.Value})
			required = append(required, t.Name)
		}
	}
	return append(args, httputil.Pair{Name: "openid.ax.required", Value: strings.Join(required, ",")}), nil
}

// GetAuthenticatedUser serves the callback of a login: it checks that the response belongs to
// the login and comes from Endpoint, lets the provider confirm it, and returns the user. ID
// is the claimed identifier, Token is nil, and Claims has what the provider has signed:
// "email", "name", "first_name", "last_name", "username", "locale", "claimed_id". It waits for
// the provider. Tornado: get_authenticated_user.
func (m *OpenIDMixin) GetAuthenticatedUser(h Handler) (*User, error) {
	login, err := takePendingLogin(h, openIDCookie, m.Endpoint)
	if err != nil {
		return nil, err
	}
	arguments, err := h.Request().Arguments()
	if err != nil {
		return nil, err
	}
	response := openIDResponse{form: url.Values{}}
	for name, values := range arguments {
		response.form.Set(name, values[len(values)-1])
	}
	if err := response.check(login, m.Endpoint); err != nil {
		return nil, err
	}
	question := maps.Clone(response.form)
	question.Set("openid.mode", "check_authentication")
	answer, err := callProvider(h, formRequest(m.Endpoint, question))
	if err != nil {
		return nil, err
	}
	if !succeeded(answer) {
		return nil, responseError("check of the login", answer, nil)
	}
	if !isValid.Match(answer.Body) {
		return nil, invalidCallback("the provider does not confirm the login")
	}
	claims := response.claims()
	return &User{ID: textOf(claims["claimed_id"]), Claims: claims, Next: login.Next}, nil
}

// isValid matches the line with which a provider confirms a login.
var isValid = regexp.MustCompile(`(?m)^is_valid:true$`)

// An openIDResponse is the query of a callback.
type openIDResponse struct{ form url.Values }

// signed returns an argument that takes part in the signature, or "".
func (r openIDResponse) signed(name string) string {
	if !slices.Contains(strings.Split(r.form.Get("openid.signed"), ","), strings.TrimPrefix(name, "openid.")) {
		return ""
	}
	return r.form.Get(name)
}

// check returns an error unless the response belongs to a login at endpoint (OpenID
// Authentication 2.0, section 11).
func (r openIDResponse) check(login pendingLogin, endpoint string) error {
	switch {
	case !sameText(r.form.Get("openid_login"), login.State):
		return invalidCallback("the response belongs to another login")
	case r.form.Get("openid.mode") == "cancel":
		return refusal("access_denied", "the user refused the login")
	case r.form.Get("openid.mode") != "id_res":
		return refusal("invalid_request", r.form.Get("openid.error"))
	case r.signed("openid.return_to") != login.RedirectURI:
		return invalidCallback("the response was made for another page")
	case r.signed("openid.op_endpoint") != endpoint:
		return invalidCallback("the response comes from another provider")
	case r.signed("openid.response_nonce") == "" || r.signed("openid.claimed_id") == "" || r.signed("openid.identity") == "":
		return invalidCallback("the response does not sign who the user is")
	}
	return nil
}

// claims returns the attributes of the user that are signed.
func (r openIDResponse) claims() map[string]any {
	alias := ""
	for _, name := range slices.Sorted(maps.Keys(r.form)) {
		if strings.HasPrefix(name, "openid.ns.") && r.signed(name) == axNamespace {
			alias = strings.TrimPrefix(name, "openid.ns.")
			break
		}
	}
	claims := map[string]any{"claimed_id": r.signed("openid.claimed_id")}
	put := func(name, value string) {
		if value != "" {
			claims[name] = value
		}
	}
	attribute := func(uri string) string { return r.attribute(alias, uri) }
	first, last := attribute("http://axschema.org/namePerson/first"), attribute("http://axschema.org/namePerson/last")
	email := attribute("http://axschema.org/contact/email")
	local, _, _ := strings.Cut(email, "@")
	put("first_name", first)
	put("last_name", last)
	put("email", email)
	put("name", local)
	put("name", strings.TrimSpace(first+" "+last))
	put("name", attribute("http://axschema.org/namePerson"))
	put("username", attribute("http://axschema.org/namePerson/friendly"))
	put("locale", strings.ToLower(attribute("http://axschema.org/pref/language")))
	return claims
}

// attribute returns the signed value of the type uri, or "".
func (r openIDResponse) attribute(alias, uri string) string {
	if alias == "" {
		return ""
	}
	prefix := "openid." + alias + ".type."
	for _, name := range slices.Sorted(maps.Keys(r.form)) {
		if strings.HasPrefix(name, prefix) && r.signed(name) == uri {
			return r.signed("openid." + alias + ".value." + strings.TrimPrefix(name, prefix))
		}
	}
	return ""
}
