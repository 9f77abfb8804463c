package web

import (
	"maps"
	"slices"
	"strings"
)

// A prefixIndex finds among many rules the few whose literal prefix a path begins with,
// so that a thousand routes cost little more than one. Nothing else can match, and the
// order of rules stays what it was.
type prefixIndex struct {
	prefixes []string // sorted, all different
	parents  []int    // the longest prefix of each prefix, -1 for none
	rules    [][]int  // of each prefix: the numbers of the rules for it and what it begins with, in order
}

// newPrefixIndex builds the index of rules, each of which has a literal prefix.
func newPrefixIndex(prefixes []string) prefixIndex {
	own := map[string][]int{}
	for i, prefix := range prefixes {
		own[prefix] = append(own[prefix], i)
	}
	x := prefixIndex{prefixes: slices.Sorted(maps.Keys(own))}
	parent := -1
	for i, prefix := range x.prefixes {
		for parent >= 0 && !strings.HasPrefix(prefix, x.prefixes[parent]) {
			parent = x.parents[parent]
		}
		rules := own[prefix]
		if parent >= 0 {
			rules = slices.Concat(x.rules[parent], rules)
			slices.Sort(rules)
		}
		x.parents, x.rules = append(x.parents, parent), append(x.rules, rules)
		parent = i
	}
	return x
}

// candidates returns the numbers of the rules that may match path, in order. The
// longest prefix of path is the prefix that sorts last before it, or begins that one.
func (x *prefixIndex) candidates(path string) []int {
	i, found := slices.BinarySearch(x.prefixes, path)
	if !found {
		i--
	}
	for i >= 0 && !strings.HasPrefix(path, x.prefixes[i]) {
		i = x.parents[i]
	}
	if i < 0 {
		return nil
	}
	return x.rules[i]
}
