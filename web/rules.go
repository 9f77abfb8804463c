package web

import (
	"fmt"
	"regexp"

	"github.com/gotornado/tornado/httputil"
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
