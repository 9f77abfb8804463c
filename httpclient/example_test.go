package httpclient_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// service is the server of the examples.
func service() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			http.Error(w, "no such page", 404)
		case "/old":
			http.Redirect(w, r, "/new", http.StatusFound)
		default:
			fmt.Fprintf(w, "%s of %s", r.Method, r.URL.Path)
		}
	}))
}

// Fetch several URLs at the same time, on a loop.
func Example() {
	server := service()
	defer server.Close()
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	bodies, err := ioloop.RunSync(loop, 0, func() ([]string, error) {
		client := httpclient.Instance(loop)
		responses, err := ioloop.Multi(loop, client.FetchURL(server.URL+"/a"), client.FetchURL(server.URL+"/old")).Await()
		var bodies []string
		for _, r := range responses {
			bodies = append(bodies, string(r.Body))
		}
		return bodies, err
	})
	fmt.Println(bodies, err)
	// Output: [GET of /a GET of /new] <nil>
}

// Print the bodies of the URLs of a command line, of errors too, as
// "python -m tornado.httpclient URL..." does. A program passes os.Args[1:].
func ExampleHTTPClient() { // client-103
	server := service()
	defer server.Close()
	fetchAll := func(urls []string) error {
		client, err := httpclient.NewHTTPClient(nil, httpclient.Options{})
		if err != nil {
			return err
		}
		defer client.Close()
		for _, url := range urls {
			response, err := client.Fetch(context.Background(), &httpclient.HTTPRequest{URL: url, RaiseError: httpclient.Off})
			if err != nil {
				return err
			}
			fmt.Printf("%d %s\n", response.Code, strings.TrimSpace(string(response.Body)))
		}
		return nil
	}
	if err := fetchAll([]string{server.URL + "/a", server.URL + "/missing"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 200 GET of /a
	// 404 no such page
}

// Tell the errors of a fetch apart.
func ExampleHTTPClientError() {
	server := service()
	defer server.Close()
	client, err := httpclient.NewHTTPClient(nil, httpclient.Options{})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = client.FetchURL(context.Background(), server.URL+"/missing")
	var failed *httpclient.HTTPClientError
	var timeout *httpclient.HTTPTimeoutError
	switch {
	case errors.As(err, &timeout):
		fmt.Println("too slow:", timeout.Phase)
	case errors.As(err, &failed) && failed.Response != nil:
		fmt.Println("code", failed.Code, failed.Message)
	case err != nil:
		fmt.Println(err)
	}
	// Output: code 404 Not Found
}

// Send a JSON body, and read a large response piece by piece.
func ExampleHTTPRequest() {
	server := service()
	defer server.Close()
	client, err := httpclient.NewHTTPClient(nil, httpclient.Options{})
	if err != nil {
		panic(err)
	}
	defer client.Close()
	size := 0
	response, err := client.Fetch(context.Background(), &httpclient.HTTPRequest{
		URL:               server.URL + "/entries",
		Method:            "POST",
		Headers:           httputil.NewHTTPHeaders([]httputil.Field{{Name: "Content-Type", Value: "application/json"}}),
		Body:              []byte(`{"text": "Hello"}`),
		RequestTimeout:    time.Minute,
		StreamingCallback: func(chunk []byte) error { size += len(chunk); return nil },
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(response.Code, size, "bytes")
	// Output: 200 16 bytes
}

// Options of all clients that are made from now on, and a client of one's own. Tornado:
// AsyncHTTPClient.configure, force_instance. Configure(NetHTTP(nil), ...) chooses the client that
// uses net/http, as Tornado's can use libcurl.
func ExampleConfigure() {
	server := service()
	defer server.Close()
	httpclient.Configure(nil, httpclient.Options{
		MaxClients: 100,
		Defaults:   httpclient.HTTPRequest{UserAgent: "my crawler", RequestTimeout: time.Minute},
	})
	defer httpclient.Configure(nil, httpclient.Options{})
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	body, err := ioloop.RunSync(loop, 0, func() (string, error) {
		client := httpclient.New(loop, httpclient.Options{MaxClients: 5}) // its own limit, and the other defaults
		defer client.Close()
		response, err := client.FetchURL(server.URL + "/page").Await()
		if err != nil {
			return "", err
		}
		return string(response.Body), nil
	})
	fmt.Println(body, err)
	// Output: GET of /page <nil>
}
