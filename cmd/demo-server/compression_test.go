package main

import (
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
)

// compressionScript sends texts and bytes of many sizes to the echo, some of them twice. It sets
// judged to the negotiated extensions, or to an error.
const compressionScript = `
window.judged = undefined;
const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws/echo");
socket.binaryType = "arraybuffer";
const sent = [];
for (const size of [0, 1, 125, 126, 1000, 1000, 32768, 65535, 65536, 300000]) {
	sent.push("gr\u00fc\u00dfe \u20ac ".repeat(size).slice(0, size));
	sent.push(Uint8Array.from({length: size}, () => Math.random() * 256));
	sent.push(Uint8Array.from({length: size}, (_, i) => i % 7));
}
const same = (a, b) => typeof a === "string" ? a === b
	: b instanceof ArrayBuffer && a.length === b.byteLength && new Uint8Array(b).every((x, i) => x === a[i]);
socket.onopen = () => sent.forEach((message) => socket.send(message));
let received = 0;
socket.onmessage = ({data}) => {
	if (!same(sent[received], data)) {
		window.judged = "message " + received + " came back changed";
		socket.close();
	} else if (++received === sent.length) {
		window.judged = socket.extensions;
		socket.close();
	}
};
socket.onclose = (event) => window.judged ??= "closed: " + event.code;
`

func TestBrowserCompression(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/hello"))
	b.Run(compressionScript, nil)
	b.WaitFor("window.judged !== undefined")
	var judged string
	b.Run("return window.judged", &judged)
	if !strings.HasPrefix(judged, "permessage-deflate") {
		t.Errorf("Chromium says %q", judged)
	}
	b.RequireNoErrors()
}
