// Command google_auth greets users who log in with their Google account.
//
// Register an application at https://console.cloud.google.com/ with the redirect URI
// http://localhost:8888/auth/google, and write its client ID and secret to a file main.cfg:
//
//	google_oauth_key = "..."
//	google_oauth_secret = "..."
//
// Then run the program with --config_file=main.cfg and open http://localhost:8888/.
package main

import (
	"embed"
	"fmt"
	"io/fs"
	"log"

	"github.com/gotornado/tornado/auth"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port     = options.Define("port", 8888, "run on the given port")
	key      = options.Define("google_oauth_key", "", "client ID of the application at Google")
	secret   = options.Define("google_oauth_secret", "", "client secret of the application at Google")
	provider = options.Define("provider", "", "URL of a login provider instead of Google, such as that of cmd/login-provider")

	_ = options.Define("config_file", "", "file with options", options.Callback(func(path string) error {
		return options.ParseConfigFile(path, options.Final(false)) // the command line goes on
	}))
)

//go:embed templates static
var files embed.FS

// Google's page about the user. The user information of another provider is at a URL below it.
const googleUserInfo = "https://www.googleapis.com/oauth2/v1/userinfo"

// A Config names this site, and the application at the provider.
type Config struct {
	BaseURL     string // of this site
	Key, Secret string
	Provider    string // "" means Google
}

func newApp(c Config) *web.Application {
	static, err := fs.Sub(files, "static")
	if err != nil {
		log.Fatal(err)
	}
	base := BaseHandler{UserInfo: googleUserInfo}
	if c.Provider != "" {
		base.Issuer, base.UserInfo = c.Provider, c.Provider+"/userinfo"
	}
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, IndexHandler{base}),
		web.URL(`/auth/google`, LoginHandler{base}, web.Name("google_oauth")),
		web.URL(`/logout`, LogoutHandler{base}),
	}, web.Settings{
		Extra: map[string]any{
			"redirect_base_uri": c.BaseURL,
			"google_oauth":      auth.GoogleOAuthSettings{Key: c.Key, Secret: c.Secret},
		},
		Debug:        true,
		CookieSecret: "replace this by a long random text",
		LoginURL:     "/auth/google",
		TemplateFS:   files,
		TemplatePath: "templates",
		StaticFS:     static,
	})
}

func main() {
	options.ParseCommandLine()
	if key.Value() == "" || secret.Value() == "" {
		log.Fatal("set --google_oauth_key and --google_oauth_secret, or --config_file with both")
	}
	app := newApp(Config{
		BaseURL:  fmt.Sprintf("http://localhost:%d", port.Value()),
		Key:      key.Value(),
		Secret:   secret.Value(),
		Provider: provider.Value(),
	})
	if _, err := app.Listen(port.Value()); err != nil {
		log.Fatal(err)
	}
	log.Fatal(ioloop.Instance().Start())
}
