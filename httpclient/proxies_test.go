package httpclient

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// A realProxy is a proxy program that runs.
type realProxy struct {
	scheme string // of ProxyHost
	port   int
}

const tinyproxyConfig = `Port %d
Listen 127.0.0.1
Timeout 60
MaxClients 50
LogLevel Critical
LogFile "%s"
%s
`

// tinyproxy starts tinyproxy. login is "user password", or "" for none.
func tinyproxy(t *testing.T, login string) realProxy {
	dir, auth := t.TempDir(), ""
	if login != "" {
		auth = "BasicAuth " + login
	}
	path, file := peers.Program(t, "tinyproxy"), filepath.Join(dir, "tinyproxy.conf")
	return realProxy{"http", startProgram(t, func(port int) *exec.Cmd {
		require.NoError(t, os.WriteFile(file, fmt.Appendf(nil, tinyproxyConfig, port, filepath.Join(dir, "log"), auth), 0o600))
		return peers.Command(path, "-d", "-c", file)
	})}
}

// microsocks starts microsocks, a SOCKS5 proxy.
func microsocks(t *testing.T, login string) realProxy {
	path, args := peers.Program(t, "microsocks"), []string{"-i", "127.0.0.1"}
	if user, password, ok := strings.Cut(login, " "); ok {
		args = append(args, "-u", user, "-P", password)
	}
	return realProxy{"socks5", startProgram(t, func(port int) *exec.Cmd {
		return peers.Command(path, append(args, "-p", strconv.Itoa(port))...)
	})}
}

// proxiedEcho responds with the method, the URI and the size of the body, or with as many bytes
// as the URI says.
func proxiedEcho(w http.ResponseWriter, r *http.Request) {
	if size, ok := strings.CutPrefix(r.URL.Path, "/bytes/"); ok {
		n, _ := strconv.Atoi(size)
		w.Write(bytes.Repeat([]byte("b"), n))
		return
	}
	n, err := io.Copy(io.Discard, r.Body)
	fmt.Fprint(w, r.Method, " ", r.URL.RequestURI(), " ", n, " ", err, " ", r.Header.Get("Proxy-Authorization"))
}

// Fetches go through proxies of other authors: HTTP proxies forward requests and open tunnels,
// a SOCKS proxy opens tunnels only. A proxy that refuses or cannot reach the server is an error.
func TestRealProxies(t *testing.T) { // client-51, client-95, client-97, client-b6
	plain := httptest.NewServer(http.HandlerFunc(proxiedEcho))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(proxiedEcho))
	defer secure.Close()
	roots := pemFile(t, secure.Certificate().Raw)
	for name, start := range map[string]func(t *testing.T, login string) realProxy{"tinyproxy": tinyproxy, "microsocks": microsocks} {
		t.Run(name, func(t *testing.T) {
			open, closed := start(t, ""), start(t, "user secret")
			eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
				through := func(p realProxy, r HTTPRequest) (*HTTPResponse, error) {
					r.ProxyHost, r.ProxyPort, r.CACerts = p.scheme+"://127.0.0.1", p.port, roots
					return c.Fetch(&r).Await()
				}
				for _, server := range []string{plain.URL, secure.URL} {
					for range 3 { // over kept connections
						response, err := through(open, HTTPRequest{URL: server + "/a?b=c"})
						require.NoError(t, err)
						require.Equal(t, "GET /a?b=c 0 <nil> ", string(response.Body))
					}
					body := bytes.Repeat([]byte("x"), 1<<20)
					for _, method := range []string{"PUT", "POST"} {
						response, err := through(open, HTTPRequest{URL: server, Method: method, Body: body})
						require.NoError(t, err)
						require.Equal(t, method+" / 1048576 <nil> ", string(response.Body))
					}

					received := 0
					_, err := through(open, HTTPRequest{URL: server + "/bytes/1000000", StreamingCallback: func(chunk []byte) error {
						received += len(chunk)
						return nil
					}})
					require.NoError(t, err)
					require.Equal(t, 1_000_000, received)

					_, err = through(closed, HTTPRequest{URL: server})
					require.Error(t, err, "without credentials")
					_, err = through(closed, HTTPRequest{URL: server, ProxyUsername: "user", ProxyPassword: "wrong"})
					require.Error(t, err, "with a wrong password")
					response, err := through(closed, HTTPRequest{URL: server, ProxyUsername: "user", ProxyPassword: "secret"})
					require.NoError(t, err)
					require.Equal(t, "GET / 0 <nil> ", string(response.Body), "the server gets no credentials of the proxy")

					_, err = through(realProxy{open.scheme, 1}, HTTPRequest{URL: server})
					var clientError *HTTPClientError
					require.ErrorAs(t, err, &clientError, "a proxy that is down")
					require.Equal(t, 599, clientError.Code)
				}
				_, err := through(open, HTTPRequest{URL: "http://127.0.0.1:1/"})
				require.Error(t, err, "a server that is down")
				_, err = through(open, HTTPRequest{URL: "https://127.0.0.1:1/"})
				require.Error(t, err, "a server that is down")
				_, err = through(open, HTTPRequest{URL: secure.URL, SSLOptions: &tls.Config{}})
				require.Error(t, err, "the certificate is checked through the tunnel")
			})
		})
	}
}

// The body of a BodyProducer goes through proxies, in chunks and with a Content-Length.
func TestProducedBodiesThroughProxies(t *testing.T) { // client-13, client-b6
	plain := httptest.NewServer(http.HandlerFunc(proxiedEcho))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(proxiedEcho))
	defer secure.Close()
	roots := pemFile(t, secure.Certificate().Raw)
	for name, p := range map[string]realProxy{"tinyproxy": tinyproxy(t, ""), "microsocks": microsocks(t, "")} {
		t.Run(name, func(t *testing.T) {
			eachClient(t, Options{}, func(t *testing.T, c AsyncHTTPClient) {
				for _, server := range []string{plain.URL, secure.URL} {
					for _, length := range []string{"", "Content-Length: 1000000"} {
						request := HTTPRequest{URL: server + "/a", Method: "POST", CACerts: roots,
							ProxyHost: p.scheme + "://127.0.0.1", ProxyPort: p.port,
							BodyProducer: func(w io.Writer) error {
								for range 100 {
									if _, err := w.Write(make([]byte, 10_000)); err != nil {
										return err
									}
								}
								return nil
							}}
						if length != "" {
							request.Headers = fields(length)
						}
						response, err := c.Fetch(&request).Await()
						require.Equal(t, "200 POST /a 1000000 <nil> ", shownFetch(response, err), "%s %s", server, length)
					}
				}
			})
		})
	}
}
