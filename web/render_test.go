package web

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// pages returns an application whose GET calls do, and whose templates are sources.
func pages(sources map[string]string, s Settings, do func(h *probe) error) *Application {
	if sources != nil {
		s.TemplateLoader = template.NewDictLoader(sources, template.Options{})
	}
	return NewApplication([]URLSpec{URL("/n/(.*)", probe{}, Name("named")), URL("/(?:.*)", probe{do: do}, Name("any"))}, s)
}

// pageOf returns the output of one template, or the error.
func pageOf(t *testing.T, source string, s Settings, headers ...string) string {
	t.Helper()
	app := pages(map[string]string{"t.html": source}, s, func(h *probe) error { return h.Render("t.html") })
	app.settings.ServeTraceback = true
	return withoutOrigin(fetch(t, app, strings.Join(append([]string{"GET /a?b=c"}, headers...), "\n")).body())
}

type plainModule struct{ UIModule }

func (m *plainModule) Render(text string) string { return "<" + text + ">" }

// fullModule has all kinds of resources.
type fullModule struct {
	UIModule
	Prefix string // of the prototype
}

func (m *fullModule) Render() string             { return m.Prefix + "full" }
func (m *fullModule) EmbeddedCSS() string        { return m.Prefix + "css" }
func (m *fullModule) EmbeddedJavaScript() string { return m.Prefix + "js" }
func (m *fullModule) CSSFiles() []string         { return []string{m.Prefix + ".css", "/all.css"} }
func (m *fullModule) JavaScriptFiles() []string {
	return []string{"https://x.example/" + m.Prefix + "&", "/all.js"}
}
func (m *fullModule) HTMLHead() string { return "<" + m.Prefix + "head>" }
func (m *fullModule) HTMLBody() string { return "<" + m.Prefix + "body>" }

var fullModules = map[string]UIModuleClass{
	"A": UIModuleOf(fullModule{Prefix: "/a"}), "B": UIModuleOf(fullModule{Prefix: "/b"}), "Plain": UIModuleOf(plainModule{}),
}

// withoutOrigin returns a traceback page without the line that names its handler and route.
func withoutOrigin(page string) string {
	text, _, found := strings.Cut(page, "in the handler ")
	if !found {
		return page
	}
	return text
}

func TestRenderInsertsTheResourcesOfModules(t *testing.T) {
	const css = `<link href="/a.css" type="text/css" rel="stylesheet"/><link href="/all.css" type="text/css" rel="stylesheet"/>`
	const js = `<script src="https://x.example//a&amp;" type="text/javascript"></script><script src="/all.js" type="text/javascript"></script>`
	const styles, scripts = "<style type=\"text/css\">\n%s\n</style>\n", "<script type=\"text/javascript\">\n//<![CDATA[\n%s\n//]]>\n</script>\n"
	head := css + "\n" + fmt.Sprintf(styles, "/acss") + "</ahead>\n"
	body := js + "\n" + fmt.Sprintf(scripts, "/ajs") + "</abody>\n"
	for _, tt := range []struct{ name, source, want string }{
		{"web-157 order", "<head></head><body>{% module A() %}</body>", "<head>" + head + "</head><body>/afull" + body + "</body>"},
		{"web-157 head first, body last, html_body first", "</head></head>{% module A() %}</body></body>",
			head + "</head></head>/afull</abody>\n</body>" + js + "\n" + fmt.Sprintf(scripts, "/ajs") + "</body>"},
		{"web-157 without a head", "{% module A() %}</body>", "web: Render: t.html has no </head>: its UI modules insert styles or scripts before that tag\n"},
		{"web-157 without a body", "</head>{% module A() %}", "web: Render: t.html has no </body>: its UI modules insert styles or scripts before that tag\n"},
		{"web-157 without needs", "{% module Plain('x') %}", "<x>"},
		{"web-158 each URL once", "</head>{% module A() %}{% module A() %}</body>", head + "</head>/afull/afull" + body + "</body>"},
		{"web-159 wrapped, joined by lines", "</head>{% module A() %}{% module B() %}</body>",
			`<link href="/a.css" type="text/css" rel="stylesheet"/><link href="/all.css" type="text/css" rel="stylesheet"/><link href="/b.css" type="text/css" rel="stylesheet"/>` + "\n" +
				fmt.Sprintf(styles, "/acss\n/bcss") + "</ahead></bhead>\n</head>/afull/bfull" +
				js + `<script src="https://x.example//b&amp;" type="text/javascript"></script>` + "\n" + fmt.Sprintf(scripts, "/ajs\n/bjs") + "</abody></bbody>\n</body>"},
		{"web-160 not escaped", "{% module Plain('a&b') %}{{ modules.Plain('b') }}", "<a&b>&lt;b&gt;"},
		{"web-161 own namespace and resources", "</head>{% set x = 1 %}{% module Template('p.html', a=2) %}{% module Template('p.html', a=3) %}",
			"<style type=\"text/css\">\np\n</style>\n</head>23"},
		{"web-161 other resources", "{% module Template('q.html', a=2) %}{% module Template('q.html', a=3) %}",
			"template: t.html:1: template: q.html:1: web: set_resources called with different resources for the same template\n"},
		{"web-161 resources of the wrong type", "{% module Template('r.html') %}", "template: t.html:1: template: r.html:1: web: set_resources: html_head is a int, not text\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := pages(map[string]string{
				"t.html": tt.source, "p.html": "{{ set_resources(embedded_css='p') }}{{ a }}",
				"q.html": "{{ set_resources(html_head=str(a)) }}", "r.html": "{{ set_resources(html_head=1) }}",
			}, Settings{UIModules: fullModules, ServeTraceback: true}, func(h *probe) error { return h.Render("t.html") })
			require.Equal(t, tt.want, withoutOrigin(fetch(t, app, "GET /").body()))
		})
	}
}

