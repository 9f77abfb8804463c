package httpclient

import (
	"cmp"
	"crypto/tls"
	"io"
	"time"

	"github.com/gotornado/tornado/httputil"
)

// An HTTPRequest says what to fetch, and how. URL is the only field that is required. A field
// with its zero value takes the value of [Options].Defaults; the comments name the default
// that applies if that is zero too. Tornado: httpclient.HTTPRequest.
type HTTPRequest struct {
	// URL is absolute; its scheme is http or https. It may contain user info, whose user and
	// password win over AuthUsername and AuthPassword. Characters that a URL must not
	// contain are percent-encoded, and an international host name becomes ASCII.
	URL string
	// Method is "GET" by default. Other methods than GET, HEAD, POST, PUT, DELETE, PATCH and
	// OPTIONS need AllowNonstandardMethods.
	Method string
	// Headers are sent before those that the client adds. The client computes
	// Content-Length, Transfer-Encoding and, with DecompressResponse, Accept-Encoding itself.
	Headers httputil.HTTPHeaders
	// Body is sent with its Content-Length. nil means no body; an empty body is []byte{}.
	// It must not change before the fetch has ended.
	Body []byte
	// BodyProducer writes the body to w, in a coroutine in which Write may wait. Its return
	// ends the body; its error ends the fetch. Without a Content-Length header the body is
	// sent in chunks. It is called again for each redirect that repeats the body.
	BodyProducer func(w io.Writer) error

	AuthUsername string // user name at the server; with AuthPassword, it makes the Authorization header
	AuthPassword string
	AuthMode     string // AuthBasic, the default, or AuthDigest

	// ConnectTimeout limits resolving the name, connecting and the TLS handshake. It also
	// limits the time in the queue. 0 means 20 s, a negative value no limit.
	ConnectTimeout time.Duration
	// RequestTimeout limits the whole fetch, including its redirects, from the time at which
	// it leaves the queue. It also limits the time in the queue. 0 means 20 s, a negative
	// value no limit.
	RequestTimeout time.Duration

	IfModifiedSince time.Time // value of If-Modified-Since; the zero time sends no such header
	FollowRedirects Switch    // follow 301, 302, 303, 307 and 308; On by default
	MaxRedirects    int       // number of redirects to follow; 0 means 5, a negative value none
	UserAgent       string    // value of the header User-Agent, which it replaces; "Tornado/" and the version by default

	// RaiseError makes a response whose code is not 2xx an error of the fetch. It is On by
	// default. With Off the response is returned, and its Error is set. A fetch without a
	// response fails in any case. Tornado: the argument raise_error of fetch.
	RaiseError Switch

	// SensitiveHeaders are the names of headers that are not sent to another origin after a
	// redirect. Authorization, Cookie, Cookie2 and Proxy-Authorization never are.
	// Tornado has no such option.
	SensitiveHeaders []string
	// RefuseDowngrade makes each redirect from https to http an error. It is Off by default:
	// then only those are errors whose request carries credentials.
	// Tornado has no such option.
	RefuseDowngrade Switch

	// DecompressResponse sends Accept-Encoding: gzip and inflates bodies whose
	// Content-Encoding is gzip, x-gzip or deflate. It is On by default. The header becomes
	// X-Consumed-Content-Encoding. Tornado: decompress_response, use_gzip.
	DecompressResponse Switch

	// StreamingCallback is called with each piece of the body, inflated, in a coroutine. The
	// client does not read further while it waits. It owns chunk. Its error ends the fetch.
	// Body of the response is then empty. It is not called for redirects that are followed.
	StreamingCallback func(chunk []byte) error
	// HeaderCallback is called in a coroutine with the status line, with each header line
	// and with the empty line. Each has "\r\n" at its end. Its error ends the fetch. It is
	// not called for redirects that are followed, nor for interim responses.
	HeaderCallback func(line string) error
	// InterimCallback is called in a coroutine for each response 1xx before the final one.
	// Its error ends the fetch. A fetch fails after 16 interim responses.
	// Tornado calls header_callback for them.
	InterimCallback func(code int, headers httputil.HTTPHeaders) error
	// Trace is called on the loop when a phase of the fetch begins. It must not wait.
	// Tornado has no such option.
	Trace func(TraceEvent)

	// ProxyHost and ProxyPort name a proxy. ProxyHost may have a scheme: "http://" is the
	// default, "socks5://" lets the proxy resolve the name of the server.
	ProxyHost     string
	ProxyPort     int
	ProxyUsername string
	ProxyPassword string
	ProxyAuthMode string // AuthBasic, the default, or AuthDigest

	// NetworkInterface is the local IP address from which to connect.
	NetworkInterface string
	// AllowNonstandardMethods allows any method, and any method with or without a body.
	// It is Off by default.
	AllowNonstandardMethods Switch
	AllowIPv6               Switch // use addresses of both families; On by default
	// Expect100Continue sends Expect: 100-continue, and sends the body only when the server
	// has accepted it. It is Off by default.
	Expect100Continue Switch

	ValidateCert Switch // check the certificate of the server and its name; On by default
	CACerts      string // name of a PEM file that replaces the system's root certificates
	ClientCert   string // name of a PEM file with the client's certificate chain
	ClientKey    string // name of a PEM file with its key; "" means that it is in ClientCert
	// SSLOptions replaces the four fields above. Its ServerName is "" except to check the
	// certificate for another name. Tornado: ssl_options.
	SSLOptions *tls.Config
}

