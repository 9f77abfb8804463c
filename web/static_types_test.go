package web

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// typesScript prints types by extension: those of Python without the system's files, and
// those with them.
const typesScript = `
import json, mimetypes, sys
own = mimetypes.MimeTypes(())
known = dict(own.types_map[True])
names = json.load(sys.stdin)
def static(name):
    kind, encoding = mimetypes.guess_type(name)
    if encoding == "gzip": return "application/gzip"
    return "application/octet-stream" if encoding or not kind else kind
json.dump({"own": known, "static": {name: static(name) for name in names + ["a" + e for e in known]}}, sys.stdout)
`

// pythonTypes returns the types in Python's own table, and the types that Python finds for
// names and for each extension in that table.
func pythonTypes(t *testing.T, names []string) (response struct{ Own, Static map[string]string }) {
	t.Helper()
	in, err := json.Marshal(names)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), peers.Python(t), "-c", typesScript)
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(in)), os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &response))
	return response
}

// Every type in Python's table is known here too (web-138).
func TestKnownTypesCoverPython(t *testing.T) {
	differs := map[string]string{ // RFC 9239, as Python from 3.12 on
		".js": "text/javascript", ".mjs": "text/javascript",
	}
	python := pythonTypes(t, []string{}).Own
	require.Greater(t, len(python), 100)
	for extension, want := range python {
		if d, ok := differs[extension]; ok {
			want = d
		}
		got := typeByExtension()[extension]
		if got == "" {
			got = "application/octet-stream"
		}
		if got != want && !isNewer(got, want) {
			t.Errorf("%s: got %s, Python has %s", extension, got, want)
		}
	}
}

// isNewer reports whether Python from 3.14 on uses another type with the same meaning.
func isNewer(ours, python string) bool {
	return slices.Contains([]string{"video/x-msvideo video/vnd.avi", "audio/x-wav audio/vnd.wave", "application/x-texinfo application/texinfo"}, ours+" "+python)
}

// Compressed files and names without an extension have the types of Tornado (web-138). An
// extension that Python knows is known here; its type may come from other files of the
// system.
func TestStaticContentTypeAsTornado(t *testing.T) {
	names := []string{"a.tar.gz", "a.txt.gz", "a.TXT", "a.svgz", "a.tgz", "a.taz", "a.tz", "a.tbz2", "a.txz", "a.txt.Z", "a.z", "a.br", "a.js.br", "a.xz", "a.css.bz2",
		"a", ".css", "..css", "x/.css", ".a.css", "x.css/a", "a.", "a..css", "a.css.", "a.unheard-of", ".gz", ".tar.gz"}
	theirs := pythonTypes(t, names).Static
	for _, name := range slices.Sorted(maps.Keys(theirs)) {
		got, want := contentType(name), theirs[name]
		if slices.Contains(names, name) && got != want {
			t.Errorf("%s: got %s, Tornado %s", name, got, want)
		} else if got == "application/octet-stream" && want != got && typeByExtension()[path.Ext(name)] != "" {
			t.Errorf("%s: no type, Tornado %s", name, want)
		}
	}
}

func TestStaticContentType(t *testing.T) { // web-138
	for name, want := range map[string]string{
		"a.html": "text/html", "a.CSS": "text/css", "a.png": "image/png", "a.js": "text/javascript", "a.svg": "image/svg+xml",
		"a.webm": "video/webm", "a.webmanifest": "application/manifest+json", "a.mov": "video/quicktime",
		"a.gz": "application/gzip", "a.tar.gz": "application/gzip", "a.tgz": "application/gzip",
		"a.txt.bz2": "application/octet-stream", "a.xz": "application/octet-stream", "a": "application/octet-stream", "a.unheard-of": "application/octet-stream",
	} {
		if got := contentType(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