func TestLinkedFilesGoThroughStaticURL(t *testing.T) { // web-158
	s := Settings{StaticFS: fstest.MapFS{"a.css": {Data: []byte("x")}}, UIModules: map[string]UIModuleClass{"A": UIModuleOf(fullModule{Prefix: "a"})}}
	got := pageOf(t, "</head>{% module A() %}</body>", s)
	require.Regexp(t, `<link href="/static/a\.css\?v=[0-9a-f]+" type`, got)
	s.StaticFS = nil
	require.Contains(t, pageOf(t, "</head>{% module A() %}</body>", s), "StaticURL has no files: define Settings.StaticPath")
	for path, want := range map[string]bool{"/a": true, "http://a": true, "https://a": true, "a": false, "ftp://a": false, "": false} {
		require.Equal(t, want, IsAbsolute(path), path)
	}
}

// waitingModule waits in Render. A page has one object, even if the module occurs several
// times.
type waitingModule struct {
	UIModule
	calls int
}

func (m *waitingModule) Render() (string, error) {
	m.calls++
	ioloop.Sleep(m.handler.Loop(), time.Millisecond).Await()
	return fmt.Sprint(m.calls), nil
}

func TestModulesAreMadeOncePerPageAndMayWait(t *testing.T) { // web-160
	app := pages(map[string]string{"t.html": "{% module W() %}{% module W() %}"}, Settings{UIModules: map[string]UIModuleClass{"W": UIModuleOf(waitingModule{})}},
		func(h *probe) error { return h.Render("t.html") })
	for range 2 {
		require.Equal(t, "200 OK / 12", fetch(t, app, "GET /").String())
	}
}

type noModule struct{ UIModule }
type wrongModule struct{ UIModule }

func (m *wrongModule) Render() int { return 1 }

