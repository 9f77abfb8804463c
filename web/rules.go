package web

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/gorilla/mux"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// A Matcher says whether a rule is for a request; it may look at anything in its head.
// It runs on the loop and must not wait. Tornado: routing.Matcher.
type Matcher func(r *httputil.HTTPServerRequest) bool

// AnyMatches is the Matcher of every request. Tornado: routing.AnyMatches.
func AnyMatches(*httputil.HTTPServerRequest) bool { return true }

// HostMatches returns the Matcher of the hosts, without port and in lower case, that a
// regular expression matches whole. One that Go's package regexp does not understand
// panics. Tornado: routing.HostMatches.
func HostMatches(pattern string) Matcher {
	regex := compileRule("host", pattern)
	return func(r *httputil.HTTPServerRequest) bool { return regex.MatchString(r.HostName) }
}

// PathMatches returns the Matcher of the paths, still percent-encoded, that a regular
// expression matches whole. The handlers' arguments are the groups of their own
// pattern, not of this one. One that Go's package regexp does not understand panics.
// Tornado: routing.PathMatches.
func PathMatches(pattern string) Matcher {
	regex := compileRule("path", pattern)
	return func(r *httputil.HTTPServerRequest) bool { return regex.MatchString(r.Path) }
}

func compileRule(what, pattern string) *regexp.Regexp {
	regex, err := regexp.Compile("^(?:" + pattern + ")$")
	if err != nil {
		panic(fmt.Sprintf("web: %s pattern %q: %v: write it for Go's package regexp", what, pattern, err))
	}
	return regex
}

// When makes a URLSpec serve only requests that m matches; the others try what follows.
// Tornado: routing.Rule with a matcher of its own.
func When(m Matcher) URLOption { return func(s *URLSpec) { s.matcher = m } }

// Rule returns a rule with rules below it: requests that m matches try specs, in order.
// What none of them serves tries the rules behind this one. Their names are found by
// ReverseURL. Tornado: routing.Rule with a list, a nested RuleRouter.
//
//	web.Rule(web.PathMatches("/api/.*"),
//		web.URL("/api/users", Users{}),
//		web.URL("/api/users/([0-9]+)", User{}))
func Rule(m Matcher, specs ...URLSpec) URLSpec {
	return URLSpec{matcher: m, rules: newRuleList(specs)}
}

// A ruleList is a list of specs, each with its route.
type ruleList struct {
	specs  []URLSpec
	routes []*mux.Route
	index  prefixIndex // of the specs
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
	l.index = newPrefixIndex(prefixes)
	return l
}

// Match is what [mux.Router.Match] is for the routes, without those that cannot match.
func (l *ruleList) Match(r *http.Request, m *mux.RouteMatch) bool {
	for _, i := range l.index.candidates(r.URL.Path) {
		if l.routes[i].Match(r, m) {
			return true
		}
	}
	return false
}

// addNames adds those of the specs, and of the rules below them, to names.
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

// matches is the matcher of a spec that has one.
func (s *URLSpec) matches(r *http.Request, _ *mux.RouteMatch) bool {
	l := lookupOf(r)
	if l.original == nil {
		l.undecided = true
		return false
	}
	return s.matcher(l.original)
}
