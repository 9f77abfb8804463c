package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
)

// A target is what serves a request, and with which groups of its pattern,
// percent-decoded.
type target struct {
	class  HandlerClass
	spec   *URLSpec // that matched; nil if none did
	args   []string
	kwargs map[string]string
}

// A hostGroup is a list of specs for the hosts of a pattern.
type hostGroup struct {
	pattern string
	rules   *ruleList // of the specs, whatever the host
	names   map[string]*URLSpec
}

func newHostGroup(pattern string, specs []URLSpec) hostGroup {
	g := hostGroup{pattern, newRuleList(specs), map[string]*URLSpec{}}
	g.rules.addNames(g.names)
	return g
}

// ReverseURL returns the path of the handler called name, with args in the place of the
// groups of its pattern. Each argument is percent-encoded; slashes stay. A name that
// nobody has, another number of arguments, and a pattern with more than groups and
// plain text are errors. Tornado: reverse_url.
func (a *Application) ReverseURL(name string, args ...any) (string, error) {
	for _, g := range a.hosts {
		if s := g.names[name]; s != nil {
			return s.pattern.reverse(args)
		}
	}
	return "", fmt.Errorf("web: %s not found in named urls", name)
}

// A router finds the spec of a request. It runs on gorilla/mux: each group of hosts
// is a route that has a matcher for the host and a router for its paths, in which
// each spec is a route. Specs of plain text are looked up in advance where the host
// makes no difference.
type router struct {
	routes  routes
	plain   map[string]*URLSpec
	lookups sync.Pool
}

// routes are what a request is looked up in: a [mux.Router] or a ruleList.
type routes interface {
	Match(*http.Request, *mux.RouteMatch) bool
}

// newRouter builds the router of hosts, the last of which is for every host.
func newRouter(hosts []hostGroup, defaultHost string) *router {
	special, general := hosts[:len(hosts)-1], hosts[len(hosts)-1]
	r := &router{routes: general.rules, plain: plainPaths(special, general)}
	r.lookups.New = func() any { return newLookup() }
	if len(special) > 0 {
		r.routes = hostRoutes(special, general, defaultHost)
	}
	return r
}

func hostRoutes(special []hostGroup, general hostGroup, defaultHost string) *mux.Router {
	router := mux.NewRouter()
	for _, g := range special {
		hostRoute(router, g.pattern).MatcherFunc(g.rules.Match)
	}
	router.MatcherFunc(general.rules.Match)
	for _, g := range special {
		if defaultHost != "" && hostMatches(g.pattern, defaultHost) {
			router.MatcherFunc(notProxied).MatcherFunc(g.rules.Match)
		}
	}
	return router
}

// plainPaths runs the routers on every path of general that is plain text and keeps
// the answers that have no groups and hold for every host.
func plainPaths(special []hostGroup, general hostGroup) map[string]*URLSpec {
	plain := map[string]*URLSpec{}
	l := newLookup()
	for i := range general.rules.specs {
		path, ok := general.rules.specs[i].pattern.plainText()
		for _, g := range special {
			ok = ok && !l.match(g.rules, path) && !l.undecided
		}
		if ok && l.match(general.rules, path) && !l.undecided && len(l.spec().pattern.names) == 0 {
			plain[path] = l.spec()
		}
	}
	return plain
}

func (r *router) find(request *httputil.HTTPServerRequest) (target, bool) {
	if s := r.plain[request.Path]; s != nil {
		return target{class: s.class, spec: s}, true
	}
	l := r.lookups.Get().(*lookup)
	l.request.Host, l.original = request.HostName, request
	var t target
	found := l.match(r.routes, request.Path)
	if found {
		t = l.target()
	}
	l.request.Host, l.request.URL.Path, l.original = "", "", nil
	r.lookups.Put(l)
	return t, found
}

// A lookup is a question to mux and its answer. mux is asked about an http.Request,
// whose path stays percent-encoded and whose context leads our matchers back here.
type lookup struct {
	request   *http.Request
	original  *httputil.HTTPServerRequest // nil while routes are built
	answer    mux.RouteMatch
	undecided bool  // a matcher would have had to know the request
	groups    []int // of a regular expression in request.URL.Path
	room      [8]int
}

type lookupKey struct{}