func TestInvalidUIModulesAndMethodsPanic(t *testing.T) { // web-162
	method := func(name string, fn any) func() {
		return func() { NewApplication(nil, Settings{UIMethods: map[string]any{name: fn}}) }
	}
	for _, tt := range []struct {
		do   func()
		want string
	}{
		{func() { UIModuleOf(noModule{}) }, "web: web.noModule is not a UI module: give it a method Render that returns a string or []byte, optionally with an error"},
		{func() { UIModuleOf(wrongModule{}) }, "web: web.wrongModule is not a UI module: give it a method Render that returns a string or []byte, optionally with an error"},
		{func() { NewApplication(nil, Settings{UIModules: map[string]UIModuleClass{"A": {}}}) }, "web: Settings.UIModules: A is the zero value: make it with web.UIModuleOf"},
		{method("_f", func(Handler) string { return "" }), `web: Settings.UIMethods: "_f" is not a valid name: begin with a lower-case letter`},
		{method("F", func(Handler) string { return "" }), `web: Settings.UIMethods: "F" is not a valid name: begin with a lower-case letter`},
		{method("", func(Handler) string { return "" }), `web: Settings.UIMethods: "" is not a valid name: begin with a lower-case letter`},
		{method("f", 1), "web: Settings.UIMethods: f is a int: use a function whose first parameter is a *web.RequestHandler or a web.Handler"},
		{method("f", func() string { return "" }), "web: Settings.UIMethods: f is a func() string: use a function whose first parameter is a *web.RequestHandler or a web.Handler"},
		{method("f", func(string) string { return "" }), "web: Settings.UIMethods: f is a func(string) string: use a function whose first parameter is a *web.RequestHandler or a web.Handler"},
	} {
		require.PanicsWithValue(t, tt.want, tt.do)
	}
}

func TestUIMethodsGetTheHandlerFirst(t *testing.T) { // web-162
	s := Settings{UIMethods: map[string]any{
		"self":  func(h Handler, x int) string { return fmt.Sprintf("%T %d", h, x) },
		"base":  func(h *RequestHandler, more ...string) string { return h.Request().Path + strings.Join(more, "") },
		"fails": func(Handler) error { return NewHTTPError(404) },
		"other": func(h interface{ Missing() }) string { return "" },
	}}
	require.Equal(t, "*web.probe 7 /a /axy", pageOf(t, "{{ self(7) }} {{ base() }} {{ base('x', 'y') }}", s))
	require.Equal(t, "template: t.html:1: HTTP 404: Not Found\n", pageOf(t, "{{ fails() }}", s))
	require.Contains(t, pageOf(t, "{{ other() }}", s), "web: UI method other: *web.probe does not implement interface { Missing() }")
}

func TestRenderWithoutTemplatesSaysWhatToSet(t *testing.T) { // web-163
	app := pages(nil, Settings{ServeTraceback: true}, func(h *probe) error { return h.Render("t.html") })
	require.Equal(t, "web: Render needs templates: define Settings.TemplatePath, TemplateFS or TemplateLoader\n", withoutOrigin(fetch(t, app, "GET /").body()))
}

func TestTemplateFS(t *testing.T) { // web-164
	files := fstest.MapFS{"t.html": {Data: []byte("root")}, "sub/t.html": {Data: []byte("sub")}}
	for path, want := range map[string]string{"": "root", "sub": "sub"} {
		app := pages(nil, Settings{TemplateFS: files, TemplatePath: path}, func(h *probe) error { return h.Render("t.html") })
		require.Equal(t, want, fetch(t, app, "GET /").body())
	}
}

// A countingLoader counts its calls.
type countingLoader struct {
	template.BaseLoader
	loads, resets int
}

func (l *countingLoader) Load(name string) (template.Generator, error) {
	l.loads++
	return l.BaseLoader.Load(name)
}

func (l *countingLoader) Reset() { l.resets++ }

func TestLoadersAreMadeOnceAndResetForEachRequestWithoutACache(t *testing.T) { // web-164
	for _, tt := range []struct {
		settings Settings
		resets   int
	}{{Settings{}, 0}, {Settings{NoCompiledTemplateCache: true}, 3}, {Settings{Debug: true}, 3}} {
		loader := &countingLoader{BaseLoader: template.NewDictLoader(map[string]string{"t.html": "x{% module Template('u.html') %}", "u.html": "y"}, template.Options{})}
		tt.settings.TemplateLoader = loader
		app := pages(nil, tt.settings, func(h *probe) error { return h.Render("t.html") })
		for range 3 {
			require.Equal(t, "xy", fetch(t, app, "GET /").body())
		}
		require.Equal(t, 6, loader.loads)
		require.Equal(t, tt.resets, loader.resets)
	}
	changing := fstest.MapFS{"t.html": {Data: []byte("before")}}
	for fresh, want := range map[bool]string{false: "before", true: "after"} {
		changing["t.html"].Data = []byte("before")
		app := pages(nil, Settings{TemplateFS: changing, NoCompiledTemplateCache: fresh}, func(h *probe) error { return h.Render("t.html") })
		require.Equal(t, "before", fetch(t, app, "GET /").body())
		changing["t.html"].Data = []byte("after")
		require.Equal(t, want, fetch(t, app, "GET /").body())
	}
}

