package tcpclient_test

import (
	"context"
	"fmt"

	"github.com/gotornado/tornado/tcpclient"
)

// Reach other machines by the names of production. Tornado: Resolver.configure, OverrideResolver.
func ExampleOverrideResolver() {
	resolver := tcpclient.OverrideResolver{Mapping: map[tcpclient.Target]tcpclient.HostPort{
		{Host: "example.com"}:                                   {Host: "127.0.1.1"},             // a host, with any port
		{Host: "login.example.com", Port: 443}:                  {Host: "127.0.0.1", Port: 1443}, // a host and a port
		{Host: "login.example.com", Port: 443, Network: "tcp6"}: {Host: "::1", Port: 1443},       // for one family only
		{Host: "app.example.com"}:                               {Unix: "/run/app/tornado.sock"}, // a unix socket
	}}
	for _, network := range []string{"tcp4", "tcp6"} {
		addresses, err := resolver.Resolve(context.Background(), network, "login.example.com", 443)
		fmt.Println(addresses, err)
	}
	addresses, err := resolver.Resolve(context.Background(), "tcp", "example.com", 80)
	fmt.Println(addresses, err)
	path, err := resolver.ResolveUnix(context.Background(), "app.example.com", 80)
	fmt.Println(path, err)
	// Output:
	// [127.0.0.1:1443] <nil>
	// [[::1]:1443] <nil>
	// [127.0.1.1:80] <nil>
	// /run/app/tornado.sock <nil>
}
