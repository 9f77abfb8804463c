// Command facebook shows users the posts of their own Facebook page.
//
// Register an application at https://developers.facebook.com/ with the redirect URI
// http://localhost:8888/auth/login, and give its ID and secret as --facebook_api_key and
// --facebook_secret.
package main

import (
	"crypto/cipher"
	"embed"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
)

var (
	port     = options.Define("port", 8888, "run on the given port")
	key      = options.Define("facebook_api_key", "", "ID of the application at Facebook")
	secret   = options.Define("facebook_secret", "", "secret of the application at Facebook")
	provider = options.Define("provider", "", "URL of a login provider instead of Facebook, such as that of cmd/login-provider")
)

//go:embed templates static
var files embed.FS

const cookieSecret = "replace this by a long random text"

// newApp returns the application. provider is "" for Facebook itself.
func newApp(key, secret, provider string) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	base := BaseHandler{Box: newBox(cookieSecret)}
	base.ClientID, base.ClientSecret = key, secret
	site, pictures := "https://www.facebook.com", "https://graph.facebook.com"
	if provider != "" {
		base.AuthorizeURL, base.AccessTokenURL, base.BaseURL = provider+"/authorize", provider+"/token", provider
		site, pictures = provider, provider
	}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, MainHandler{base}),
		web.URL(`/auth/login`, AuthLoginHandler{base}),
		web.URL(`/auth/logout`, AuthLogoutHandler{base}),
	}, web.Settings{
		CookieSecret: cookieSecret,
		LoginURL:     "/auth/login",
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
		XSRFCookies:  true,
		Extra:        map[string]any{"facebook_site": site, "facebook_pictures": pictures},
		UIModules:    map[string]web.UIModuleClass{"Post": web.UIModuleOf(PostModule{})},
		Debug:        true,
		Autoescape:   template.NoAutoescape, // so the templates call escape()
	})
}

// BaseHandler is the base of all handlers.
type BaseHandler struct {
	web.RequestHandler
	auth.FacebookGraphMixin
	Box cipher.AEAD // encrypts the cookie
}

func main() {
	options.ParseCommandLine()
	if key.Value() == "" || secret.Value() == "" {
		log.Fatal("set --facebook_api_key and --facebook_secret")
	}
	if _, err := newApp(key.Value(), secret.Value(), provider.Value()).Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
