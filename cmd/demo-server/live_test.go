package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

func (c *wsClient) samples() []sample {
	c.t.Helper()
	var got struct{ Samples []sample }
	require.NoError(c.t, json.Unmarshal([]byte(c.read().payload), &got))
	return got.Samples
}

func TestLiveReachesAllViewers(t *testing.T) {
	s := serve(t, 2)
	var watchers []*wsClient
	for range 4 {
		watchers = append(watchers, dial(t, s, "/ws/live"))
		watchers[len(watchers)-1].samples() // the earlier samples
	}
	for range 5 {
		get(t, s.url("/hello"))
	}
	for _, c := range watchers {
		for {
			now := c.samples()
			require.Len(t, now, 1)
			if now[0].Requests >= 9 {
				require.Equal(t, 4, now[0].WebSockets)
				require.NotZero(t, now[0].Heap)
				break
			}
		}
	}
	late := dial(t, s, "/ws/live").samples()
	require.NotEmpty(t, late, "a later viewer gets the earlier samples")
}

func TestLiveKeepsTheLastSamples(t *testing.T) {
	s := serve(t, 1)
	got := onHub(t, s, func() []sample {
		for range maxSamples + 5 {
			s.live.takeSample()
		}
		return s.live.recent
	})
	require.Len(t, got, maxSamples)
}

func TestBrowserLive(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.SetSize(1280, 844)
	b.Open(s.url("/live"))
	b.WaitFor(connectedNow)
	b.WaitFor(`document.querySelectorAll(".chart").length === 4`)
	b.Click("#sockets")
	b.Click("#requests")
	// The 20 connections and that of the page.
	b.WaitFor(`document.querySelectorAll(".chart")[1].querySelectorAll(".figure")[1].textContent === "21"`)
	b.WaitFor(`document.querySelector("#requests").disabled === false`)
	points := func(least int) string {
		return fmt.Sprintf(`document.querySelector(".chart path.line").getAttribute("d").split("L").length >= %d`, least)
	}
	b.WaitFor(points(6))
	b.Screenshot("live")
	b.Click("#close")
	b.WaitFor(`document.querySelectorAll(".chart")[1].querySelectorAll(".figure")[1].textContent === "1"`)
	b.RequireNoErrors()
}
