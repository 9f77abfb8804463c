package main

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/renderer/html"
	"golang.org/x/text/unicode/norm"
)

// markdown writes XHTML, because the feed is XML. It leaves out HTML in the source.
var markdown = goldmark.New(goldmark.WithRendererOptions(html.WithXHTML()))

// markdownToHTML returns the HTML of a text in Markdown.
func markdownToHTML(source string) (string, error) {
	var b strings.Builder
	err := markdown.Convert([]byte(source), &b)
	return b.String(), err
}

var notWord = regexp.MustCompile(`\W+`)

// slugOf returns the part of a URL that names an entry: the letters and digits of its title in
// lower case, without accents.
func slugOf(title string) string {
	ascii := strings.Map(func(r rune) rune {
		if r > 127 {
			return -1 // NFKD has made an "e" and an accent of an "é"
		}
		return r
	}, norm.NFKD.String(title))
	words := strings.Fields(notWord.ReplaceAllString(ascii, " "))
	if len(words) == 0 {
		return "entry"
	}
	return strings.ToLower(strings.Join(words, "-"))
}
