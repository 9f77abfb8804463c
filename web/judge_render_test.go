package web_test

import (
	"errors"
	"maps"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
)

const renderPath = "testdata/render"

// judgedTemplate renders a template, as Page of testdata/judge_render.py does.
type judgedTemplate struct{ web.RequestHandler }

func (h *judgedTemplate) values() web.Namespace {
	n, _ := strconv.Atoi(h.GetArgument("n", "3"))
	return web.Namespace{
		"name": h.GetArgument("name", "World"), "items": []int{1, 2, 3}, "n": n,
		"when": time.Date(2011, 3, 13, 7, 6, 40, 0, time.UTC),
		"how":  h.GetArgument("how", ""), "css": h.GetArgument("css", ".a"),
	}
}

func (h *judgedTemplate) GetCurrentUser() any {
	if user := h.GetCookie("user"); user != "" {
		return user
	}
	return nil
}

func (h *judgedTemplate) Get(args ...string) error  { return h.Render(args[0]+".html", h.values()) }
func (h *judgedTemplate) Head(args ...string) error { return h.Get(args...) }
func (h *judgedTemplate) Post(args ...string) error { return h.Get(args...) }

type judgedStrings struct{ judgedTemplate }

func (h *judgedStrings) Get(args ...string) error {
	for _, around := range []string{"[]", ""} {
		html, err := h.RenderString(args[0]+".html", h.values())
		if err != nil {
			return err
		}
		h.WriteString(around[:len(around)/2] + string(html) + around[len(around)/2:])
	}
	return nil
}

type judgedAround struct{ judgedTemplate }

func (h *judgedAround) Get(args ...string) error {
	switch args[0] {
	case "before":
		h.WriteString("before ")
		return h.Render("hello.html", h.values())
	case "twice":
		h.Render("hello.html", h.values())
		return h.Render("hello.html", h.values())
	case "dropped":
		if _, err := h.RenderString("division.html", h.values()); err != nil {
			h.WriteString("caught ")
		}
		return h.Render("hello.html", h.values())
	case "status":
		h.SetStatus(404)
		h.SetHeader("X-A", "b")
		return h.Render("nothing.html")
	case "strings":
		h.RenderString("modules.html", h.values())
		return h.Render("order.html", h.values())
	}
	return nil
}

type judgedLinked struct{ judgedTemplate }

func (h *judgedLinked) RenderLinkedJS(files []string) string { return "js:" + strings.Join(files, ",") }
func (h *judgedLinked) RenderEmbedJS(scripts []string) string {
	return "JS:" + strings.Join(scripts, ",")
}
func (h *judgedLinked) RenderLinkedCSS(files []string) string {
	return "css:" + strings.Join(files, ",")
}
func (h *judgedLinked) RenderEmbedCSS(styles []string) string {
	return "CSS:" + strings.Join(styles, ",")
}

type judgedUserLocale struct{ judgedTemplate }

func (h *judgedUserLocale) GetUserLocale() *locale.Locale {
	if code := h.GetArgument("lang", ""); code != "" {
		return h.Settings().Translations.Get(code)
	}
	return nil
}

type judgedChosen struct{ judgedTemplate }

func (h *judgedChosen) Prepare() error {
	h.SetLocale(h.Settings().Translations.Get(h.GetArgument("lang", "es")))
	return nil
}

type judgedBrowser struct{ judgedTemplate }

func (h *judgedBrowser) Get(args ...string) error {
	return h.WriteString(h.GetBrowserLocale(args[0]).Code + " " + h.Locale().Code)
}

type judgedNamespaced struct{ judgedTemplate }

func (h *judgedNamespaced) GetTemplateNamespace() web.Namespace {
	names := h.RequestHandler.GetTemplateNamespace()
	maps.Copy(names, web.Namespace{"extra": "from the namespace", "name": "hidden by the argument"})
	return names
}

func (h *judgedNamespaced) Get(args ...string) error {
	if args[0] == "" {
		return h.Render("extra.html")
	}
	return h.Render("extra.html", web.Namespace{"name": args[0]})
}

type judgedElsewhere struct{ judgedTemplate }

func (h *judgedElsewhere) GetTemplatePath() string { return renderPath + "/other" }

type judgedOwnLoader struct{ judgedTemplate }

func (h *judgedOwnLoader) GetTemplatePath() string { return "of its own" }

func (h *judgedOwnLoader) CreateTemplateLoader(path string) template.BaseLoader {
	return template.NewDictLoader(map[string]string{"hello.html": "from " + path + " {{ name }}"},
		template.Options{Autoescape: template.NoAutoescape})
}

