package pyvalue

import (
	"strings"
	"sync"
	"unicode"
)

// specialCases lists characters whose upper case, title case or folded case is longer than one
// character. Each is followed by these three texts (Unicode, SpecialCasing.txt and
// CaseFolding.txt).
const specialCases = `ß SS Ss ss; İ İ İ i̇; ŉ ʼN ʼN ʼn; ǰ J̌ J̌ ǰ; ΐ Ϊ́ Ϊ́ ΐ; ΰ Ϋ́ Ϋ́ ΰ; և ԵՒ Եւ եւ;
ẖ H̱ H̱ ẖ; ẗ T̈ T̈ ẗ; ẘ W̊ W̊ ẘ; ẙ Y̊ Y̊ ẙ; ẚ Aʾ Aʾ aʾ; ẞ ẞ ẞ ss; ὐ Υ̓ Υ̓ ὐ;
ὒ Υ̓̀ Υ̓̀ ὒ; ὔ Υ̓́ Υ̓́ ὔ; ὖ Υ̓͂ Υ̓͂ ὖ; ᾀ ἈΙ ᾈ ἀι; ᾁ ἉΙ ᾉ ἁι; ᾂ ἊΙ ᾊ ἂι; ᾃ ἋΙ ᾋ ἃι;
ᾄ ἌΙ ᾌ ἄι; ᾅ ἍΙ ᾍ ἅι; ᾆ ἎΙ ᾎ ἆι; ᾇ ἏΙ ᾏ ἇι; ᾈ ἈΙ ᾈ ἀι; ᾉ ἉΙ ᾉ ἁι; ᾊ ἊΙ ᾊ ἂι; ᾋ ἋΙ ᾋ ἃι;
ᾌ ἌΙ ᾌ ἄι; ᾍ ἍΙ ᾍ ἅι; ᾎ ἎΙ ᾎ ἆι; ᾏ ἏΙ ᾏ ἇι; ᾐ ἨΙ ᾘ ἠι; ᾑ ἩΙ ᾙ ἡι; ᾒ ἪΙ ᾚ ἢι; ᾓ ἫΙ ᾛ ἣι;
ᾔ ἬΙ ᾜ ἤι; ᾕ ἭΙ ᾝ ἥι; ᾖ ἮΙ ᾞ ἦι; ᾗ ἯΙ ᾟ ἧι; ᾘ ἨΙ ᾘ ἠι; ᾙ ἩΙ ᾙ ἡι; ᾚ ἪΙ ᾚ ἢι; ᾛ ἫΙ ᾛ ἣι;
ᾜ ἬΙ ᾜ ἤι; ᾝ ἭΙ ᾝ ἥι; ᾞ ἮΙ ᾞ ἦι; ᾟ ἯΙ ᾟ ἧι; ᾠ ὨΙ ᾨ ὠι; ᾡ ὩΙ ᾩ ὡι; ᾢ ὪΙ ᾪ ὢι; ᾣ ὫΙ ᾫ ὣι;
ᾤ ὬΙ ᾬ ὤι; ᾥ ὭΙ ᾭ ὥι; ᾦ ὮΙ ᾮ ὦι; ᾧ ὯΙ ᾯ ὧι; ᾨ ὨΙ ᾨ ὠι; ᾩ ὩΙ ᾩ ὡι; ᾪ ὪΙ ᾪ ὢι; ᾫ ὫΙ ᾫ ὣι;
ᾬ ὬΙ ᾬ ὤι; ᾭ ὭΙ ᾭ ὥι; ᾮ ὮΙ ᾮ ὦι; ᾯ ὯΙ ᾯ ὧι; ᾲ ᾺΙ Ὰͅ ὰι; ᾳ ΑΙ ᾼ αι; ᾴ ΆΙ Άͅ άι; ᾶ Α͂ Α͂ ᾶ;
ᾷ Α͂Ι ᾼ͂ ᾶι; ᾼ ΑΙ ᾼ αι; ῂ ῊΙ Ὴͅ ὴι; ῃ ΗΙ ῌ ηι; ῄ ΉΙ Ήͅ ήι; ῆ Η͂ Η͂ ῆ; ῇ Η͂Ι ῌ͂ ῆι;
ῌ ΗΙ ῌ ηι; ῒ Ϊ̀ Ϊ̀ ῒ; ΐ Ϊ́ Ϊ́ ΐ; ῖ Ι͂ Ι͂ ῖ; ῗ Ϊ͂ Ϊ͂ ῗ; ῢ Ϋ̀ Ϋ̀ ῢ;
ΰ Ϋ́ Ϋ́ ΰ; ῤ Ρ̓ Ρ̓ ῤ; ῦ Υ͂ Υ͂ ῦ; ῧ Ϋ͂ Ϋ͂ ῧ; ῲ ῺΙ Ὼͅ ὼι; ῳ ΩΙ ῼ ωι; ῴ ΏΙ Ώͅ ώι;
ῶ Ω͂ Ω͂ ῶ; ῷ Ω͂Ι ῼ͂ ῶι; ῼ ΩΙ ῼ ωι; ﬀ FF Ff ff; ﬁ FI Fi fi; ﬂ FL Fl fl; ﬃ FFI Ffi ffi;
ﬄ FFL Ffl ffl; ﬅ ST St st; ﬆ ST St st; ﬓ ՄՆ Մն մն; ﬔ ՄԵ Մե մե; ﬕ ՄԻ Մի մի; ﬖ ՎՆ Վն վն;
ﬗ ՄԽ Մխ մխ`

