package httpserver

import (
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/testcert"
)

// forwardedPEM returns a certificate as proxies send it.
func forwardedPEM(t testing.TB, name string) string {
	block := pem.Block{Type: "CERTIFICATE", Bytes: testcert.SelfSigned(t, name).Certificate[0]}
	return url.PathEscape(string(pem.EncodeToMemory(&block)))
}

func TestForwardedState(t *testing.T) { // httputil-b1
	a, b := forwardedPEM(t, "a.example"), forwardedPEM(t, "b.example")
	for _, tt := range []struct{ name, header, want string }{
		{"one", `Hash=12;Cert="` + a + `";Subject="CN=x, O=\"y;z\""`, "[a.example]"},
		{"not quoted", "cert=" + a, "[a.example]"},
		{"the last element", `Cert="` + a + `",By=x;Cert="` + b + `"`, "[b.example]"},
		{"separators in quotes", `Subject="a,b;Cert=c";Cert="` + b + `"`, "[b.example]"},
		{"a chain", `Chain="` + a + b + `";Cert="` + a + `"`, "[a.example b.example]"},
		{"a chain after the certificate", `Cert="` + a + `";Chain="` + a + b + `"`, "[a.example b.example]"},
		{"the last element has none", `Cert="` + a + `",Hash=12`, "none"},
		{"empty", "", "none"},
		{"no PEM", `Cert="abc"`, "none"},
		{"half an escape", `Cert="%2"`, "none"},
		{"a broken certificate", `Cert="` + strings.Replace(a, "MII", "AAA", 1) + `"`, "none"},
		{"an open quote", `Cert="` + a, "[a.example]"},
	} {
		got := "none"
		if state := forwardedState(tt.header); state != nil {
			var names []string
			for _, c := range state.PeerCertificates {
				names = append(names, c.DNSNames...)
			}
			got = fmt.Sprint(names)
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Only the header of a trusted proxy can contain the certificate of a client.
func TestForwardedCertOfARequest(t *testing.T) { // httputil-b1
	header := "X-Forwarded-Client-Cert: Cert=\"" + forwardedPEM(t, "a.example") + "\"\r\n"
	tellCert := func(r *request) {
		text := "none"
		if state := r.conn.(*connection).TLSState(); state != nil {
			text = state.PeerCertificates[0].DNSNames[0]
		}
		r.reply(200, text)
	}
	trusting := []string{"127.0.0.1"}
	for _, tt := range []struct {
		name    string
		options Options
		want    string
	}{
		{"trusted", Options{XHeaders: true, TrustedDownstream: trusting}, "a.example none"},
		{"not trusted", Options{XHeaders: true, TrustedDownstream: []string{"10.0.0.0/8"}}, "none none"},
		{"no trusted proxies", Options{XHeaders: true}, "none none"},
		{"no XHeaders", Options{TrustedDownstream: trusting}, "none none"},
	} {
		address := serve(t, &app{respond: tellCert}, tt.options)
		first, second, _ := strings.Cut(tt.want, " ")
		want := okPeer(first) + okPeer(second) // the header applies to its own request only
		got := talk(t, address, len(want), "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"+get)
		if got != want {
			t.Errorf("%s: got %q, want %q", tt.name, got, want)
		}
	}
}

func FuzzForwardedState(f *testing.F) {
	f.Add(`Hash=12;Cert="%2D";Subject="CN=x, O=\"y;z\"",By=x`)
	f.Add(`Cert="` + forwardedPEM(f, "a.example") + `"`)
	f.Fuzz(func(t *testing.T, header string) {
		if state := forwardedState(header); state != nil && len(state.PeerCertificates) == 0 {
			t.Error("a state without a certificate")
		}
	})
}