func TestRenderErrors(t *testing.T) {
	sources := map[string]string{"t.html": "fine", "base.html": "a\n{% block b %}{% end %}",
		"child.html": "{% extends 'base.html' %}\n{% block b %}\n{{ missing }}{% end %}", "broken.html": "\n\n{% if %}",
		"argument.html": "{{ handler.get_argument('needed') }}", "module.html": "a\n{% module Unknown('x', y=1) %}"}
	for _, tt := range []struct {
		name string
		do   func(h *probe) error
		want string
	}{
		{"after Finish", func(h *probe) error { h.Finish("x"); h.Render("t.html"); return nil }, "200 OK / x"},
		{"an error that is dropped", func(h *probe) error { h.Render("broken.html"); return nil }, errorPage500},
		{"an error that was cleared", func(h *probe) error { h.Render("broken.html"); h.Clear(); return h.Render("t.html") }, "200 OK / fine"},
		{"a string that failed", func(h *probe) error { h.RenderString("broken.html"); return h.Render("t.html") }, "200 OK / fine"},
		{"a missing argument", func(h *probe) error { return h.Render("argument.html") }, page("400 Bad Request")},
	} {
		if got := fetch(t, pages(sources, Settings{}, tt.do), "GET /").String(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct{ name, want string }{
		{"child.html", "template: child.html:3 (via base.html:2): NameError: name 'missing' is not defined\n"},
		{"broken.html", "Missing {% end %} block for if at broken.html:3\n"},
		{"nothing.html", "template: nothing.html: file does not exist\n"},
		{"module.html", "template: module.html:2: web: there is no UI module Unknown: add it to Settings.UIModules\n"},
	} {
		app := pages(sources, Settings{Debug: true}, func(h *probe) error { return h.Render(tt.name) })
		conn := fetch(t, app, "GET /")
		require.Equal(t, "500 Internal Server Error", conn.status)
		require.Equal(t, tt.want, withoutOrigin(conn.body()), "the traceback page")
	}
}

func TestErrorOfAModuleKeepsItsIdentity(t *testing.T) {
	cause := errors.New("cause")
	s := Settings{UIMethods: map[string]any{"fails": func(Handler) (string, error) { return "", cause }}}
	var got error
	app := pages(map[string]string{"t.html": "{{ fails() }}"}, s, func(h *probe) error {
		got = h.Render("t.html")
		return got
	})
	require.Equal(t, "500 Internal Server Error", fetch(t, app, "GET /").status)
	require.ErrorIs(t, got, cause)
	place := (*template.Error)(nil)
	require.ErrorAs(t, got, &place)
	require.Equal(t, "t.html:1", place.Place.String())
}

func TestTemplateNamespace(t *testing.T) { // web-166, web-167
	s := Settings{Extra: map[string]any{"title": "Blog"}, StaticFS: fstest.MapFS{"a.css": {Data: []byte("x")}},
		UIMethods: map[string]any{"double": func(_ Handler, n int) int { return 2 * n }}}
	for _, tt := range []struct{ source, want string }{
		{"{{ handler.request.path }} {{ request.uri }}", "/a /a?b=c"},
		{"{{ handler.settings['title'] }} {{ handler.application.settings.title }}", "Blog Blog"},
		{"{{ current_user }}", "None"},
		{"{{ locale.code }} {{ _('x') }} {{ pgettext('c', 'x') }}", "en_US x x"},
		{"{{ static_url('a.css', include_version=False) }}", "/static/a.css"},
		{"{{ static_url('a.css', True, include_version=False) }}", "http://example.com/static/a.css"},
		{"{{ reverse_url('any') }}", "template: t.html:1: web: cannot reverse url regex /(?:.*): use a pattern of plain text and groups\n"},
		{"{{ double(4) }}", "8"},
		{"{% raw modules.xsrf_form_html() == xsrf_form_html() %}", "True"},
		{"{{ static_url() }}", "template: t.html:1: web: static_url: path is missing\n"},
		{"{{ static_url('a', path='b') }}", "template: t.html:1: web: static_url: path is given twice\n"},
		{"{{ static_url(1) }}", "template: t.html:1: web: static_url: path cannot be a int\n"},
		{"{{ static_url('a', True, True, True) }}", "template: t.html:1: web: static_url takes 3 arguments, not 4\n"},
		{"{{ static_url('a', nope=1) }}", "template: t.html:1: web: static_url: unknown argument nope\n"},
	} {
		if got := pageOf(t, tt.source, s); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.source, got, tt.want)
		}
	}
	require.Equal(t, "template: t.html:1: "+errNoStaticPath.Error()+"\n", pageOf(t, "{{ static_url('a') }}", Settings{}))
	require.Regexp(t, `^<input type="hidden" name="_xsrf" value="2\|[0-9a-f]{8}\|[0-9a-f]{32}\|\d+"/>$`, pageOf(t, "{% raw xsrf_form_html() %}", Settings{})) // web-167
}

