package pyvalue

import (
	"strings"
	"unicode/utf8"

	"go.starlark.net/starlark"
)

// padded implements center. If the number of blanks is odd, the additional one is on the left
// when the width is odd.
func padded(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	fill, err := fillOf(args[2])
	s := text(args[0])
	missing := max(0, width-utf8.RuneCountInString(s))
	left := missing/2 + missing&width&1
	return starlark.String(strings.Repeat(fill, left) + s + strings.Repeat(fill, missing-left)), err
}

// widthOf is asIndex for a width. It returns an error above a limit.
func widthOf(v starlark.Value) (int, error) {
	n, err := asIndex(v)
	if err == nil && n > maxWidth {
		return 0, errWidth
	}
	return n, err
}

// fillOf returns the argument fillchar.
func fillOf(v starlark.Value) (string, error) {
	s, ok := v.(starlark.String)
	if !ok {
		return "", raise("TypeError", "The fill character must be a unicode character, not %s", pyType(v))
	}
	if utf8.RuneCountInString(string(s)) != 1 {
		return "", raise("TypeError", "The fill character must be exactly one character long")
	}
	return string(s), nil
}

func justified(args starlark.Tuple, align byte) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	fill, err := fillOf(args[2])
	f := formatSpec{fill: fill, width: width, align: align}
	return starlark.String(f.pad(text(args[0]), align)), err
}

func zeroFilled(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	width, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	s, sign := text(args[0]), ""
	if s != "" && (s[0] == '+' || s[0] == '-') {
		sign, s = s[:1], s[1:]
	}
	f := formatSpec{fill: "0", align: '>', width: width - len(sign)}
	return like(args[0], sign+f.pad(s, '>')), nil
}

func strExpandTabs(_ *starlark.Thread, args starlark.Tuple) (starlark.Value, error) {
	size, err := widthOf(args[1])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	column := 0
	for _, r := range text(args[0]) {
		switch {
		case r == '\t' && size > 0:
			blanks := size - column%size
			b.WriteString(strings.Repeat(" ", blanks))
			column += blanks
		case r == '\t':
		default:
			b.WriteRune(r)
			if column++; r == '\n' || r == '\r' {
				column = 0
			}
		}
		if b.Len() > maxText {
			return nil, errTextTooLong
		}
	}
	return like(args[0], b.String()), nil
}
