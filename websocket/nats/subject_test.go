package nats

import (
	"net/url"
	"strings"
	"testing"
)

func TestSubjectOf(t *testing.T) {
	for topic, want := range map[string]string{
		"x.beat":        "x.beat",
		"x.g.room":      "x.g.room",
		"x.g.a b.c":     "x.g.a=20b=2Ec",
		"x.g.>*=\u00e4": "x.g.=3E=2A=3D=C3=A4",
	} {
		if got := subjectOf(topic); got != want {
			t.Errorf("%q: got %q, want %q", topic, got, want)
		}
	}
}

// FuzzSubjectOf checks that the subject of a group is a single token after its prefix, and that
// the name of the group can be read back, so that two groups never have the same subject.
func FuzzSubjectOf(f *testing.F) {
	f.Add("room")
	f.Add("a.b >*")
	f.Fuzz(func(t *testing.T, name string) {
		subject := subjectOf("x.g." + name)
		token, _ := strings.CutPrefix(subject, "x.g.")
		if strings.ContainsAny(token, ". *>\t\r\n\x00") {
			t.Fatalf("%q has the subject %q", name, subject)
		}
		back, err := url.PathUnescape(strings.ReplaceAll(token, "=", "%"))
		if err != nil || back != name {
			t.Fatalf("%q is read back as %q (%v)", name, back, err)
		}
	})
}