// The values of AuthMode and ProxyAuthMode.
const (
	AuthBasic  = "basic"  // RFC 7617
	AuthDigest = "digest" // RFC 7616: credentials are sent after a 401 or 407 that offers it
)

// The defaults of Tornado.
const (
	defaultTimeout      = 20 * time.Second
	defaultMaxRedirects = 5
	defaultUserAgent    = "Tornado/0.1.0"
)

// withDefaults returns a copy of r in which zero fields have the values of defaults, or else
// those of Tornado. Its Switches are On or Off. It shares Headers and Body with r.
func (r *HTTPRequest) withDefaults(defaults *HTTPRequest) HTTPRequest {
	e := *r
	e.fillText(defaults)
	e.fillSwitches(defaults)
	e.ConnectTimeout = cmp.Or(e.ConnectTimeout, defaults.ConnectTimeout, defaultTimeout)
	e.RequestTimeout = cmp.Or(e.RequestTimeout, defaults.RequestTimeout, defaultTimeout)
	e.MaxRedirects = cmp.Or(e.MaxRedirects, defaults.MaxRedirects, defaultMaxRedirects)
	e.ProxyPort = cmp.Or(e.ProxyPort, defaults.ProxyPort)
	e.SSLOptions = cmp.Or(e.SSLOptions, defaults.SSLOptions)
	if e.IfModifiedSince.IsZero() {
		e.IfModifiedSince = defaults.IfModifiedSince
	}
	if e.Headers.Len() == 0 {
		e.Headers = defaults.Headers
	}
	if e.Body == nil && e.BodyProducer == nil {
		e.Body, e.BodyProducer = defaults.Body, defaults.BodyProducer
	}
	if e.SensitiveHeaders == nil {
		e.SensitiveHeaders = defaults.SensitiveHeaders
	}
	e.fillCallbacks(defaults)
	return e
}

func (r *HTTPRequest) fillText(defaults *HTTPRequest) {
	r.URL = cmp.Or(r.URL, defaults.URL)
	r.Method = cmp.Or(r.Method, defaults.Method, "GET")
	if r.AuthUsername == "" && r.AuthPassword == "" {
		r.AuthUsername, r.AuthPassword = defaults.AuthUsername, defaults.AuthPassword
	}
	r.AuthMode = cmp.Or(r.AuthMode, defaults.AuthMode, AuthBasic)
	r.UserAgent = cmp.Or(r.UserAgent, defaults.UserAgent)
	r.ProxyHost = cmp.Or(r.ProxyHost, defaults.ProxyHost)
	if r.ProxyUsername == "" && r.ProxyPassword == "" {
		r.ProxyUsername, r.ProxyPassword = defaults.ProxyUsername, defaults.ProxyPassword
	}
	r.ProxyAuthMode = cmp.Or(r.ProxyAuthMode, defaults.ProxyAuthMode, AuthBasic)
	r.NetworkInterface = cmp.Or(r.NetworkInterface, defaults.NetworkInterface)
	r.CACerts = cmp.Or(r.CACerts, defaults.CACerts)
	r.ClientCert = cmp.Or(r.ClientCert, defaults.ClientCert)
	r.ClientKey = cmp.Or(r.ClientKey, defaults.ClientKey)
}

func (r *HTTPRequest) fillSwitches(defaults *HTTPRequest) {
	for _, s := range []struct {
		set               *Switch
		configured, value Switch
	}{
		{&r.FollowRedirects, defaults.FollowRedirects, On},
		{&r.RaiseError, defaults.RaiseError, On},
		{&r.RefuseDowngrade, defaults.RefuseDowngrade, Off},
		{&r.DecompressResponse, defaults.DecompressResponse, On},
		{&r.AllowNonstandardMethods, defaults.AllowNonstandardMethods, Off},
		{&r.AllowIPv6, defaults.AllowIPv6, On},
		{&r.Expect100Continue, defaults.Expect100Continue, Off},
		{&r.ValidateCert, defaults.ValidateCert, On},
	} {
		*s.set = cmp.Or(*s.set, s.configured, s.value)
	}
}

func (r *HTTPRequest) fillCallbacks(defaults *HTTPRequest) {
	if r.StreamingCallback == nil {
		r.StreamingCallback = defaults.StreamingCallback
	}
	if r.HeaderCallback == nil {
		r.HeaderCallback = defaults.HeaderCallback
	}
	if r.InterimCallback == nil {
		r.InterimCallback = defaults.InterimCallback
	}
	if r.Trace == nil {
		r.Trace = defaults.Trace
	}
}
