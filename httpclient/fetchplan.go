package httpclient

import (
	"net/http"
	"strconv"

	"github.com/gotornado/tornado/httputil"
)

// A fetchPlan decides which requests a fetch sends, one after the other: the first one, and
// those after redirects and challenges. It does no I/O and does not read the clock. A client
// sends nextHop, gives the head of each final response to advance, and gives the last
// response to finish.
type fetchPlan struct {
	request  *HTTPRequest // as the caller passed it
	settings HTTPRequest  // request with its defaults
	options  *Options

	first     *requestURL
	current   *requestURL
	method    string
	headers   headerList // the caller's headers that are still to be sent, checked
	withBody  bool
	sent      int  // requests so far
	redirects int  // of them, after redirects
	crossed   bool // a redirect has left the origin of the first request

	underway     *hop // the request whose response is awaited; nil before the first one
	headReceived bool // advance has seen the head of the response to underway

	login  credentials // for the origin of current
	digest *digestAuth // after a challenge
	proxy  *proxyRoute // nil for a direct connection
}

// newFetchPlan checks request. Each error is an *InvalidRequestError.
func newFetchPlan(request *HTTPRequest, options *Options) (*fetchPlan, error) {
	p := &fetchPlan{request: request, settings: request.withDefaults(&options.Defaults), options: options}
	var err error
	if p.current, err = parseRequestURL(p.settings.URL); err != nil {
		return nil, invalid("URL", "%v", err)
	}
	p.first = p.current
	p.method, p.withBody = p.settings.Method, p.settings.Body != nil || p.settings.BodyProducer != nil
	if err := p.checkSettings(); err != nil {
		return nil, err
	}
	if p.headers, err = p.checkHeaders(); err != nil {
		return nil, err
	}
	p.login = credentials{p.settings.AuthUsername, p.settings.AuthPassword}
	if p.current.hasUserInfo {
		p.login = credentials{p.current.user, p.current.password}
	}
	if !p.login.isValid() {
		return nil, invalid("AuthUsername", "the user contains a control character")
	}
	return p, p.chooseProxy()
}

// chooseProxy sets the proxy for the current URL.
func (p *fetchPlan) chooseProxy() error {
	proxy, err := chooseProxy(p.current, &p.settings, p.options.Proxy)
	if err != nil {
		return err
	}
	if p.proxy == nil || proxy == nil || !p.proxy.sameAs(proxy) {
		p.proxy = proxy
	}
	return nil
}

// isForwarded reports whether a proxy forwards the current request, so that a 407 comes from
// the proxy. In a tunnel it comes from the server.
func (p *fetchPlan) isForwarded() bool {
	return p.proxy != nil && !p.proxy.isSOCKS() && p.current.scheme == "http"
}

// beginHop records that the client begins to send h.
func (p *fetchPlan) beginHop(h *hop) { p.underway, p.headReceived = h, false }

// nextHop returns the current request.
func (p *fetchPlan) nextHop() *hop {
	h := &hop{number: p.sent, method: p.method, target: p.current, length: -1, proxy: p.proxy, withClientCert: !p.crossed}
	p.sent++
	if p.withBody {
		h.body, h.produce = p.settings.Body, p.settings.BodyProducer
		if h.body != nil {
			h.produce = nil
		}
	}
	p.addHeaders(h)
	return h
}

// addHeaders sets the headers of h: the caller's headers in their order, then the client's
// headers in Tornado's order.
func (p *fetchPlan) addHeaders(h *hop) {
	l := make(headerList, len(p.headers), len(p.headers)+8)
	copy(l, p.headers)
	if t := p.settings.IfModifiedSince; !t.IsZero() {
		l.replace("If-Modified-Since", httputil.FormatTimestamp(t))
	}
	if p.options.NoKeepAlive {
		l.setDefault("Connection", "close")
	}
	l.setDefault("Host", p.current.hostHeader())
	if h.absoluteForm() {
		if value := p.proxy.authorization(h.method, h.target.requestTarget()); value != "" {
			l.replace("Proxy-Authorization", value)
		}
	}
	if value := p.authorization(h); value != "" {
		l.replace("Authorization", value)
	}
	p.addCookies(&l)
	if p.settings.UserAgent != "" {
		l.replace("User-Agent", p.settings.UserAgent)
	} else {
		l.setDefault("User-Agent", defaultUserAgent)
	}
	p.addBodyHeaders(h, &l)
	h.headers = l
}

// addBodyHeaders adds the headers about the bodies of the request and of the response.
func (p *fetchPlan) addBodyHeaders(h *hop, l *headerList) {
	if h.expectContinue = p.settings.Expect100Continue.enabled() && h.hasBody(); h.expectContinue {
		l.replace("Expect", "100-continue")
	}
	if h.body != nil {
		h.length = int64(len(h.body))
		l.replace("Content-Length", strconv.Itoa(len(h.body)))
	}
	if h.method == "POST" {
		l.setDefault("Content-Type", "application/x-www-form-urlencoded")
	}
	if p.settings.DecompressResponse.enabled() {
		l.replace("Accept-Encoding", "gzip")
	}
	if i := l.index("Content-Length"); i >= 0 {
		h.length, _ = parseLength((*l)[i].Value) // checkHeaders has checked it
	} else if h.produce != nil || expectsBody(h.method) {
		h.chunked = true
		l.setDefault("Transfer-Encoding", "chunked")
	}
}

// hasBody reports whether a body follows the head.
func (h *hop) hasBody() bool { return h.body != nil || h.produce != nil }

// expectsBody reports whether requests of this method have a body as a rule.
func expectsBody(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// addCookies adds the cookies of the jar to those of the caller.
func (p *fetchPlan) addCookies(l *headerList) {
	if p.options.CookieJar == nil {
		return
	}
	cookies := ""
	if i := l.index("Cookie"); i >= 0 {
		cookies = (*l)[i].Value
	}
	for _, c := range p.options.CookieJar.Cookies(&p.current.url) {
		if cookies != "" {
			cookies += "; "
		}
		cookies += (&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}).String()
	}
	if cookies != "" {
		l.replace("Cookie", cookies)
	}
}

// storeCookies passes the cookies of a response to the jar.
func (p *fetchPlan) storeCookies(headers *httputil.HTTPHeaders) {
	if p.options.CookieJar == nil {
		return
	}
	lines := headers.GetList("Set-Cookie")
	if len(lines) == 0 {
		return
	}
	r := http.Response{Header: http.Header{"Set-Cookie": lines}}
	p.options.CookieJar.SetCookies(&p.current.url, r.Cookies())
}

// advance takes the head of a response to the current request. It returns the request that
// follows, or nil if the response is the final one. If a request follows, the client reads the
// body of the response and ignores it. An error means that the fetch must end; it is the cause
// for an HTTPClientError in PhaseRedirect.
func (p *fetchPlan) advance(code int, headers *httputil.HTTPHeaders) (*hop, error) {
	p.headReceived = true
	p.storeCookies(headers)
	switch {
	case code == 401 && p.acceptChallenge(headers):
	case code == 407 && p.isForwarded() && p.proxy.acceptChallenge(headers):
	case p.isRedirect(code, headers):
		if err := p.follow(code, headers.GetList("Location")); err != nil {
			return nil, err
		}
	default:
		return nil, nil
	}
	return p.nextHop(), nil
}
