package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"Ada", "Ada"},
		{"  Ada\t\n Lovelace ", "Ada Lovelace"},
		{"a\x00b\x1bc", "abc"},
		{"\u202eevil\u200b", "evil"},
		{"no\u00a0break", "no break"},
		{"Ünï 🌪", "Ünï 🌪"},
		{"bad \xff byte", "bad byte"},
		{strings.Repeat("é", 25), strings.Repeat("é", 24)},
		{strings.Repeat("a", 23) + " bc", strings.Repeat("a", 23)},
		{" ", ""},
	} {
		if got := cleanName(tt.name); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add(" Ada\u202e \xff" + strings.Repeat("x y ", 9))
	f.Fuzz(func(t *testing.T, s string) {
		name := cleanName(s)
		if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || cleanName(name) != name {
			t.Errorf("%q became %q", s, name)
		}
	})
}

func TestFreeName(t *testing.T) {
	r := newRoom("tea", time.Now)
	for _, tt := range []struct{ wanted, want string }{
		{"", "Guest 1"},
		{"", "Guest 2"},
		{"guest 1", "guest 1 2"},
		{"Ada", "Ada"},
		{"ada", "ada 2"},
		{"ADA", "ADA 3"},
	} {
		got := r.freeName(tt.wanted)
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.wanted, got, tt.want)
		}
		r.addMember(&chatMember{}, got)
	}
}

func TestStampsGrowWhenTheClockDoesNot(t *testing.T) {
	now := time.UnixMicro(1000)
	r := newRoom("tea", func() time.Time { return now })
	require.EqualValues(t, 1000, r.event("join", "a").At)
	require.EqualValues(t, 1001, r.event("join", "b").At)
	now = time.UnixMicro(5)
	require.EqualValues(t, 1002, r.event("join", "c").At)
	now = time.UnixMicro(5000)
	require.EqualValues(t, 5000, r.event("join", "d").At)
}

func TestTheRoomEmptyForLongestIsRemoved(t *testing.T) {
	h := newHub(nil)
	for i := range maxRooms {
		r := h.room(fmt.Sprint(i))
		r.addMember(&chatMember{}, "a")
	}
	require.Nil(t, h.room("new"), "all rooms are in use")
	for _, i := range []int{7, 3, 9} {
		r := h.rooms[fmt.Sprint(i)]
		r.removeMember(r.names["a"], time.Unix(int64(i), 0))
	}
	require.NotNil(t, h.room("new"))
	require.Len(t, h.rooms, maxRooms)
	require.NotContains(t, h.rooms, "3")
	require.Same(t, h.rooms["7"], h.room("7"), "an existing room is found, not created")
}