type judgedErrorPages struct{ judgedTemplate }

func (h *judgedErrorPages) Get(args ...string) error {
	code, _ := strconv.Atoi(args[0])
	return web.NewHTTPError(code)
}

func (h *judgedErrorPages) WriteError(status int, cause error) {
	name := "error.html"
	if status == 418 {
		name = "missing.html"
	}
	h.Render(name, web.Namespace{"status": status})
}

type entryModule struct{ web.UIModule }

func (m *entryModule) Render(text string, o struct{ Brief bool }) ([]byte, error) {
	return m.RenderString("entry.html", web.Namespace{"text": text, "brief": o.Brief})
}

func (m *entryModule) EmbeddedJavaScript() string { return "entry()" }
func (m *entryModule) EmbeddedCSS() string        { return ".entry { }" }
func (m *entryModule) CSSFiles() []string         { return []string{"/entry.css"} }
func (m *entryModule) HTMLHead() string           { return "<meta name=entry>" }
func (m *entryModule) HTMLBody() string           { return "<!-- entry -->" }
func (m *entryModule) JavaScriptFiles() []string {
	return []string{"/common.js", "a.txt", "https://example.com/x.js?a&b", "/common.js"}
}

type countModule struct {
	web.UIModule
	count int
}

func (m *countModule) Render() string {
	m.count++
	return strconv.Itoa(m.count)
}

type whoModule struct{ web.UIModule }

func (m *whoModule) Render() string {
	user := "None"
	if m.CurrentUser() != nil {
		user = m.CurrentUser().(string)
	}
	shout := m.UI()["shout"].(func(string, struct{ Times int }) string)
	return strings.Join([]string{user, m.Request().Path, m.Locale().Code, m.Handler().GetArgument("a", "-"), shout("ui", struct{ Times int }{})}, " ")
}

type smallModule struct{ web.UIModule }

func (m *smallModule) Render(text string) string { return "<small>" + text + "</small>" }
func (m *smallModule) EmbeddedCSS() string       { return "small { }" }

type boxModule struct{ web.UIModule }

func (m *boxModule) Render(parts ...string) string {
	return "<div>" + strings.Join(parts, "") + "</div>"
}
func (m *boxModule) EmbeddedCSS() string        { return "div { }" }
func (m *boxModule) EmbeddedJavaScript() string { return "box()" }

type bytesModule struct{ web.UIModule }

func (m *bytesModule) Render() []byte { return []byte("<i>bytes</i>") }

type failModule struct{ web.UIModule }

func (m *failModule) Render(how string) (string, error) {
	switch how {
	case "404":
		return "", web.NewHTTPError(404)
	case "finish":
		return "", web.Finish{Chunk: "finished early"}
	case "argument":
		m.Handler().GetArgument("needed")
	}
	return "", errors.New("failed")
}

// renderSettings returns the settings of testdata/judge_render.py.
func renderSettings(t *testing.T) web.Settings {
	t.Helper()
	translations, err := locale.LoadTranslations(os.DirFS(renderPath+"/locale"), locale.Options{})
	require.NoError(t, err)
	return web.Settings{
		TemplatePath: renderPath, StaticPath: renderPath + "/static", Translations: translations,
		Extra: map[string]any{"site": "The site"},
		UIMethods: map[string]any{
			"shout": func(_ web.Handler, text string, o struct{ Times int }) string {
				return strings.Repeat(strings.ToUpper(text), max(o.Times, 1))
			},
			"where": func(h *web.RequestHandler) string { return h.Request().Path },
		},
		UIModules: map[string]web.UIModuleClass{
			"Entry": web.UIModuleOf(entryModule{}), "Count": web.UIModuleOf(countModule{}), "Who": web.UIModuleOf(whoModule{}),
			"Small": web.UIModuleOf(smallModule{}), "Box": web.UIModuleOf(boxModule{}), "Bytes": web.UIModuleOf(bytesModule{}),
			"Fail": web.UIModuleOf(failModule{}),
		},
	}
}

// renderApp has the routes of testdata/judge_render.py.
func renderApp(s web.Settings) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL("/page/(.*)", judgedTemplate{}),
		web.URL("/string/(.*)", judgedStrings{}),
		web.URL("/around/(.*)", judgedAround{}),
		web.URL("/linked/(.*)", judgedLinked{}),
		web.URL("/user/(.*)", judgedUserLocale{}),
		web.URL("/prepared/(.*)", judgedChosen{}),
		web.URL("/browser/(.*)", judgedBrowser{}),
		web.URL("/namespaced/(.*)", judgedNamespaced{}),
		web.URL("/elsewhere/(.*)", judgedElsewhere{}),
		web.URL("/own/(.*)", judgedOwnLoader{}),
		web.URL("/error/(.*)", judgedErrorPages{}),
		web.URL("/entry/(.*)", judgedTemplate{}, web.Name("entry")),
	}, s)
}