type caseForms struct{ upper, title, folded string }

var specialForms = sync.OnceValue(func() map[rune]caseForms {
	forms := map[rune]caseForms{}
	for _, entry := range strings.FieldsFunc(specialCases, func(r rune) bool { return r == ';' || r == '\n' }) {
		f := strings.Fields(entry)
		if len(f) == 4 {
			forms[[]rune(f[0])[0]] = caseForms{f[1], f[2], f[3]}
		}
	}
	return forms
})

// digits are the digits outside the category Nd, such as superscripts.
var digits = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0xb2, 0xb3, 1}, {0xb9, 0xb9, 1}, {0x1369, 0x1371, 1}, {0x19da, 0x19da, 1}, {0x2070, 0x2070, 1},
		{0x2074, 0x2079, 1}, {0x2080, 0x2089, 1}, {0x2460, 0x2468, 1}, {0x2474, 0x247c, 1}, {0x2488, 0x2490, 1},
		{0x24ea, 0x24ea, 1}, {0x24f5, 0x24fd, 1}, {0x24ff, 0x24ff, 1}, {0x2776, 0x277e, 1}, {0x2780, 0x2788, 1},
		{0x278a, 0x2792, 1},
	},
	R32: []unicode.Range32{
		{0x10a40, 0x10a43, 1}, {0x10e60, 0x10e68, 1}, {0x11052, 0x1105a, 1}, {0x1f100, 0x1f10a, 1},
	},
}

// numerals are the letters that stand for numbers, such as Chinese ones.
var numerals = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x3405, 0x3405, 1}, {0x3483, 0x3483, 1}, {0x382a, 0x382a, 1}, {0x3b4d, 0x3b4d, 1}, {0x4e00, 0x4e00, 1},
		{0x4e03, 0x4e03, 1}, {0x4e07, 0x4e07, 1}, {0x4e09, 0x4e09, 1}, {0x4e5d, 0x4e5d, 1}, {0x4e8c, 0x4e8c, 1},
		{0x4e94, 0x4e94, 1}, {0x4e96, 0x4e96, 1}, {0x4ebf, 0x4ec0, 1}, {0x4edf, 0x4edf, 1}, {0x4ee8, 0x4ee8, 1},
		{0x4f0d, 0x4f0d, 1}, {0x4f70, 0x4f70, 1}, {0x5104, 0x5104, 1}, {0x5146, 0x5146, 1}, {0x5169, 0x5169, 1},
		{0x516b, 0x516b, 1}, {0x516d, 0x516d, 1}, {0x5341, 0x5341, 1}, {0x5343, 0x5345, 1}, {0x534c, 0x534c, 1},
		{0x53c1, 0x53c4, 1}, {0x56db, 0x56db, 1}, {0x58f1, 0x58f1, 1}, {0x58f9, 0x58f9, 1}, {0x5e7a, 0x5e7a, 1},
		{0x5efe, 0x5eff, 1}, {0x5f0c, 0x5f0e, 1}, {0x5f10, 0x5f10, 1}, {0x62fe, 0x62fe, 1}, {0x634c, 0x634c, 1},
		{0x67d2, 0x67d2, 1}, {0x6f06, 0x6f06, 1}, {0x7396, 0x7396, 1}, {0x767e, 0x767e, 1}, {0x8086, 0x8086, 1},
		{0x842c, 0x842c, 1}, {0x8cae, 0x8cae, 1}, {0x8cb3, 0x8cb3, 1}, {0x8d30, 0x8d30, 1}, {0x9621, 0x9621, 1},
		{0x9646, 0x9646, 1}, {0x964c, 0x964c, 1}, {0x9678, 0x9678, 1}, {0x96f6, 0x96f6, 1}, {0xf96b, 0xf96b, 1},
		{0xf973, 0xf973, 1}, {0xf978, 0xf978, 1}, {0xf9b2, 0xf9b2, 1}, {0xf9d1, 0xf9d1, 1}, {0xf9d3, 0xf9d3, 1},
		{0xf9fd, 0xf9fd, 1},
	},
	R32: []unicode.Range32{
		{0x20001, 0x20001, 1}, {0x20064, 0x20064, 1}, {0x200e2, 0x200e2, 1}, {0x20121, 0x20121, 1},
		{0x2092a, 0x2092a, 1}, {0x20983, 0x20983, 1}, {0x2098c, 0x2098c, 1}, {0x2099c, 0x2099c, 1},
		{0x20aea, 0x20aea, 1}, {0x20afd, 0x20afd, 1}, {0x20b19, 0x20b19, 1}, {0x22390, 0x22390, 1},
		{0x22998, 0x22998, 1}, {0x23b1b, 0x23b1b, 1}, {0x2626d, 0x2626d, 1}, {0x2f890, 0x2f890, 1},
	},
}

