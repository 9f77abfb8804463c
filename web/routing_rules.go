package web

import (
	"fmt"
	"regexp"

	"github.com/gotornado/tornado/httputil"
)

// A Matcher reports whether a rule serves a request. It may check anything in the head of
// the request. It runs on the loop and must not block. Tornado: routing.Matcher.
type Matcher func(r *httputil.HTTPServerRequest) bool

// AnyMatches is a Matcher that returns true. Tornado: routing.AnyMatches.
func AnyMatches(*httputil.HTTPServerRequest) bool { return true }

// HostMatches returns a Matcher for hosts. pattern is a regular expression that must match
// the whole host, in lower case and without port. It panics if Go's package regexp cannot
// compile pattern. Tornado: routing.HostMatches.
func HostMatches(pattern string) Matcher {
	regex := compileRule("host", pattern)
	return func(r *httputil.HTTPServerRequest) bool { return regex.MatchString(r.HostName) }
}

// PathMatches returns a Matcher for paths. pattern is a regular expression that must match
// the whole path, percent-encoded. The arguments of handlers are the groups of their own
// pattern, not of this one. PathMatches panics if Go's package regexp cannot compile
// pattern. Tornado: routing.PathMatches.
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

// When makes a URLSpec serve only requests that m matches. Other requests try the next
// specs. Tornado: routing.Rule with a Matcher.
func When(m Matcher) URLOption { return func(s *URLSpec) { s.matcher = m } }

// An ArgumentMatcher is a Matcher that also returns arguments for the handler: args come after
// the groups of the pattern, kwargs beside its named groups. They reach the handler
// unchanged: values from the path must be percent-decoded by the matcher. Tornado: a Matcher
// whose match returns path_args and path_kwargs.
type ArgumentMatcher func(r *httputil.HTTPServerRequest) (args []string, kwargs map[string]string, ok bool)

// WhenArguments makes a URLSpec serve only requests that m matches, with the arguments that m
// returns. Other requests try the next specs. Tornado: routing.Rule with a Matcher.
//
//	web.URL("/.*", Site{}, web.WhenArguments(func(r *httputil.HTTPServerRequest) ([]string, map[string]string, bool) {
//		name, ok := strings.CutSuffix(r.HostName, ".example.com")
//		return []string{name}, nil, ok
//	}))
func WhenArguments(m ArgumentMatcher) URLOption { return func(s *URLSpec) { s.argumentMatcher = m } }

// Rule returns a rule with nested rules: requests that m matches try specs, in order. If
// none of specs matches, the request tries the rules after this one. ReverseURL finds the
// names of specs. Tornado: routing.Rule with a list, a nested RuleRouter.
//
//	web.Rule(web.PathMatches("/api/.*"),
//		web.URL("/api/users", Users{}),
//		web.URL("/api/users/([0-9]+)", User{}))
func Rule(m Matcher, specs ...URLSpec) URLSpec {
	return URLSpec{matcher: m, rules: newRuleList(specs)}
}
