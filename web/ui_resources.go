package web

import (
	"slices"
	"strings"

	"github.com/gotornado/tornado/escape"
)

// IsAbsolute reports whether path begins with "/", "http:" or "https:". Such a path cannot
// be passed to [RequestHandler.StaticURL]. Tornado: is_absolute.
func IsAbsolute(path string) bool {
	return strings.HasPrefix(path, "/") || strings.HasPrefix(path, "http:") || strings.HasPrefix(path, "https:")
}

// RenderLinkedJS returns script elements for the files of a page's UI modules, one for each
// different URL. Relative paths go through StaticURL. Override it for other elements.
// Tornado: render_linked_js.
func (h *RequestHandler) RenderLinkedJS(files []string) string {
	return h.linkElements(files, `<script src="`, `" type="text/javascript"></script>`)
}

// RenderEmbedJS returns one script element for the scripts of a page's UI modules.
// Tornado: render_embed_js.
func (h *RequestHandler) RenderEmbedJS(scripts []string) string {
	return "<script type=\"text/javascript\">\n//<![CDATA[\n" + strings.Join(scripts, "\n") + "\n//]]>\n</script>"
}

// RenderLinkedCSS returns link elements for the style sheets of a page's UI modules, as
// RenderLinkedJS does. Tornado: render_linked_css.
func (h *RequestHandler) RenderLinkedCSS(files []string) string {
	return h.linkElements(files, `<link href="`, `" type="text/css" rel="stylesheet"/>`)
}

// RenderEmbedCSS returns one style element for the styles of a page's UI modules.
// Tornado: render_embed_css.
func (h *RequestHandler) RenderEmbedCSS(styles []string) string {
	return "<style type=\"text/css\">\n" + strings.Join(styles, "\n") + "\n</style>"
}

// linkElements returns one element for each different URL.
func (h *RequestHandler) linkElements(files []string, before, after string) string {
	var urls []string
	for _, path := range files {
		if !IsAbsolute(path) {
			path = h.self.StaticURL(path)
		}
		if !slices.Contains(urls, path) {
			urls = append(urls, path)
		}
	}
	var b strings.Builder
	for _, url := range urls {
		b.WriteString(before + escape.XHTMLEscape(url) + after)
	}
	return b.String()
}

func joinStrings(parts []string) string { return strings.Join(parts, "") }
