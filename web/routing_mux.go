package web

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/web/internal/routematch"
)

// This file is the only one that imports gorilla/mux. A lookup asks it which URLSpec serves
// a request; each group of hosts, each list of rules and each URLSpec is a route of mux.

// routes can look up a request: a [mux.Router] or a ruleList.
type routes interface {
	Match(*http.Request, *mux.RouteMatch) bool
}

// A lookup asks mux for the route of a request. mux gets an http.Request whose path stays
// percent-encoded, and whose context leads the matchers of this package back to the lookup.
type lookup struct {
	request   *http.Request
	original  *httputil.HTTPServerRequest // nil in plainPaths, which looks up paths without a request
	result    mux.RouteMatch
	undecided bool   // a matcher needs the original request
	groups    []int  // bounds of a regular expression's groups in request.URL.Path
	room      [8]int // memory for groups
	matched   matchedArguments
}

// matchedArguments are the results of the last ArgumentMatcher that matched.
type matchedArguments struct {
	args   []string
	kwargs map[string]string
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
	l.request.URL.Path, l.groups, l.undecided, l.result = path, nil, false, mux.RouteMatch{Vars: l.result.Vars}
	return r.Match(l.request, &l.result)
}

// spec returns the spec that matched.
func (l *lookup) spec() *URLSpec { return l.result.Handler.(routed).URLSpec }

func (l *lookup) target() target {
	s := l.spec()
	t := target{class: s.class, spec: s}
	if len(l.result.Vars) > 0 {
		t.kwargs, l.result.Vars = l.result.Vars, nil
		for name, value := range t.kwargs {
			t.kwargs[name] = unescapePath(value)
		}
	}
	for i := range len(l.groups)/2 - 1 {
		var value string
		if start, end := l.groups[2*i+2], l.groups[2*i+3]; start >= 0 {
			value = unescapePath(l.request.URL.Path[start:end])
		}
		t.addGroup(s.pattern.names, i, value)
	}
	if s.argumentMatcher != nil {
		t.args = append(t.args, l.matched.args...)
		if t.kwargs == nil && len(l.matched.kwargs) > 0 {
			t.kwargs = make(map[string]string, len(l.matched.kwargs))
		}
		maps.Copy(t.kwargs, l.matched.kwargs)
		l.matched = matchedArguments{}
	}
	return t
}

// A ruleList is a list of specs, each with its route.
type ruleList struct {
	specs  []URLSpec
	routes []*mux.Route
	index  routematch.PrefixIndex // of the specs
}

func newRuleList(specs []URLSpec) *ruleList {
	l := &ruleList{specs: slices.Clone(specs)}
	router, prefixes := mux.NewRouter(), make([]string, len(specs))
	for i := range l.specs {
		s := &l.specs[i]
		if s.class.make == nil && s.rules == nil {
			panic(fmt.Sprintf("web: URLSpec %d has no handler: make it with web.URL or web.Rule", i))
		}
		prefixes[i] = s.pattern.prefix
		l.routes = append(l.routes, s.addRoute(router))
	}
	l.index = routematch.NewPrefixIndex(prefixes)
	return l
}

// Match does what [mux.Router.Match] does, but only asks the routes that can match the
// path.
func (l *ruleList) Match(r *http.Request, m *mux.RouteMatch) bool {
	for _, i := range l.index.Candidates(r.URL.Path) {
		if l.routes[i].Match(r, m) {
			return true
		}
	}
	return false
}

// addNames adds the named specs, including those in nested rules, to names.
func (l *ruleList) addNames(names map[string]*URLSpec) {
	for i := range l.specs {
		s := &l.specs[i]
		if s.rules != nil {
			s.rules.addNames(names)
		}
		if s.name == "" {
			continue
		}
		if names[s.name] != nil {
			log.App().Warn(fmt.Sprintf("Multiple handlers named %s; replacing previous value", s.name))
		}
		names[s.name] = s
	}
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

// addRoute adds the route of s to r, and returns it.
func (s *URLSpec) addRoute(r *mux.Router) *mux.Route {
	route := r.NewRoute()
	if s.matcher != nil || s.argumentMatcher != nil {
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

// routed is a URLSpec as a handler of mux. Its ServeHTTP is never called.
type routed struct{ *URLSpec }

func (routed) ServeHTTP(http.ResponseWriter, *http.Request) {}

// match is the matcher for a regular expression.
func (p *pattern) match(r *http.Request, _ *mux.RouteMatch) bool {
	path := r.URL.Path
	switch {
	case !strings.HasPrefix(path, p.prefix):
		return false
	case p.literal:
		return len(path) == len(p.prefix)
	case p.scan != nil:
		l := lookupOf(r)
		groups, ok := p.scan.Match(path, l.room[:0])
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

// hostRoute adds a route for the hosts of a pattern. It panics if the pattern is invalid.
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

// notProxied refuses requests with the header X-Real-Ip, because their host is the proxy's.
func notProxied(r *http.Request, _ *mux.RouteMatch) bool {
	original := lookupOf(r).original
	return original != nil && !original.Headers.Has("X-Real-Ip")
}

// matches is the matcher for a spec with a Matcher or an ArgumentMatcher.
func (s *URLSpec) matches(r *http.Request, _ *mux.RouteMatch) bool {
	l := lookupOf(r)
	if l.original == nil {
		l.undecided = true
		return false
	}
	if s.matcher != nil && !s.matcher(l.original) {
		return false
	}
	if s.argumentMatcher == nil {
		return true
	}
	args, kwargs, ok := s.argumentMatcher(l.original)
	l.matched = matchedArguments{args, kwargs}
	return ok
}

// checkTemplate returns an error if mux cannot use text as the template of a path.
func checkTemplate(text string) error { return mux.NewRouter().Path(text).GetError() }
