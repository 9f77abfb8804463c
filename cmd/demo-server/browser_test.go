package main

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/stretchr/testify/require"
)

const connectedNow = `document.querySelector("#status").textContent === "Connected"`

// logHas returns a condition: a line of the log ends with text.
func logHas(text string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#log li")].some((line) => line.textContent.endsWith(%q))`, text)
}

func TestBrowserChat(t *testing.T) {
	for _, loops := range []int{1, 2} {
		t.Run(fmt.Sprintf("loops=%d", loops), func(t *testing.T) {
			b, s := webdriver.OpenBrowser(t), serve(t, loops)
			first := b.Tab()
			b.Open(s.url("/chat"))
			b.WaitFor(connectedNow)
			second := b.NewTab()
			b.Open(s.url("/chat"))
			b.WaitFor(connectedNow)
			b.WaitFor(`document.querySelectorAll("#online li").length === 2`)

			const hostile = `<img src="x" onerror="throw 1"> hello from the second tab`
			b.Write("#text", hostile)
			b.Click("#composer button")
			b.WaitFor(logHas(hostile))
			b.Show(first)
			b.WaitFor(logHas(hostile))
			b.Write("#text", "and from the first")
			b.Call("POST", b.Element("#text")+"/value", map[string]string{"text": "\ue007"}, nil) // the key Enter
			b.Show(second)
			b.WaitFor(logHas("and from the first"))

			b.Write("#room", "tea")
			b.Click("#go button")
			b.WaitFor(connectedNow + ` && location.pathname === "/chat/tea"`)
			b.Write("#text", "only for tea")
			b.Click("#composer button")
			b.WaitFor(logHas("only for tea"))
			b.WaitFor("!" + logHas("and from the first"))
			b.Show(first)
			b.WaitFor(logHas("Guest 2 left"))
			b.Write("#text", "still in the lobby")
			b.Click("#composer button")
			b.WaitFor(logHas("still in the lobby")) // by then a message of the other room would have arrived
			b.WaitFor("!" + logHas("only for tea"))
			b.RequireNoErrors()
		})
	}
}

func TestBrowserChatNameAndComplaint(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/chat"))
	b.WaitFor(connectedNow)
	b.Write("#name", "Ada")
	b.Click("#rename button")
	b.WaitFor(logHas("Guest 1 is now Ada"))
	b.WaitFor(`document.querySelector("#online .mine").textContent === "Ada (you)"`)

	b.Write("#text", "   ")
	b.Click("#composer button")
	b.WaitFor(`document.querySelector("#error").textContent === "A message needs some text."`)
	b.WaitFor(`document.querySelector("#text").value === "   "`) // given back
	b.Write("#text", "better")
	b.Click("#composer button")
	b.WaitFor(logHas("better") + ` && document.querySelector("#error").hidden`)

	b.Write("#name", " ")
	b.Click("#rename button")
	b.WaitFor(`document.querySelector("#error").textContent.startsWith("A name needs")`)
	b.WaitFor(`document.querySelector("#text").value === ""`) // a sent message is not restored

	b.Open(s.url("/chat/tea")) // the name is remembered
	b.WaitFor(connectedNow + ` && document.querySelector("#name").value === "Ada"`)
	b.Call("POST", "/back", map[string]string{}, nil)
	b.WaitFor(connectedNow + ` && location.pathname === "/chat"`)
	b.RequireNoErrors()
}

// A page whose connection is cut reconnects, and shows missed messages once.
func TestBrowserChatReconnects(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/chat"))
	b.WaitFor(connectedNow)
	b.Write("#text", "before")
	b.Click("#composer button")
	b.WaitFor(logHas("before"))

	other := dial(t, s, "/ws/chat?name=Other")
	other.expect("welcome", "Other")
	b.WaitFor(logHas("Other joined"))
	b.Write("#text", "a draft")
	b.Run("link.cut()", nil)
	other.expect("leave", "Guest 1")
	other.say("missed?")
	other.expect("message", "missed?")
	b.WaitFor(connectedNow + " && " + logHas("missed?"))
	b.WaitFor(`document.querySelectorAll("#log .mine, #log .theirs").length === 2`)
	b.WaitFor(`document.querySelector("#text").value === "a draft"`)
	b.RequireNoErrors()
}

func TestBrowserIndexAndEcho(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/"))
	var links []string
	b.Run(`return [...document.querySelectorAll("main a")].map((a) => a.href)`, &links)
	require.Greater(t, len(links), 5)
	for _, link := range links {
		if answer, _ := get(t, link); answer.StatusCode != 200 {
			t.Errorf("the index links %s, which answers %d", link, answer.StatusCode)
		}
	}
	b.Click(`.demo .button[href="/hello"]`)
	b.WaitFor(`document.body.innerText === "Hello, world"`)
	b.Call("POST", "/back", map[string]string{}, nil)

	b.Click(`.demo .button[href="/echo"]`)
	b.WaitFor(connectedNow)
	b.Write("#text", "round <b>trip</b>")
	b.Click("#form button")
	b.WaitFor(logHas("round <b>trip</b>"))
	b.Click("#burst")
	b.WaitFor(logHas("round <b>trip</b> (100)"))
	b.Click("#toggle")
	b.WaitFor(`document.querySelector("#status").textContent === "Closed with code 1000"`)
	b.Click("#toggle")
	b.WaitFor(connectedNow)
	b.RequireNoErrors()
}

// The pages fit the width of a phone, and every field and button has a label.
func TestBrowserPagesFitAndAreLabelled(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	talk(t, s)
	for _, path := range []string{"/", "/chat", "/echo", "/live", "/song", "/upload", "/stream", "/gather", "/api", "/login", "/errors", "/blog", "/blog/login?lang=de", "/blog/nothing", "/nothing"} {
		for _, width := range []int{1280, 390} {
			for _, dark := range []bool{false, true} {
				b.SetSize(width, 844)
				b.SetDark(dark)
				b.Open(s.url(path))
				if path == "/chat" || path == "/echo" || path == "/live" {
					b.WaitFor(connectedNow)
				}
				if path == "/echo" {
					b.Click("#burst")
					b.WaitFor(logHas("(100)"))
				}
				b.WaitFor(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width))
				b.WaitFor(`[...document.querySelectorAll("#log")].every((log) => log.scrollWidth <= log.clientWidth)`)
				b.WaitFor(`[...document.querySelectorAll("input:not([type=hidden]), textarea, progress")].every((field) => field.labels.length > 0)`)
				b.WaitFor(`[...document.querySelectorAll("button, a")].every((named) => named.textContent.trim() !== "")`)
				b.Screenshot(fmt.Sprintf("%s-%d-dark=%t", cmp.Or(strings.NewReplacer("/", "-", "?", "-").Replace(path[1:]), "index"), width, dark))
			}
		}
	}
}

// talk makes two members send messages in the lobby.
func talk(t *testing.T, s *testServer) {
	ada, bob := dial(t, s, "/ws/chat?name=Ada"), dial(t, s, "/ws/chat?name=Bob")
	ada.expect("welcome", "Ada")
	bob.expect("welcome", "Bob")
	for _, line := range []struct {
		who  *wsClient
		text string
	}{
		{ada, "Hello, are you here?"},
		{bob, "Always."},
		{ada, "A longer message, to see how the lines break when there is rather more to say than fits the width of one, as there often is."},
		{bob, "averylongwordwithoutanyplacetobreakit" + strings.Repeat("andonandon", 12)},
		{ada, "مرحبا 🌪"},
	} {
		line.who.say(line.text)
		for line.who.event().Text != line.text {
		}
	}
}
