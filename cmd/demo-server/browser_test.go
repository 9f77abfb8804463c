package main

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

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
			b, s := openBrowser(t), serve(t, loops)
			first := b.tab()
			b.open(s.url("/chat"))
			b.waitFor(connectedNow)
			second := b.newTab()
			b.open(s.url("/chat"))
			b.waitFor(connectedNow)
			b.waitFor(`document.querySelectorAll("#online li").length === 2`)

			const hostile = `<img src="x" onerror="throw 1"> hello from the second tab`
			b.write("#text", hostile)
			b.click("#composer button")
			b.waitFor(logHas(hostile))
			b.show(first)
			b.waitFor(logHas(hostile))
			b.write("#text", "and from the first")
			b.call("POST", b.element("#text")+"/value", map[string]string{"text": "\ue007"}, nil) // the key Enter
			b.show(second)
			b.waitFor(logHas("and from the first"))

			b.write("#room", "tea")
			b.click("#go button")
			b.waitFor(connectedNow + ` && location.pathname === "/chat/tea"`)
			b.write("#text", "only for tea")
			b.click("#composer button")
			b.waitFor(logHas("only for tea"))
			b.waitFor("!" + logHas("and from the first"))
			b.show(first)
			b.waitFor(logHas("Guest 2 left"))
			b.write("#text", "still in the lobby")
			b.click("#composer button")
			b.waitFor(logHas("still in the lobby")) // a message of the other room would have come before
			b.waitFor("!" + logHas("only for tea"))
			b.requireNoErrors()
		})
	}
}

func TestBrowserChatNameAndComplaint(t *testing.T) {
	b, s := openBrowser(t), serve(t, 1)
	b.open(s.url("/chat"))
	b.waitFor(connectedNow)
	b.write("#name", "Ada")
	b.click("#rename button")
	b.waitFor(logHas("Guest 1 is now Ada"))
	b.waitFor(`document.querySelector("#online .mine").textContent === "Ada (you)"`)

	b.write("#text", "   ")
	b.click("#composer button")
	b.waitFor(`document.querySelector("#error").textContent === "A message needs some text."`)
	b.waitFor(`document.querySelector("#text").value === "   "`) // given back
	b.write("#text", "better")
	b.click("#composer button")
	b.waitFor(logHas("better") + ` && document.querySelector("#error").hidden`)

	b.write("#name", " ")
	b.click("#rename button")
	b.waitFor(`document.querySelector("#error").textContent.startsWith("A name needs")`)
	b.waitFor(`document.querySelector("#text").value === ""`) // a sent message is not restored

	b.open(s.url("/chat/tea")) // the name is remembered
	b.waitFor(connectedNow + ` && document.querySelector("#name").value === "Ada"`)
	b.call("POST", "/back", map[string]string{}, nil)
	b.waitFor(connectedNow + ` && location.pathname === "/chat"`)
	b.requireNoErrors()
}

// A page whose connection is cut reconnects, and shows missed messages once.
func TestBrowserChatReconnects(t *testing.T) {
	b, s := openBrowser(t), serve(t, 1)
	b.open(s.url("/chat"))
	b.waitFor(connectedNow)
	b.write("#text", "before")
	b.click("#composer button")
	b.waitFor(logHas("before"))

	other := dial(t, s, "/ws/chat?name=Other")
	other.expect("welcome", "Other")
	b.waitFor(logHas("Other joined"))
	b.write("#text", "a draft")
	b.run("link.cut()", nil)
	other.expect("leave", "Guest 1")
	other.say("missed?")
	other.expect("message", "missed?")
	b.waitFor(connectedNow + " && " + logHas("missed?"))
	b.waitFor(`document.querySelectorAll("#log .mine, #log .theirs").length === 2`)
	b.waitFor(`document.querySelector("#text").value === "a draft"`)
	b.requireNoErrors()
}

func TestBrowserIndexAndEcho(t *testing.T) {
	b, s := openBrowser(t), serve(t, 1)
	b.open(s.url("/"))
	var links []string
	b.run(`return [...document.querySelectorAll("main a")].map((a) => a.href)`, &links)
	require.Greater(t, len(links), 5)
	for _, link := range links {
		if answer, _ := get(t, link); answer.StatusCode != 200 {
			t.Errorf("the index links %s, which answers %d", link, answer.StatusCode)
		}
	}
	b.click(`.demo .button[href="/hello"]`)
	b.waitFor(`document.body.innerText === "Hello, world"`)
	b.call("POST", "/back", map[string]string{}, nil)

	b.click(`.demo .button[href="/echo"]`)
	b.waitFor(connectedNow)
	b.write("#text", "round <b>trip</b>")
	b.click("#form button")
	b.waitFor(logHas("round <b>trip</b>"))
	b.click("#burst")
	b.waitFor(logHas("round <b>trip</b> (100)"))
	b.click("#toggle")
	b.waitFor(`document.querySelector("#status").textContent === "Closed with code 1000"`)
	b.click("#toggle")
	b.waitFor(connectedNow)
	b.requireNoErrors()
}

// The pages fit the width of a phone, and every field and button has a label.
func TestBrowserPagesFitAndAreLabelled(t *testing.T) {
	b, s := openBrowser(t), serve(t, 1)
	talk(t, s)
	for _, path := range []string{"/", "/chat", "/echo", "/live", "/song", "/upload", "/stream", "/gather", "/api", "/login", "/errors", "/blog", "/blog/login?lang=de", "/blog/nothing", "/nothing"} {
		for _, width := range []int{1280, 390} {
			for _, dark := range []bool{false, true} {
				b.setSize(width, 844)
				b.setDark(dark)
				b.open(s.url(path))
				if path == "/chat" || path == "/echo" || path == "/live" {
					b.waitFor(connectedNow)
				}
				if path == "/echo" {
					b.click("#burst")
					b.waitFor(logHas("(100)"))
				}
				b.waitFor(fmt.Sprintf(`document.documentElement.scrollWidth <= %d`, width))
				b.waitFor(`[...document.querySelectorAll("#log")].every((log) => log.scrollWidth <= log.clientWidth)`)
				b.waitFor(`[...document.querySelectorAll("input:not([type=hidden]), textarea, progress")].every((field) => field.labels.length > 0)`)
				b.waitFor(`[...document.querySelectorAll("button, a")].every((named) => named.textContent.trim() !== "")`)
				b.screenshot(fmt.Sprintf("%s-%d-dark=%t", cmp.Or(strings.NewReplacer("/", "-", "?", "-").Replace(path[1:]), "index"), width, dark))
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
