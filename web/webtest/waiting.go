package webtest

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
)

// waitingPlaces returns the places where coroutines of the test and its application wait, such
// as "app.(*Slow).Get at slow.go:12". The coroutines of other tests that run in parallel are
// among them.
func waitingPlaces() (places []string) {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if !strings.Contains(stack, "ioloop.(*coroutine).park(") {
			continue
		}
		if place := applicationPlace(stack); place != "" {
			places = append(places, place)
		}
	}
	slices.Sort(places)
	return slices.Compact(places)
}

// applicationPlace returns the innermost place in a stack that is in no package of this module,
// or "". A stack has two lines for each call.
func applicationPlace(stack string) string {
	const module = "github.com/gotornado/tornado/"
	lines := strings.Split(stack, "\n")
	for i := 1; i+1 < len(lines); i += 2 {
		function, file := lines[i], strings.TrimSpace(lines[i+1])
		if strings.HasPrefix(function, "created by ") {
			break
		}
		file, _, _ = strings.Cut(file, " ")
		code, _, _ := strings.Cut(path.Base(file), ":")
		own := strings.HasPrefix(function, module) && !strings.HasPrefix(function, module+"cmd/") && !strings.HasSuffix(code, "_test.go")
		if own || strings.HasPrefix(function, "iter.") {
			continue
		}
		if end := strings.LastIndex(function, "("); end > 0 { // the arguments
			function = function[:end]
		}
		return fmt.Sprintf("%s at %s", path.Base(function), path.Base(file))
	}
	return ""
}

// describeWaiting returns "; waiting: PLACES", or "" if no coroutine waits.
func describeWaiting() string {
	places := waitingPlaces()
	if len(places) == 0 {
		return ""
	}
	return "; waiting: " + strings.Join(places, ", ")
}
