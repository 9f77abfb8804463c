package web

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptrace"
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/stretchr/testify/require"
)

// clientApp returns an application for a client that stores cookies.
func clientApp() *Application {
	do := func(pattern string, fn func(h *probe) error) URLSpec { return URL(pattern, probe{do: fn}) }
	return NewApplication([]URLSpec{
		do("/hello", func(h *probe) error { return h.WriteString("Hello, world") }),
		do("/form", func(h *probe) error {
			return h.WriteString(fmt.Sprint(h.GetArguments("a"), h.GetArgument("é"), h.Request().Method))
		}),
		do("/upload", func(h *probe) error {
			files, err := h.Request().Files()
			if err != nil {
				return err
			}
			f := files["file"][0]
			return h.WriteString(fmt.Sprint(f.Filename, " ", f.ContentType, " ", len(f.Body), " ", h.GetArgument("title")))
		}),
		do("/login", func(h *probe) error { h.SetCookie("user", "eve"); return h.Redirect("/user") }),
		do("/user", func(h *probe) error { return h.WriteString("user " + h.GetCookie("user", "unknown")) }),
		do("/panic", func(h *probe) error { panic("oops") }),
	}, Settings{})
}

// The standard library's client, with its cookie jar, redirects and pool, uses one
// connection for all requests, whatever the responses are.
func TestNetHTTPClientStaysOnOneConnection(t *testing.T) { // http-62, web-49, web-91
	logNothing(t)
	base := "http://" + listen(t, clientApp())
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Timeout: looptest.Patience, Jar: jar, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()

	const formType = "application/x-www-form-urlencoded"
	upload, uploadType := multipartBody(t, 300_000)
	const helloEtag = `"e02aa1b106d5c7c6a98def2b13005d5b84fd8dc8"`
	for i, tt := range []struct{ method, path, bodyType, body, want string }{
		{"GET", "/hello", "", "", "200 Hello, world"},
		{"GET", "/hello", "If-None-Match", helloEtag, "304 "},
		{"GET", "/hello", "If-None-Match", `"other"`, "200 Hello, world"},
		{"HEAD", "/hello", "", "", "200 "},
		{"GET", "/form?a=1&a=2&%C3%A9=%C3%BC", "", "", "200 [1 2]üGET"},
		{"POST", "/form", formType, "a=1&a=+2&%C3%A9=%C3%BC", "200 [1 2]üPOST"},
		{"POST", "/upload", uploadType, upload, "200 f.bin application/octet-stream 300000 a title"},
		{"GET", "/user", "", "", "200 user unknown"},
		{"POST", "/login", formType, "", "200 user eve"}, // by way of a redirect
		{"GET", "/user", "", "", "200 user eve"},
		{"GET", "/panic", "", "", "500 <html><title>500: Internal Server Error</title><body>500: Internal Server Error</body></html>"},
		{"GET", "/none", "", "", "404 <html><title>404: Not Found</title><body>404: Not Found</body></html>"},
		{"PUT", "/hello", formType, "a=1", "405 <html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>"},
		{"GET", "/hello", "", "", "200 Hello, world"},
	} {
		body := tt.body
		if tt.bodyType == "If-None-Match" {
			body = ""
		}
		req, err := http.NewRequest(tt.method, base+tt.path, strings.NewReader(body))
		require.NoError(t, err)
		switch tt.bodyType {
		case "":
		case "If-None-Match":
			req.Header.Set("If-None-Match", tt.body)
		default:
			req.Header.Set("Content-Type", tt.bodyType)
		}
		reused := true
		req = req.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { reused = reused && c.Reused }}))
		res, err := client.Do(req)
		require.NoError(t, err, tt.path)
		response, err := io.ReadAll(res.Body)
		require.NoError(t, err, tt.path)
		res.Body.Close()
		if got := fmt.Sprint(res.StatusCode, " ", string(response)); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.method, tt.path, got, tt.want)
		}
		if reused != (i > 0) {
			t.Errorf("%s %s: connection reused: %v", tt.method, tt.path, reused)
		}
	}
	u, _ := url.Parse(base)
	require.Len(t, jar.Cookies(u), 1)
}

// multipartBody returns a form with a file of about size bytes.
func multipartBody(t *testing.T, size int) (body, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("title", "a title"))
	f, err := w.CreateFormFile("file", "f.bin")
	require.NoError(t, err)
	f.Write(bytes.Repeat([]byte{0, '\r', '\n', '-', '-', 255}, size/6))
	require.NoError(t, w.Close())
	return b.String(), w.FormDataContentType()
}