func TestHTMLTemplates(t *testing.T) {
	set := htmltemplate.Must(htmltemplate.New("t.html").Parse(`<head></head>{{.handler.Request.Path}} {{.title}} {{call .xsrf_form_html}} {{call .double 4}} ` +
		`{{.handler.Locale.Translate "x"}} {{.handler.ReverseURL "named" 7}} {{.handler.StaticURL "a.css"}} {{.modules.Render "Plain" "y"}} {{.modules.Render "Kwargs"}}`))
	s := Settings{TemplateLoader: template.FromHTML(set), StaticFS: fstest.MapFS{"a.css": {Data: []byte("x")}},
		UIModules: map[string]UIModuleClass{"Plain": UIModuleOf(plainModule{}), "Kwargs": UIModuleOf(kwargsModule{})},
		UIMethods: map[string]any{"double": func(_ Handler, n int) int { return 2 * n }}}
	app := pages(nil, s, func(h *probe) error { return h.Render("t.html", Namespace{"title": "<b>"}) })
	require.Regexp(t, `^<head><style type="text/css">\nk\n</style>\n</head>/ &lt;b&gt; <input type="hidden" [^>]*/> 8 x /n/7 /static/a.css\?v=\w+ <y> map\[\] 0$`, fetch(t, app, "GET /").body())
}

type kwargsModule struct{ UIModule }

func (m *kwargsModule) Render(kwargs template.Kwargs, rest ...int) string {
	return fmt.Sprint(map[string]any(kwargs), len(rest))
}
func (m *kwargsModule) EmbeddedCSS() string { return "k" }

func TestModulesOfHTMLTemplatesCheckTheirArguments(t *testing.T) {
	for _, tt := range []struct{ source, want string }{
		{`{{.modules.Render "Plain"}}`, "web: UI module Plain: Render takes 1 arguments, not 0"},
		{`{{.modules.Render "Plain" 1}}`, "web: UI module Plain: argument 1 is a int, not a string"},
		{`{{.modules.Render "Plain" "a" "b"}}`, "web: UI module Plain: Render takes 1 arguments, not 2"},
		{`{{.modules.Render "Nothing"}}`, "web: there is no UI module Nothing: add it to Settings.UIModules"},
	} {
		set := htmltemplate.Must(htmltemplate.New("t.html").Parse(tt.source))
		app := pages(nil, Settings{TemplateLoader: template.FromHTML(set), UIModules: fullModules, ServeTraceback: true},
			func(h *probe) error { return h.Render("t.html") })
		require.Contains(t, fetch(t, app, "GET /").body(), tt.want)
	}
}

// localHandler counts the calls of GetUserLocale.
type localHandler struct {
	RequestHandler
	user  string
	asked *int
}

func (h *localHandler) GetUserLocale() *locale.Locale {
	*h.asked++
	return h.Settings().Translations.Lookup(h.user)
}

func (h *localHandler) Get(args ...string) error {
	if code := h.GetArgument("set", ""); code != "" {
		h.SetLocale(h.Settings().Translations.Get(code))
	}
	return h.WriteString(h.Locale().Code + h.Locale().Code)
}

