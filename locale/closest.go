package locale

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// maxTag is the largest length of a code that is compared with similar codes (RFC 5646, section
// 4.4.1).
const maxTag = 35

// Get returns the closest locale for the codes, such as "pt-BR", in order of preference.
// For each code it tries the locale of that code, then the locale of the language alone,
// then the nearest locale of the language: pt_BR for "pt" or "pt-PT", zh_TW for
// "zh-Hant-HK". If none fits, it returns the default locale. Any goroutine may call it.
// Tornado: get, Locale.get_closest.
func (t *Translations) Get(codes ...string) *Locale {
	for _, code := range codes {
		if l := t.closest(strings.ReplaceAll(code, "_", "-")); l != nil {
			return l
		}
	}
	return t.fallback
}

// closest returns the closest locale for one code, or nil. The parts of the code are joined by
// "-".
func (t *Translations) closest(code string) *Locale {
	name, rest, regional := strings.Cut(code, "-")
	name = strings.ToLower(name)
	if regional {
		if l := t.locales[name+"_"+strings.ToUpper(rest)]; l != nil {
			return l
		}
	} else if l := t.locales[code]; l != nil {
		return l
	}
	alone := t.locales[name]
	if len(code) > maxTag {
		return alone
	}
	tag, err := language.Parse(code)
	if err != nil || alone != nil && scriptOf(tag) == scriptOf(tagOf(alone.Code)) {
		return alone
	}
	if l := t.near.findNearest(tag); l != nil {
		return l
	}
	return alone
}

// nearest finds the supported locale that is nearest to a code, by Unicode's CLDR data
// about aliases (iw, he), scripts (zh-HK is written as zh-TW) and regions.
type nearest struct {
	locales []*Locale
	matcher language.Matcher
}

// newNearest prepares the search. Of equally near locales, it prefers the one of the language's
// main region, such as fr_FR to fr_CA.
func newNearest(locales map[string]*Locale) nearest {
	var main, other nearest
	var mainTags, otherTags []language.Tag
	for _, code := range slices.Sorted(maps.Keys(locales)) {
		tag := tagOf(code)
		if isMain(tag) {
			main.locales, mainTags = append(main.locales, locales[code]), append(mainTags, tag)
		} else if tag != language.Und {
			other.locales, otherTags = append(other.locales, locales[code]), append(otherTags, tag)
		}
	}
	return nearest{append(main.locales, other.locales...), language.NewMatcher(append(mainTags, otherTags...))}
}

// findNearest returns nil if no locale has the language and the script of tag. Related
// languages, such as Danish and Norwegian, are not near.
func (n nearest) findNearest(tag language.Tag) *Locale {
	_, i, confidence := n.matcher.Match(tag)
	if confidence < language.High {
		return nil
	}
	l := n.locales[i]
	wanted, _ := tag.Base()
	found, _ := tagOf(l.Code).Base()
	if confidence == language.Exact || wanted == found {
		return l
	}
	return nil
}

// tagOf returns the language tag of a locale, or language.Und if the code is not one.
func tagOf(code string) language.Tag {
	if code == "es_LA" { // in Tornado's list LA is Latin America; elsewhere it is Laos
		code = "es_419"
	}
	tag, err := language.Parse(code)
	if err != nil {
		return language.Und
	}
	return tag
}

// isMain reports whether the tag's region is the one with most readers of the language.
func isMain(tag language.Tag) bool {
	base, confidence := tag.Base()
	region, _ := tag.Region()
	main, _ := language.Make(base.String()).Region()
	return confidence != language.No && region == main
}

// scriptOf returns the script that the language of tag is written in.
func scriptOf(tag language.Tag) language.Script {
	script, _ := tag.Script()
	return script
}
