package web

import (
	"fmt"
	"strings"
	"sync"

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

// add adds the value of the group with index i.
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