func newLookup() *lookup {
	l := &lookup{}
	ctx := context.WithValue(context.Background(), lookupKey{}, l)
	l.request = (&http.Request{URL: &url.URL{}}).WithContext(ctx)
	return l
}

func lookupOf(r *http.Request) *lookup { return r.Context().Value(lookupKey{}).(*lookup) }

func (l *lookup) match(r routes, path string) bool {
	l.request.URL.Path, l.groups, l.undecided, l.answer = path, nil, false, mux.RouteMatch{Vars: l.answer.Vars}
	return r.Match(l.request, &l.answer)
}

// spec is the one that matched.
func (l *lookup) spec() *URLSpec { return l.answer.Handler.(routed).URLSpec }

func (l *lookup) target() target {
	s := l.spec()
	t := target{class: s.class, spec: s}
	if len(l.answer.Vars) > 0 {
		t.kwargs, l.answer.Vars = l.answer.Vars, nil
		for name, value := range t.kwargs {
			t.kwargs[name] = unescapePath(value)
		}
	}
	for i := range len(l.groups)/2 - 1 {
		var value string
		if start, end := l.groups[2*i+2], l.groups[2*i+3]; start >= 0 {
			value = unescapePath(l.request.URL.Path[start:end])
		}
		t.add(s.pattern.names, i, value)
	}
	return t
}

// add adds the value of the group with index i.
func (t *target) add(names []string, i int, value string) {
	switch {
	case names[i] == "":
		if t.args == nil {
			t.args = make([]string, 0, len(names))
		}
		t.args = append(t.args, value)
	default:
		if t.kwargs == nil {
			t.kwargs = make(map[string]string, len(names))
		}
		t.kwargs[names[i]] = value
	}
}

func unescapePath(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return string(escape.URLUnescapeBytes(s, false))
}

// addRoute adds the route of s to r, and returns it.
func (s *URLSpec) addRoute(r *mux.Router) *mux.Route {
	route := r.NewRoute()
	if s.matcher != nil {
		route.MatcherFunc(s.matches)
	}
	if s.rules != nil {
		return route.MatcherFunc(s.rules.Match)
	}
	route.Handler(routed{s})
	if s.pattern.template {
		return route.Path(s.pattern.text)
	}
	return route.MatcherFunc(s.pattern.match)
}

// routed makes of a URLSpec what mux routes to. Nothing calls its method.
type routed struct{ *URLSpec }

func (routed) ServeHTTP(http.ResponseWriter, *http.Request) {}

// match is the matcher of a regular expression.
func (p *pattern) match(r *http.Request, _ *mux.RouteMatch) bool {
	path := r.URL.Path
	switch {
	case !strings.HasPrefix(path, p.prefix):
		return false
	case p.literal:
		return len(path) == len(p.prefix)
	case p.scan != nil:
		l := lookupOf(r)
		groups, ok := p.scan.match(path, l.room[:0])
		if ok {
			l.groups = groups
		}
		return ok
	case len(p.names) == 0:
		return p.regex.MatchString(path)
	}
	groups := p.regex.FindStringSubmatchIndex(path)
	if groups == nil {
		return false
	}
	lookupOf(r).groups = groups
	return true
}

// hostRoute adds a route for the hosts of a pattern. It panics if that cannot be understood.
func hostRoute(r *mux.Router, pattern string) *mux.Route {
	if isTemplate(pattern) {
		route := r.Host(pattern)
		if err := route.GetError(); err != nil {
			panic(fmt.Sprintf("web: host pattern %q: %v", pattern, err))
		}
		return route
	}
	regex, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		panic(fmt.Sprintf("web: host pattern %q: %v: write it for Go's package regexp", pattern, err))
	}
	return r.MatcherFunc(func(r *http.Request, _ *mux.RouteMatch) bool { return regex.MatchString(r.Host) })
}

// hostMatches reports whether a pattern matches host.
func hostMatches(pattern, host string) bool {
	r := mux.NewRouter()
	hostRoute(r, pattern)
	return r.Match(&http.Request{Host: host, URL: &url.URL{}}, &mux.RouteMatch{})
}

// notProxied refuses requests that name the client's address: what host they are for
// is the proxy's to say.
func notProxied(r *http.Request, _ *mux.RouteMatch) bool {
	original := lookupOf(r).original
	return original != nil && !original.Headers.Has("X-Real-Ip")
}
