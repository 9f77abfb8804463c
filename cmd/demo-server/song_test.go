package main

import (
	"encoding/binary"
	"io"
	"net/http"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

func TestSongIsAFileLikeAnyOther(t *testing.T) {
	s := serve(t, 1)
	whole := make([]byte, songSize)
	_, err := song{}.ReadAt(whole, 0)
	require.NoError(t, err)
	require.Equal(t, "RIFF", string(whole[:4]))
	require.EqualValues(t, songSize-8, binary.LittleEndian.Uint32(whole[4:]))
	require.Equal(t, "data", string(whole[36:40]))
	for _, tt := range []struct {
		span   string
		status int
		want   []byte
	}{
		{"bytes=0-99", 206, whole[:100]},
		{"bytes=40-49", 206, whole[40:50]},
		{"bytes=6000000-6199999", 206, whole[6_000_000:6_200_000]},
		{"bytes=-5", 206, whole[songSize-5:]},
		{"bytes=99999999-", 416, []byte{}},
		{"", 200, whole},
	} {
		r, err := http.NewRequest("GET", s.url("/files/song.wav"), nil)
		require.NoError(t, err)
		if tt.span != "" {
			r.Header.Set("Range", tt.span)
		}
		answer, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		require.NoError(t, err)
		require.Equal(t, tt.status, answer.StatusCode)
		require.True(t, string(tt.want) == string(body), "%s: %d bytes", tt.span, len(body))
	}
	answer, _ := get(t, s.url("/files/other.wav"))
	require.Equal(t, 404, answer.StatusCode)
}

// The browser reaches the end of the song without fetching its middle.
func TestBrowserSeeksInASong(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/song"))
	b.WaitFor(`document.querySelector("#status").textContent === "Loaded"`)
	b.WaitFor(`song.duration === 600 && song.seekable.length === 1 && song.seekable.end(0) === 600`)
	b.Click(`[data-seek="590"]`)
	b.WaitFor(`document.querySelector("#status").textContent === "At 9:50"`)
	b.WaitFor(`song.currentTime === 590 && song.readyState >= 2`)
	b.Click(`[data-seek="300"]`)
	b.WaitFor(`document.querySelector("#status").textContent === "At 5:00"`)
	b.WaitFor(`document.querySelector("#place").textContent === "5:00 of 10:00"`)
	b.WaitFor(`[...Array(song.buffered.length).keys()].every((i) => song.buffered.end(i) < 250 || song.buffered.start(i) > 250)`)
	b.Run(`song.muted = true; song.play()`, nil)
	b.WaitFor(`song.currentTime > 300.5`)
	b.Screenshot("song")
	b.RequireNoErrors()
}
