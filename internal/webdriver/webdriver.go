// Package webdriver controls a headless Chromium in tests, by the WebDriver protocol
// (https://www.w3.org/TR/webdriver2/). A test is skipped, or fails in CI, without chromedriver.
package webdriver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/stretchr/testify/require"
)

// stepTimeout limits the wait for an element or a condition of a page.
const stepTimeout = 20 * time.Second

// A Browser is a headless Chromium, which chromedriver controls. Its methods fail the test;
// call them on the goroutine of the test.
type Browser struct {
	t       *testing.T
	session string // the URL of the session
	client  http.Client
}

// OpenBrowser starts a browser with one empty window, which is closed at the end of the test.
func OpenBrowser(t *testing.T) *Browser {
	t.Helper()
	driver, chromium := peers.Program(t, "chromedriver"), peers.Program(t, "chromium", "chromium-browser", "google-chrome")
	b := &Browser{t: t, client: http.Client{Timeout: 3 * time.Minute}}
	address := startDriver(t, driver)
	args := []string{
		"--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--user-data-dir=" + t.TempDir(),
	}
	if os.Getuid() == 0 {
		args = append(args, "--no-sandbox")
	}
	var made struct {
		SessionID    string
		Capabilities struct {
			Process int `json:"goog:processID"`
		}
	}
	b.session = address + "/session"
	b.Call("POST", "", map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"goog:chromeOptions": map[string]any{"binary": chromium, "args": args},
		"goog:loggingPrefs":  map[string]any{"browser": "ALL"},
	}}}, &made)
	b.session += "/" + made.SessionID
	t.Cleanup(func() {
		if err := b.Try("DELETE", "", nil, nil); err != nil {
			t.Errorf("the browser does not end: %v", err)
			if process, err := os.FindProcess(made.Capabilities.Process); err == nil && made.Capabilities.Process > 0 {
				process.Kill()
			}
		}
	})
	return b
}

var driverReady = regexp.MustCompile(`started successfully on port (\d+)`)

// startDriver starts a chromedriver on a free port and returns its URL. A chromedriver that
// hangs, as happens on a busy machine, is replaced by another.
func startDriver(t *testing.T, path string) string {
	t.Helper()
	for range 3 {
		if address := tryDriver(t, path); address != "" {
			return address
		}
	}
	t.Fatal("chromedriver does not start")
	return ""
}

func tryDriver(t *testing.T, path string) string {
	t.Helper()
	command := peers.Command(path, "--port=0")
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	t.Cleanup(func() {
		command.Process.Kill()
		command.Wait()
	})
	ready := make(chan string, 1)
	go func() {
		var said []byte
		for chunk := make([]byte, 4096); ; {
			n, err := output.Read(chunk)
			if said = append(said, chunk[:n]...); err != nil {
				return
			}
			if m := driverReady.FindSubmatch(said); m != nil {
				ready <- "http://127.0.0.1:" + string(m[1])
				io.Copy(io.Discard, output)
				return
			}
		}
	}()
	select {
	case address := <-ready:
		return address
	case <-time.After(time.Minute):
		return ""
	}
}

// Call makes one WebDriver call and stores the returned value in result, unless that is nil.
func (b *Browser) Call(method, path string, body, result any) {
	b.t.Helper()
	require.NoError(b.t, b.Try(method, path, body, result))
}

// Try makes one WebDriver call, as Call does, and returns its error.
func (b *Browser) Try(method, path string, body, result any) error {
	var text bytes.Buffer
	if body != nil { // otherwise the request has no body
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, b.session+path, &text)
	if err != nil {
		return err
	}
	answer, err := b.client.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var reply struct{ Value json.RawMessage }
	if err := json.NewDecoder(answer.Body).Decode(&reply); err != nil {
		return err
	}
	if answer.StatusCode != 200 {
		return fmt.Errorf("webdriver: %s %s: %s", method, path, reply.Value)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(reply.Value, result)
}

// Open opens a URL in the current tab and waits until it is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.Call("POST", "/url", map[string]string{"url": url}, nil)
}

// URL returns the address of the page in the current tab.
func (b *Browser) URL() (url string) {
	b.t.Helper()
	b.Call("GET", "/url", nil, &url)
	return url
}

// NewTab opens a tab, switches to it, and returns its name for show.
func (b *Browser) NewTab() string {
	b.t.Helper()
	var tab struct{ Handle string }
	b.Call("POST", "/window/new", map[string]string{"type": "tab"}, &tab)
	b.Show(tab.Handle)
	return tab.Handle
}

