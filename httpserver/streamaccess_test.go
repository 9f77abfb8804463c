package httpserver_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/testcert"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// describing responds with a description of its client: stream, TLS and certificate.
type describing struct{}

func (d *describing) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &describedMessage{conn: conn}
}

type describedMessage struct {
	conn    httputil.HTTPConnection
	request *httputil.HTTPServerRequest
}

func (m *describedMessage) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (mode httputil.BodyMode, err error) {
	m.request, err = httputil.NewRequest(m.conn, start, headers)
	return httputil.BodyWhole, err
}

func (m *describedMessage) DataReceived([]byte) error { return nil }
func (m *describedMessage) OnConnectionClose()        {}

func (m *describedMessage) Finish() {
	stream := m.conn.(httputil.StreamHolder[*iostream.IOStream]).Stream()
	text := fmt.Sprintf("stream %v", stream != nil && !stream.Closed())
	if state := m.request.TLS(); state != nil {
		text += fmt.Sprintf(", name %q", state.ServerName)
		for _, c := range state.PeerCertificates {
			text += ", peer " + c.Subject.CommonName
		}
	}
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", fmt.Sprint(len(text)))
	m.conn.WriteHeaders(httputil.ResponseStartLine{Version: "HTTP/1.1", Code: 200, Reason: "OK"}, &headers, []byte(text))
	m.conn.Finish()
}

func TestRequestsKnowTheStreamAndTheTLSOfTheirClient(t *testing.T) { // httputil-1
	serverCertificate, clientCertificate := testcert.SelfSigned(t, "server.example"), testcert.SelfSigned(t, "client.example")
	roots, clients := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(serverCertificate.Leaf)
	clients.AddCert(clientCertificate.Leaf)
	for _, tt := range []struct {
		name           string
		server, client *tls.Config
		want           string
	}{
		{"plain", nil, nil, "stream true"},
		{"TLS", &tls.Config{}, &tls.Config{}, `stream true, name "server.example"`},
		{"certificate required", &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients},
			&tls.Config{Certificates: []tls.Certificate{clientCertificate}}, `stream true, name "server.example", peer client.example`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			options := httpserver.Options{}
			scheme := "http"
			client := &http.Transport{DisableKeepAlives: true}
			if tt.server != nil {
				scheme = "https"
				tt.server.Certificates = []tls.Certificate{serverCertificate}
				tt.client.RootCAs, tt.client.ServerName = roots, "server.example"
				options.Stream.TLS, client.TLSClientConfig = tt.server, tt.client
			}
			loop := looptest.New(t)
			options.Loop = loop
			server := httpserver.New(&describing{}, options)
			addr, err := server.Listen(0, "127.0.0.1")
			require.NoError(t, err)
			var got string
			looptest.Run(t, loop, func() {
				got, err = ioloop.RunInExecutor(loop, func() (string, error) {
					res, err := (&http.Client{Transport: client}).Get(scheme + "://" + addr.String())
					if err != nil {
						return "", err
					}
					defer res.Body.Close()
					body, err := io.ReadAll(res.Body)
					return string(body), err
				}).Await()
				server.Stop()
			})
			require.NoError(t, err)
			require.Equal(t, tt.want, got)
		})
	}
}