func TestLocaleOfAHandler(t *testing.T) { // web-165
	translations, err := locale.LoadTranslations(fstest.MapFS{"es.csv": {}, "fr.csv": {}, "de.csv": {}}, locale.Options{DefaultLocale: "de"})
	require.NoError(t, err)
	for _, tt := range []struct{ user, request, want string }{
		{"", "GET /", "dede"}, // en_US is not supported there: the default
		{"", "GET /\nAccept-Language: fr;q=0.5, es", "eses"},
		{"", "GET /\nAccept-Language: fr;q=0.5, es;q=0.5", "frfr"},
		{"", "GET /\nAccept-Language: fr;q=0, es;q=x", "dede"},
		{"fr", "GET /\nAccept-Language: es", "frfr"},
		{"fr", "GET /?set=es", "eses"},
	} {
		asked := 0
		app := NewApplication([]URLSpec{URL("/", localHandler{user: tt.user, asked: &asked})}, Settings{Translations: translations})
		if got := fetch(t, app, tt.request).body(); got != tt.want || asked > 1 {
			t.Errorf("%s: %s, asked %d times, want %s", tt.request, got, asked, tt.want)
		}
	}
}

func TestLocaleInTemplates(t *testing.T) { // web-166
	app := pages(map[string]string{"t.html": "{{ locale.format_date(when) }}|{{ locale.format_date(then, relative=True) }}|{{ locale.format_date(then, shorter=True, relative=False) }}|" +
		"{{ locale.format_date(1, full_format=1) }}|{{ locale.format_date(1.5, gmt_offset=60, full_format=True) }}|{{ _('a', 'b', 1) }}{{ _('a', 'b', 2) }}{{ _('a', 'b', count=1.5) }}" +
		"{{ _('a', None) }}{{ pgettext('c', 'a', plural_message='b', count=3) }}|{{ locale.list(('x', 'y')) }}|{{ locale.friendly_number(1000) }}|{{ locale.format_day(then, dow=False) }}"},
		Settings{}, func(h *probe) error {
			now := h.Loop().Time()
			return h.Render("t.html", Namespace{"when": now.Add(-2 * time.Minute), "then": time.Date(2011, 3, 13, 7, 6, 40, 0, time.UTC)})
		})
	require.Equal(t, "200 OK / 2 minutes ago|March 13, 2011 at 7:06 am|March 13, 2011|January 1, 1970 at 12:00 am|December 31, 1969 at 11:00 pm|abbab|x and y|1,000|March 13", fetch(t, app, "GET /").String())
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	app = pages(map[string]string{"t.html": "{{ locale.format_date(then, location=zone) }}|{{ locale.format_day(then, location=zone) }}|{{ locale.format_date(there) }}|{{ locale.format_day(there) }}"},
		Settings{}, func(h *probe) error {
			then := time.Date(2011, 7, 13, 22, 6, 40, 0, time.UTC)
			return h.Render("t.html", Namespace{"zone": berlin, "then": then, "there": then.In(berlin)})
		})
	require.Equal(t, "200 OK / July 14, 2011 at 12:06 am|Thursday, July 14|July 14, 2011 at 12:06 am|Thursday, July 14", fetch(t, app, "GET /").String())
	for _, tt := range []struct{ source, want string }{
		{"{{ locale.format_date() }}", "web: format_date: date is missing"},
		{"{{ locale.format_date(1, location='Europe/Berlin') }}", "web: format_date: location cannot be a string"},
		{"{{ locale.format_date('x') }}", "web: format_date: date cannot be a string"},
		{"{{ locale.format_date(1, 'x') }}", "web: format_date: gmt_offset cannot be a string"},
		{"{{ locale.format_day(None) }}", "web: format_day: date is missing"},
		{"{{ _('a', 'b') }}", "web: translate: plural_message needs a count"},
		{"{{ pgettext('a') }}", "web: pgettext: message is missing"},
	} {
		if got := pageOf(t, tt.source, Settings{}); got != "template: t.html:1: "+tt.want+"\n" {
			t.Errorf("%s: %s, want %s", tt.source, got, tt.want)
		}
	}
}
