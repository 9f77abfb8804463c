package web

import (
	"fmt"
	"strings"
	"sync"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
)

// A target is the handler class for a request, with the groups of its pattern,
// percent-decoded.
type target struct {
	class  HandlerClass
	spec   *URLSpec // the spec that matched; nil if none did
	args   []string
	kwargs map[string]string
}

// A hostGroup is a list of specs for the hosts of a pattern.
type hostGroup struct {
	pattern string
	rules   *ruleList // routes of the specs; they do not check the host
	names   map[string]*URLSpec
}

func newHostGroup(pattern string, specs []URLSpec) hostGroup {
	g := hostGroup{pattern, newRuleList(specs), map[string]*URLSpec{}}
	g.rules.addNames(g.names)
	return g
}

// ReverseURL returns the path of the handler called name, with args in place of the groups
// of its pattern. Each argument is percent-encoded, except slashes. ReverseURL returns an
// error for an unknown name, for a wrong number of arguments, and for a pattern that has
// more than groups and plain text. Tornado: reverse_url.
func (a *Application) ReverseURL(name string, args ...any) (string, error) {
	for _, g := range a.hosts {
		if s := g.names[name]; s != nil {
			return s.pattern.reverse(args)
		}
	}
	return "", fmt.Errorf("web: %s not found in named urls", name)
}

// A router finds the spec for a request. Specs of plain text are found in a map, if the
// host makes no difference. Other specs are routes of gorilla/mux: each group of hosts is a
// route with a matcher for the host and a list of rules for its paths.
type router struct {
	routes  routes
	plain   map[string]*URLSpec
	lookups sync.Pool
}

// newRouter builds the router of hosts. The last of hosts is for every host.
func newRouter(hosts []hostGroup, defaultHost string) *router {
	special, general := hosts[:len(hosts)-1], hosts[len(hosts)-1]
	r := &router{routes: general.rules, plain: plainPaths(special, general)}
	r.lookups.New = func() any { return newLookup() }
	if len(special) > 0 {
		r.routes = hostRoutes(special, general, defaultHost)
	}
	return r
}

// plainPaths returns the specs by path that are found without a router. It looks up every
// path of general that is plain text, and keeps the result if it has no groups and holds
// for every host.
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

func (r *router) findTarget(request *httputil.HTTPServerRequest) (target, bool) {
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

// addGroup adds the value of the group with index i.
func (t *target) addGroup(names []string, i int, value string) {
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
