// Command login-provider serves the login provider of package auth/authtest, to try an
// application's login without a network:
//
//	go run ./cmd/login-provider -port=9000
//
// It prints the addresses and the client for the application. It is not for production.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/gotornado/tornado/auth/authtest"
)

func main() {
	port := flag.Int("port", 9000, "port on 127.0.0.1")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(describe("http://" + listener.Addr().String()))
	server := http.Server{Handler: authtest.New(), ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.Serve(listener))
}

// describe returns the text that tells a user how to configure an application.
func describe(url string) string {
	return fmt.Sprintf(`Login provider for tests
  OpenID Connect  Issuer %[1]s
  OAuth 2         %[1]s/authorize, %[1]s/token, %[1]s/userinfo
  Facebook Graph  %[1]s/me, /me/feed, /ID/picture
  OAuth 1.0a      %[1]s/oauth1/request_token, .../authorize, .../access_token
  OpenID 2.0      %[1]s/openid
  client          %[2]s, secret %[3]s
`, url, authtest.ClientID, authtest.ClientSecret)
}