// Tab returns the name of the current tab, for Show.
func (b *Browser) Tab() (name string) {
	b.t.Helper()
	b.Call("GET", "/window", nil, &name)
	return name
}

// Show switches to a tab.
func (b *Browser) Show(tab string) {
	b.t.Helper()
	b.Call("POST", "/window", map[string]string{"handle": tab}, nil)
}

// Element waits for an element that matches a CSS selector.
func (b *Browser) Element(selector string) (path string) {
	b.t.Helper()
	var found map[string]string
	var err error
	for deadline := time.Now().Add(stepTimeout); time.Now().Before(deadline); {
		err = b.Try("POST", "/element", map[string]string{"using": "css selector", "value": selector}, &found)
		if err == nil {
			break
		}
	}
	require.NoError(b.t, err)
	for _, id := range found {
		path = "/element/" + id
	}
	return path
}

// Click clicks on the element that matches a CSS selector, and waits for it.
func (b *Browser) Click(selector string) {
	b.t.Helper()
	b.Call("POST", b.Element(selector)+"/click", map[string]string{}, nil)
}

// Write replaces the text of an input field.
func (b *Browser) Write(selector, text string) {
	b.t.Helper()
	field := b.Element(selector)
	b.Call("POST", field+"/clear", map[string]string{}, nil)
	b.Call("POST", field+"/value", map[string]string{"text": text}, nil)
}

// Run runs the body of a function in the page.
func (b *Browser) Run(script string, result any) {
	b.t.Helper()
	b.Call("POST", "/execute/sync", map[string]any{"script": script, "args": []any{}}, result)
}

// WaitFor polls until a JavaScript expression is true in the page.
func (b *Browser) WaitFor(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(stepTimeout); ; {
		var ok bool
		b.Run("try { return Boolean("+expression+") } catch { return false }", &ok) // an error means that parts of the page are missing so far
		if ok {
			return
		}
		if time.Now().After(deadline) {
			var page string
			b.Run("return location.href + ': ' + document.body.innerText", &page)
			b.t.Fatalf("never true: %s\non %s", expression, page)
		}
	}
}

// RequireNoErrors fails if a severe message was logged since the last call, in any tab: a script
// error, or a resource that is missing or refused. Messages that contain one of expected are
// required instead.
func (b *Browser) RequireNoErrors(expected ...string) {
	b.t.Helper()
	seen := map[string]bool{}
	var entries []struct{ Level, Message string }
	b.Call("POST", "/se/log", map[string]string{"type": "browser"}, &entries)
	for _, e := range entries {
		if e.Level != "SEVERE" {
			continue
		}
		i := slices.IndexFunc(expected, func(part string) bool { return strings.Contains(e.Message, part) })
		if i >= 0 {
			seen[expected[i]] = true
		} else {
			b.t.Errorf("the browser's console says: %s", e.Message)
		}
	}
	for _, part := range expected {
		if !seen[part] {
			b.t.Errorf("the browser's console does not say: %s", part)
		}
	}
}

// Screenshot writes the visible page to a file in the directory that TORNADO_SCREENSHOTS names,
// if it is set.
func (b *Browser) Screenshot(name string) {
	b.t.Helper()
	directory := os.Getenv("TORNADO_SCREENSHOTS")
	if directory == "" {
		return
	}
	var encoded string
	b.Call("GET", "/screenshot", nil, &encoded)
	picture, err := base64.StdEncoding.DecodeString(encoded)
	require.NoError(b.t, err)
	require.NoError(b.t, os.WriteFile(directory+"/"+name+".png", picture, 0o644))
}

// SetSize sets the size of the visible page, in CSS pixels.
func (b *Browser) SetSize(width, height int) {
	b.t.Helper()
	b.Call("POST", "/goog/cdp/execute", map[string]any{
		"cmd":    "Emulation.setDeviceMetricsOverride",
		"params": map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
	}, nil)
}

// SetDark switches to dark or light mode.
func (b *Browser) SetDark(dark bool) {
	b.t.Helper()
	value := "light"
	if dark {
		value = "dark"
	}
	b.Call("POST", "/goog/cdp/execute", map[string]any{
		"cmd":    "Emulation.setEmulatedMedia",
		"params": map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": value}}},
	}, nil)
}
