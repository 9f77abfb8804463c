package web_test

import (
	"testing/fstest"

	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/web"
)

// An EntryModule shows an entry of a blog. Its style is in the head of the page once.
type EntryModule struct{ web.UIModule }

func (m *EntryModule) Render(title string, o struct{ Comments int }) ([]byte, error) {
	return m.RenderString("entry.html", web.Namespace{"title": title, "comments": o.Comments})
}

func (m *EntryModule) EmbeddedCSS() string { return ".entry { margin: 1em }" }

// BlogHandler renders a page with UI modules, texts in the language of the user, and data for a
// script.
type BlogHandler struct{ web.RequestHandler }

func (h *BlogHandler) Get(args ...string) error {
	return h.Render("blog.html", web.Namespace{"titles": []string{"First", "Fish & chips"}})
}

// GetUserLocale returns the language that the user has chosen, or nil for that of the browser.
func (h *BlogHandler) GetUserLocale() *locale.Locale {
	if code := h.GetQueryArgument("lang", ""); code != "" {
		return h.Settings().Translations.Get(code)
	}
	return nil
}

func ExampleRequestHandler_Render() {
	templates := fstest.MapFS{
		"blog.html": {Data: []byte(`<head></head>
{% for title in titles %}{% module Entry(title, comments=len(title) % 3) %}{% end %}
{% module Template("note.html", text=_("Welcome")) %}
<script>let titles = {% raw json_encode(titles) %}</script>`)},
		"entry.html": {Data: []byte(`<p class="entry">{{ title }}: {{ _("%(num)d comment", "%(num)d comments", comments) % {"num": comments} }}</p>`)},
		"note.html":  {Data: []byte(`{{ set_resources(embedded_css=".note { color: red }") }}<p class="note">{{ text }}</p>`)},
	}
	translations, err := locale.LoadTranslations(fstest.MapFS{"de_DE.csv": {Data: []byte(
		"Welcome,Willkommen\n%(num)d comment,%(num)d Kommentar,singular\n%(num)d comments,%(num)d Kommentare,plural\n",
	)}}, locale.Options{})
	if err != nil {
		panic(err)
	}
	app := web.NewApplication([]web.URLSpec{web.URL(`/`, BlogHandler{})}, web.Settings{
		TemplateFS:   templates,
		Translations: translations,
		UIModules:    map[string]web.UIModuleClass{"Entry": web.UIModuleOf(EntryModule{})},
	})
	show(app, "", "GET /", "GET /?lang=de")
	// Output:
	// 200 <head><style type="text/css">
	// .entry { margin: 1em }
	// .note { color: red }
	// </style>
	// </head>
	// <p class="entry">First: 2 comments</p><p class="entry">Fish &amp; chips: 0 comments</p>
	// <p class="note">Welcome</p>
	// <script>let titles = ["First", "Fish & chips"]</script> <nil>
	// 200 <head><style type="text/css">
	// .entry { margin: 1em }
	// .note { color: red }
	// </style>
	// </head>
	// <p class="entry">First: 2 Kommentare</p><p class="entry">Fish &amp; chips: 0 Kommentare</p>
	// <p class="note">Willkommen</p>
	// <script>let titles = ["First", "Fish & chips"]</script> <nil>
}
