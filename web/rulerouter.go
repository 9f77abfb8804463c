package web

import "github.com/gotornado/tornado/httputil"

// A RouterRule sends the requests that Matcher matches to Target: an [Application], another
// RuleRouter, or any delegate. Tornado: routing.Rule.
type RouterRule struct {
	Matcher Matcher
	Target  httputil.HTTPServerConnectionDelegate
}

// A RuleRouter stands before applications: an HTTP server calls it, and the first rule that
// matches the head of a request serves the request. If no rule matches, the response is a 404
// without a body. Use it for several applications on one port. Tornado: routing.RuleRouter.
//
//	router := web.NewRuleRouter(
//		web.RouterRule{Matcher: web.HostMatches("admin\\.example\\.com"), Target: admin},
//		web.RouterRule{Matcher: web.AnyMatches, Target: site})
//	server := httpserver.New(router, httpserver.Options{})
type RuleRouter struct{ rules []RouterRule }

// NewRuleRouter returns a router with rules, which are tried in order.
func NewRuleRouter(rules ...RouterRule) *RuleRouter {
	r := &RuleRouter{}
	r.AddRules(rules...)
	return r
}

// AddRules adds rules after the others. Call it before the router serves. It panics if a rule
// has no Matcher or no Target. Tornado: add_rules.
func (r *RuleRouter) AddRules(rules ...RouterRule) {
	for _, rule := range rules {
		if rule.Matcher == nil || rule.Target == nil {
			panic("web: a RouterRule needs a Matcher and a Target; use AnyMatches for every request")
		}
	}
	r.rules = append(r.rules, rules...)
}

// StartRequest implements [httputil.HTTPServerConnectionDelegate].
func (r *RuleRouter) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &routedMessage{router: r, conn: conn}
}

var (
	_ httputil.HTTPMessagePreparer = (*routedMessage)(nil)
	_ httputil.ShutdownObserver    = (*routedMessage)(nil)
)

// A routedMessage finds the target of a request when its head has arrived, and passes
// everything on to it.
type routedMessage struct {
	router  *RuleRouter
	conn    httputil.HTTPConnection
	message httputil.HTTPMessageDelegate // delegate of the target; nil until the head has arrived, or if no rule matched
}

func (m *routedMessage) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	request, err := httputil.NewRequest(m.conn, start, headers.Copy())
	if err != nil {
		return httputil.BodyWhole, err
	}
	for _, rule := range m.router.rules {
		if rule.Matcher(request) {
			m.message = rule.Target.StartRequest(m.conn)
			return m.message.HeadersReceived(start, headers)
		}
	}
	return httputil.BodyWhole, nil
}

func (m *routedMessage) Prepare() {
	if p, ok := m.message.(httputil.HTTPMessagePreparer); ok {
		p.Prepare()
	}
}

func (m *routedMessage) DataReceived(chunk []byte) error {
	if m.message == nil {
		return nil
	}
	return m.message.DataReceived(chunk)
}

func (m *routedMessage) Finish() {
	if m.message != nil {
		m.message.Finish()
		return
	}
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", "0")
	m.conn.WriteHeaders(httputil.ResponseStartLine{Version: "HTTP/1.1", Code: 404, Reason: "Not Found"}, &headers, nil)
	m.conn.Finish()
}

func (m *routedMessage) OnConnectionClose() {
	if m.message != nil {
		m.message.OnConnectionClose()
	}
}

func (m *routedMessage) OnShutdown() {
	if d, ok := m.message.(httputil.ShutdownObserver); ok {
		d.OnShutdown()
	}
}
