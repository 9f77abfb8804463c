package websocket_test

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/websocket"
)

// A PublicSocket may be opened by pages of every site. It must not show anything that depends on
// the cookies of the user.
type PublicSocket struct{ websocket.WebSocketHandler }

func (h *PublicSocket) CheckOrigin(origin string) bool { return true }

// A SubdomainSocket may be opened by pages of example.com and of all hosts below it.
type SubdomainSocket struct{ websocket.WebSocketHandler }

func (h *SubdomainSocket) CheckOrigin(origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && strings.HasSuffix("."+u.Hostname(), ".example.com")
}

// A PartnerSocket may be opened by pages of some origins, and by those of the site itself.
type PartnerSocket struct{ websocket.WebSocketHandler }

func (h *PartnerSocket) CheckOrigin(origin string) bool {
	partners := []string{"https://partner.example", "https://*.partner.example"}
	return websocket.OriginAllowed(origin, partners) || h.WebSocketHandler.CheckOrigin(origin)
}

// Which pages may open a socket. Without an override, only pages of the same host may, and those
// of Settings.WebSocketAllowedOrigins.
func ExampleWebSocketHandler_CheckOrigin() {
	fmt.Println(new(PublicSocket).CheckOrigin("https://evil.example"))
	for _, origin := range []string{"https://example.com", "https://www.example.com:8888", "https://evilexample.com"} {
		fmt.Println(new(SubdomainSocket).CheckOrigin(origin))
	}
	fmt.Println(new(PartnerSocket).CheckOrigin("https://www.partner.example"))
	// Output:
	// true
	// true
	// true
	// false
	// true
}
