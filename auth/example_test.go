package auth_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/auth/authtest"
	"github.com/gotornado/tornado/web"
)

// logInAsAnn serves a handler at /login, and plays the browser of a user who allows the
// login. It prints the last page.
func logInAsAnn(login func(provider string) web.URLSpec, settings web.Settings) {
	provider := authtest.New()
	providerServer := httptest.NewServer(provider)
	defer providerServer.Close()
	settings.CookieSecret, settings.LogFunction = "long and random", func(*web.RequestHandler) {}
	app := web.NewApplication([]web.URLSpec{login(providerServer.URL)}, settings)
	defer app.Close()
	server := httptest.NewServer(app)
	defer server.Close()

	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(server.URL + "/login?next=/inbox")
	if err != nil {
		fmt.Println(err)
		return
	}
	response.Body.Close()
	callback, err := provider.Callback(response.Header.Get("Location"), true) // the user presses "Allow"
	if err != nil {
		fmt.Println(err)
		return
	}
	if response, err = browser.Get(callback); err != nil {
		fmt.Println(err)
		return
	}
	page, _ := io.ReadAll(response.Body)
	response.Body.Close()
	fmt.Printf("%s", page)
}

type GoogleLoginHandler struct {
	web.RequestHandler
	auth.GoogleOAuth2Mixin
}

func (h *GoogleLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"profile", "email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString("Hello " + user.Get("name") + ", to " + user.Next + "\n")
}

// Without Issuer, the provider is Google.
func ExampleGoogleOAuth2Mixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", GoogleLoginHandler{GoogleOAuth2Mixin: auth.GoogleOAuth2Mixin{OIDCMixin: auth.OIDCMixin{Issuer: provider}}})
	}, web.Settings{Extra: map[string]any{"google_oauth": auth.GoogleOAuthSettings{Key: authtest.ClientID, Secret: authtest.ClientSecret}}})
	// Output: Hello Ann Example, to /inbox
}

type StaffLoginHandler struct {
	web.RequestHandler
	auth.OIDCMixin
}

func (h *StaffLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString(user.ID + " is " + user.Get("email") + "\n")
}

// Issuer is the URL of the provider, such as "https://login.example.com/realms/staff".
func ExampleOIDCMixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", StaffLoginHandler{OIDCMixin: auth.OIDCMixin{
			Issuer:      provider,
			OAuth2Mixin: auth.OAuth2Mixin{ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret},
		}})
	}, web.Settings{})
	// Output: u-1 is ann@example.com
}

type ForgeLoginHandler struct {
	web.RequestHandler
	auth.OAuth2Mixin
}

func (h *ForgeLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"read:user"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString("Hello " + user.Get("name") + "\n")
}

// A provider that speaks OAuth 2 only, such as GitHub, needs three URLs.
func ExampleOAuth2Mixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", ForgeLoginHandler{OAuth2Mixin: auth.OAuth2Mixin{
			AuthorizeURL: provider + "/authorize", AccessTokenURL: provider + "/token", UserInfoURL: provider + "/userinfo",
			ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret,
		}})
	}, web.Settings{})
	// Output: Hello Ann Example
}

type FacebookLoginHandler struct {
	web.RequestHandler
	auth.FacebookGraphMixin
}

func (h *FacebookLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.AuthorizeOptions{Scope: []string{"user_posts"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString("Hello " + user.Get("first_name") + "\n")
}

// Without URLs, the provider is Facebook.
func ExampleFacebookGraphMixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", FacebookLoginHandler{FacebookGraphMixin: auth.FacebookGraphMixin{
			BaseURL: provider,
			OAuth2Mixin: auth.OAuth2Mixin{
				AuthorizeURL: provider + "/authorize", AccessTokenURL: provider + "/token",
				ClientID: authtest.ClientID, ClientSecret: authtest.ClientSecret,
			},
		}})
	}, web.Settings{})
	// Output: Hello Ann
}

type OAuthLoginHandler struct {
	web.RequestHandler
	auth.OAuthMixin
	API string
}

func (h *OAuthLoginHandler) OAuthConsumerToken(auth.Handler) (auth.OAuthToken, error) {
	return auth.OAuthToken{Key: authtest.ClientID, Secret: authtest.ClientSecret}, nil
}

func (h *OAuthLoginHandler) OAuthGetUser(_ auth.Handler, token *auth.OAuthToken) (user map[string]any, err error) {
	err = h.OAuthRequest(h, h.API+"/account/verify_credentials.json", auth.OAuthRequestOptions{AccessToken: token}, &user)
	return user, err
}

func (h *OAuthLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthorizeRedirect(h, auth.OAuthOptions{CallbackURI: "/login"})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString("Hello " + user.Get("name") + "\n")
}

// The handler overrides two hooks.
func ExampleOAuthMixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", OAuthLoginHandler{API: provider + "/oauth1", OAuthMixin: auth.OAuthMixin{
			RequestTokenURL: provider + "/oauth1/request_token", AuthorizeURL: provider + "/oauth1/authorize",
			AccessTokenURL: provider + "/oauth1/access_token",
		}})
	}, web.Settings{})
	// Output: Hello Ann Example
}

type TwitterLoginHandler struct {
	web.RequestHandler
	auth.TwitterMixin
}

func (h *TwitterLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, auth.OAuthOptions{CallbackURI: "/login"})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString("Hello @" + user.Get("username") + "\n")
}

// Without URLs, the provider is Twitter.
func ExampleTwitterMixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", TwitterLoginHandler{TwitterMixin: auth.TwitterMixin{
			BaseURL: provider + "/oauth1", AuthenticateURL: provider + "/oauth1/authenticate",
			OAuthMixin: auth.OAuthMixin{
				RequestTokenURL: provider + "/oauth1/request_token", AccessTokenURL: provider + "/oauth1/access_token",
			},
		}})
	}, web.Settings{Extra: map[string]any{"twitter_consumer_key": authtest.ClientID, "twitter_consumer_secret": authtest.ClientSecret}})
	// Output: Hello @ann
}

type OpenIDLoginHandler struct {
	web.RequestHandler
	auth.OpenIDMixin
}

func (h *OpenIDLoginHandler) Get(...string) error {
	if !auth.IsCallback(h) {
		return h.AuthenticateRedirect(h, auth.OpenIDOptions{AXAttrs: []string{"name", "email"}})
	}
	user, err := h.GetAuthenticatedUser(h)
	if err != nil {
		return err
	}
	return h.WriteString(user.ID + " is " + user.Get("email") + "\n")
}

func ExampleOpenIDMixin() {
	logInAsAnn(func(provider string) web.URLSpec {
		return web.URL("/login", OpenIDLoginHandler{OpenIDMixin: auth.OpenIDMixin{Endpoint: provider + "/openid"}})
	}, web.Settings{})
	// Output: http://example.com/ann is ann@example.com
}
