package httpclient

import (
	"cmp"
	"net/http"
	"net/url"
	"time"

	"github.com/gotornado/tornado/tcpclient"
)

// Options configure a client. The zero value does what Tornado does, except for MaxClients
// and the connections that are kept.
type Options struct {
	// Defaults has the values of the fields that a request leaves at zero.
	// Tornado: the argument defaults.
	Defaults HTTPRequest

	MaxClients        int // largest number of fetches that run at once; 0 means 1000. Tornado: 10
	MaxClientsPerHost int // largest number of such fetches to one origin; 0 means no limit. Tornado has no such limit
	MaxQueue          int // largest number of requests that wait for a free slot; 0 means no limit. Tornado has no such limit

	MaxBufferSize int   // largest number of unread bytes of a connection; 0 means 100 MiB
	MaxBodySize   int64 // largest size of a body in bytes, both as sent and inflated; 0 means MaxBufferSize
	MaxHeaderSize int   // largest size of the head of a response in bytes; 0 means 64 KiB
	// MaxInflateRatio limits the inflated bytes of a body for each compressed byte, above 1 MiB.
	// It ends a decompression bomb before it reaches MaxBodySize. 0 means 200, as in Apache's
	// mod_deflate; a negative value means no limit. Tornado has no such limit.
	MaxInflateRatio int

	Resolver        tcpclient.Resolver                      // nil means the system's
	HostnameMapping map[tcpclient.Target]tcpclient.HostPort // replaces hosts before Resolver resolves them

	// NoKeepAlive closes each connection after its response, as Tornado does.
	NoKeepAlive bool
	// MaxIdle and MaxIdlePerHost limit the connections that are kept for later requests, in
	// all and to one origin. 0 means 100 and 10, a negative value none.
	MaxIdle, MaxIdlePerHost int
	// IdleTimeout closes a connection that was not used for this time. 0 means 60 s.
	IdleTimeout time.Duration

	// CookieJar keeps the cookies of responses and adds them to later requests. nil means
	// none. The jar of net/http/cookiejar may be shared by several clients.
	CookieJar http.CookieJar
	// Proxy returns the proxy for a URL, or nil for a direct connection. It is called for
	// each request without a ProxyHost. nil means no proxy. See ProxyFromEnvironment.
	Proxy func(u *url.URL) (*url.URL, error)

	// Observe is called on the loop when a fetch has ended, for metrics. It must not wait.
	// web/prometheus has such a function. Tornado has no such option.
	Observe func(r FetchRecord)
}

// withDefaults returns o with the defaults filled in.
func (o Options) withDefaults() Options {
	o.MaxClients = cmp.Or(o.MaxClients, 1000)
	o.MaxBufferSize = cmp.Or(o.MaxBufferSize, 100<<20)
	o.MaxBodySize = cmp.Or(o.MaxBodySize, int64(o.MaxBufferSize))
	o.MaxInflateRatio = cmp.Or(o.MaxInflateRatio, 200)
	o.MaxHeaderSize = cmp.Or(o.MaxHeaderSize, 64<<10)
	o.MaxIdle = cmp.Or(o.MaxIdle, 100)
	o.MaxIdlePerHost = cmp.Or(o.MaxIdlePerHost, 10)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 60*time.Second)
	if o.HostnameMapping != nil {
		o.Resolver = tcpclient.OverrideResolver{Resolver: o.Resolver, Mapping: o.HostnameMapping}
		o.HostnameMapping = nil
	}
	return o
}

// ProxyFromEnvironment returns the proxy that the environment names for u in HTTP_PROXY,
// HTTPS_PROXY and NO_PROXY, or in the same names in lower case. See Options.Proxy. The
// environment is read once.
func ProxyFromEnvironment(u *url.URL) (*url.URL, error) {
	return http.ProxyFromEnvironment(&http.Request{URL: u})
}