var renderCases = []judgeCase{
	{"web-157 inheritance", judgeGet("/page/hello"), ""},
	{"web-157 values are escaped", judgeGet("/page/hello?name=%3Cb%3E%26%22'&n=2"), "6.5: 200 open"},
	{"web-157 HEAD", judgeRequest("HEAD", "/page/hello", nil, ""), ""},
	{"web-157 POST", judgePost("/page/hello", "application/x-www-form-urlencoded", "name=posted"), ""},
	{"web-157 text that was written before", judgeGet("/around/before"), ""},
	{"web-157 twice", judgeGet("/around/twice"), ""},
	{"web-157 an error that is caught", judgeGet("/around/dropped"), ""},
	{"web-157 status and headers are kept", judgeGet("/around/status"), ""},
	{"web-157 the Etag is the page's", judgeGet("/page/hello", `If-None-Match: *`), ""},
	{"web-157 no such template", judgeGet("/page/missing"), ""},
	{"web-157 a syntax error", judgeGet("/page/syntax"), ""},
	{"web-157 a division by zero", judgeGet("/page/division"), ""},
	{"web-157 render_string", judgeGet("/string/hello?name=x"), ""},
	{"web-157 what modules need", judgeGet("/page/modules"), ""},
	{"web-157 render_string embeds nothing", judgeGet("/string/modules"), ""},
	{"web-157 modules of render_string count", judgeGet("/around/strings"), ""},
	{"web-157 the last body, the first head", judgeGet("/page/order"), ""},
	{"web-157 no head", judgeGet("/page/headless"), ""},
	{"web-157 no body", judgeGet("/page/bodyless"), ""},
	{"web-157 nothing to embed needs no tags", judgeGet("/page/nothing"), ""},
	{"web-157 render_linked and render_embed", judgeGet("/linked/modules"), ""},
	{"web-157 error pages", judgeGet("/error/404"), ""},
	{"web-157 an error page that fails", judgeGet("/error/418"), ""},
	{"web-158 the same files through render_linked", judgeGet("/linked/template"), ""},
	{"web-160 unknown module", judgeGet("/page/unknown"), ""},
	{"web-160 a module that fails", judgeGet("/page/failing?how=value"), ""},
	{"web-160 a module that responses 404", judgeGet("/page/failing?how=404"), ""},
	{"web-160 a module that finishes", judgeGet("/page/failing?how=finish"), ""},
	{"web-160 a module that misses an argument", judgeGet("/page/failing?how=argument"), ""},
	{"web-160 a module's error is caught", judgeGet("/page/caught"), ""},
	{"web-160 a module's handler", judgeGet("/page/modules?a=q", "Cookie: user=ben", "Accept-Language: fr"), ""},
	{"web-160 linkify", judgeGet("/page/linkify"), ""},
	{"web-161 Template", judgeGet("/page/template"), ""},
	{"web-161 the same resources again", judgeGet("/page/changing?css=.a"), ""},
	{"web-161 other resources", judgeGet("/page/changing?css=.b"), ""},
	{"web-161 a namespace of its own", judgeGet("/page/scope"), ""},
	{"web-162 and 166 names", judgeGet("/page/names"), ""},
	{"web-162 and 166 names and a request", judgeGet("/page/names?a=b%26c", "X-A: x<y", "Cookie: user=ben", "Accept-Language: fa"), ""},
	{"web-166 get_template_namespace", judgeGet("/namespaced/"), ""},
	{"web-166 arguments come before it", judgeGet("/namespaced/name"), ""},
	{"web-164 get_template_path", judgeGet("/elsewhere/hello"), ""},
	{"web-164 nothing else lies there", judgeGet("/elsewhere/base"), ""},
	{"web-164 create_template_loader", judgeGet("/own/hello?name=%3C"), ""},
	{"web-163 reverse_url of the page itself", judgeGet("/entry/hello"), ""},
}