func upperCase(s string) string {
	if isASCII(s) {
		return strings.ToUpper(s)
	}
	var b strings.Builder
	for _, r := range s {
		b.WriteString(upperRune(r))
	}
	return b.String()
}

func upperRune(r rune) string {
	if special, ok := specialForms()[r]; ok {
		return special.upper
	}
	return string(unicode.ToUpper(r))
}

func titleRune(r rune) string {
	if special, ok := specialForms()[r]; ok {
		return special.title
	}
	return string(unicode.ToTitle(r))
}

func lowerCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	runes := []rune(s)
	for i := range runes {
		b.WriteString(lowerAt(runes, i))
	}
	return b.String()
}

// lowerAt returns the lower case of runes[i]. A sigma at the end of a word has a lower
// case of its own.
func lowerAt(runes []rune, i int) string {
	switch runes[i] {
	case 'İ':
		return "i\u0307"
	case 'Σ':
		if isFinal(runes, i) {
			return "ς"
		}
	}
	return string(unicode.ToLower(runes[i]))
}

// isFinal reports whether a cased letter stands before runes[i], and none after it.
func isFinal(runes []rune, i int) bool {
	before, after := i-1, i+1
	for before >= 0 && isCaseIgnorable(runes[before]) {
		before--
	}
	for after < len(runes) && isCaseIgnorable(runes[after]) {
		after++
	}
	return before >= 0 && isCased(runes[before]) && (after == len(runes) || !isCased(runes[after]))
}

func isCaseIgnorable(r rune) bool {
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Lm, unicode.Sk) || strings.ContainsRune("'.:·’․﹒＇．：", r)
}

func isLowerRune(r rune) bool { return unicode.IsLower(r) || unicode.Is(unicode.Other_Lowercase, r) }

func isUpperRune(r rune) bool { return unicode.IsUpper(r) || unicode.Is(unicode.Other_Uppercase, r) }

func isCased(r rune) bool { return isLowerRune(r) || isUpperRune(r) || unicode.IsTitle(r) }

func foldedCase(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	var b strings.Builder
	for _, r := range s {
		special, ok := specialForms()[r]
		switch {
		case ok:
			b.WriteString(special.folded)
		case 0x13a0 <= r && r <= 0x13fd || 0xab70 <= r && r <= 0xabbf: // Cherokee folds to its capitals
			b.WriteRune(unicode.ToUpper(r))
		default:
			b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
		}
	}
	return b.String()
}

func swappedCase(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case isUpperRune(r):
			b.WriteString(lowerAt(runes, i))
		case isLowerRune(r):
			b.WriteString(upperRune(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// titleCase gives each cased letter that does not follow another one its title case.
func titleCase(s string) string {
	var b strings.Builder
	inWord := false
	runes := []rune(s)
	for i, r := range runes {
		if inWord {
			b.WriteString(lowerAt(runes, i))
		} else {
			b.WriteString(titleRune(r))
		}
		inWord = isCased(r)
	}
	return b.String()
}

func capitalized(s string) string {
	runes := []rune(s)
	var b strings.Builder
	for i, r := range runes {
		if i == 0 {
			b.WriteString(titleRune(r))
		} else {
			b.WriteString(lowerAt(runes, i))
		}
	}
	return b.String()
}

// isTitled implements istitle: each word begins with a capital, and has no other capitals.
func isTitled(s string) bool {
	found, inWord := false, false
	for _, r := range s {
		capital := isUpperRune(r) || unicode.IsTitle(r)
		if capital && inWord || !capital && isLowerRune(r) && !inWord {
			return false
		}
		inWord = capital || isLowerRune(r)
		found = found || inWord
	}
	return found
}

// hasCase reports whether s has cased letters, and only those of one case.
func hasCase(s string, is, isNot func(rune) bool) bool {
	found := false
	for _, r := range s {
		if isNot(r) || unicode.IsTitle(r) {
			return false
		}
		found = found || is(r)
	}
	return found
}

func isDigitRune(r rune) bool { return unicode.Is(unicode.Nd, r) || unicode.Is(digits, r) }

func isNumericRune(r rune) bool {
	return unicode.IsNumber(r) || unicode.Is(numerals, r)
}

// isIdentifier reports whether s could be a name.
func isIdentifier(s string) bool {
	for i, r := range s {
		start := r == '_' || unicode.IsLetter(r) || unicode.In(r, unicode.Nl, unicode.Other_ID_Start)
		if !start && (i == 0 || !unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc, unicode.Other_ID_Continue)) {
			return false
		}
	}
	return s != ""
}

// isPrintableRune reports isprintable for one character.
func isPrintableRune(r rune) bool { return r >= ' ' && r < 0x7f || r >= 0x80 && isPrintable(r) }