var localeCases = []judgeCase{
	{"web-165 no header", judgeGet("/page/locale"), ""},
	{"web-165 a language", judgeGet("/page/locale", "Accept-Language: es"), ""},
	{"web-165 one reply", judgeGet("/page/locale?n=1", "Accept-Language: es"), ""},
	{"web-165 a country", judgeGet("/page/locale", "Accept-Language: fr-ca"), ""},
	{"web-165 its language", judgeGet("/page/locale", "Accept-Language: fr-CH"), ""},
	{"web-165 right to left", judgeGet("/page/locale", "Accept-Language: fa"), ""},
	{"web-165 q", judgeGet("/page/locale", "Accept-Language: fr;q=0.5, es;q=0.8"), ""},
	{"web-165 a tie", judgeGet("/page/locale", "Accept-Language: fr;q=0.5, es;q=0.5"), ""},
	{"web-165 not wanted", judgeGet("/page/locale", "Accept-Language: fr;q=0, es;q=-1, de"), ""},
	{"web-165 q that is none", judgeGet("/page/locale", "Accept-Language: fr;q=x, es;q=0.1"), ""},
	{"web-165 unknown", judgeGet("/page/locale", "Accept-Language: tlh"), ""},
	{"web-165 two headers", judgeGet("/page/locale", "Accept-Language: tlh", "Accept-Language: es"), ""},
	{"web-165 an empty header", judgeGet("/page/locale", "Accept-Language:"), ""},
	{"web-165 get_user_locale", judgeGet("/user/locale?lang=es", "Accept-Language: fr"), ""},
	{"web-165 get_user_locale without a user", judgeGet("/user/locale", "Accept-Language: fr"), ""},
	{"web-165 the attribute", judgeGet("/prepared/locale", "Accept-Language: fr"), ""},
	{"web-165 get_browser_locale", judgeGet("/browser/es", "Accept-Language: fr"), ""},
	{"web-165 its default", judgeGet("/browser/es"), ""},
	{"web-165 its default where nothing is wanted", judgeGet("/browser/es", "Accept-Language: fr;q=0"), ""},
	{"web-165 its default where nothing is known", judgeGet("/browser/es", "Accept-Language: tlh"), ""},
	{"web-165 a plural needs a count", judgeGet("/page/count"), ""},
}

var otherLoaderCases = map[string][]judgeCase{
	"plain": {
		{"web-166 autoescape None", judgeGet("/page/hello?name=%3Cb%3E"), ""},
		{"web-166 template_whitespace all", judgeGet("/page/space"), ""},
		{"web-167 unescaped", judgeGet("/page/modules"), ""},
	},
	"oneline": {
		{"web-164 template_whitespace oneline", judgeGet("/page/space"), ""},
		{"web-164 without a cache", judgeGet("/page/modules"), ""},
	},
	"loader": {
		{"web-164 template_loader", judgeGet("/page/hello?name=%3Cb%3E"), ""},
		{"web-164 template_loader whatever the path", judgeGet("/elsewhere/hello"), "web-164: 200 open"},
		{"web-164 create_template_loader before it", judgeGet("/own/hello"), ""},
		{"web-164 not in the loader", judgeGet("/page/modules"), ""},
	},
	"bare": {
		{"web-172 static_url without static_path", judgeGet("/own/hello"), ""},
		{"web-166 no settings", judgeGet("/own/missing"), ""},
	},
}

func TestJudgeRender(t *testing.T) {
	s := renderSettings(t)
	plain, oneline, loader := s, s, s
	plain.Autoescape, plain.TemplateWhitespace = template.NoAutoescape, template.WhitespaceAll
	oneline.TemplateWhitespace, oneline.NoCompiledTemplateCache = template.WhitespaceOneline, true
	loader.TemplateLoader = template.NewDictLoader(map[string]string{"hello.html": "{% autoescape None %}from the dict {{ name }}"}, template.Options{})
	j := newJudge(t, "render", map[string]judgeServer{
		"": {app: renderApp(s)}, "plain": {app: renderApp(plain)}, "oneline": {app: renderApp(oneline)},
		"loader": {app: renderApp(loader)}, "bare": {app: renderApp(web.Settings{})},
	})
	t.Run("render", func(t *testing.T) { j.run(t, "", renderCases) })
	t.Run("locale", func(t *testing.T) { j.run(t, "", localeCases) })
	for name, cases := range otherLoaderCases {
		t.Run(name, func(t *testing.T) { j.run(t, name, cases) })
	}
	t.Run("forms", func(t *testing.T) {
		j.mask = tokens
		j.run(t, "", []judgeCase{{"web-167 xsrf_form_html", judgeGet("/page/form", "Cookie: _xsrf="+xsrfA), ""}})
	})
}
