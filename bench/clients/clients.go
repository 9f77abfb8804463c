// Package clients runs HTTP clients against a server with fixed responses, to compare the CPU
// time of a fetch and the memory of one that waits.
package clients

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
)

// A Client fetches a URL again and again.
type Client struct {
	Name string
	// Run has workers that fetch url until ctx is done, each of them one fetch after another.
	// It counts the fetches, and returns the first error.
	Run func(ctx context.Context, url string, workers int, fetches *atomic.Int64) error
}

// Waiting returns the client for the memory of fetches that wait. That of this project has a
// callback for each fetch, in place of a coroutine, as a proxy would.
func (c Client) Waiting() Client {
	if c.Name == "tornado" {
		c.Run = tornadoCallbacks
	}
	return c
}

// Python is the name of the client that runs in a Python process; see Script.
const Python = "tornado-python"

//go:embed fetch.py
var script string

// Script is the program of the client called Python. Its arguments are the URL, the number of
// workers, and the unmeasured and the measured seconds.
func Script() string { return script }

// Names returns the names of all clients, this project's first.
func Names() []string { return []string{"tornado", "nethttp", "fasthttp", Python} }

// Find returns the client called name, except Python.
func Find(name string) (Client, error) {
	for _, c := range []Client{{"tornado", tornado}, {"nethttp", netHTTP}, {"fasthttp", fastHTTP}} {
		if c.Name == name {
			return c, nil
		}
	}
	return Client{}, fmt.Errorf("no client is called %q", name)
}

// tornado runs this project's client on one loop, with a coroutine for each worker.
func tornado(ctx context.Context, url string, workers int, fetches *atomic.Int64) error {
	return onLoop(ctx, workers, func(loop *ioloop.IOLoop, client httpclient.AsyncHTTPClient, fail func(error)) {
		loop.SpawnFunc(func() {
			request := httpclient.HTTPRequest{URL: url}
			for ctx.Err() == nil {
				if _, err := client.Fetch(&request).Await(); err != nil {
					fail(err)
					return
				}
				fetches.Add(1)
			}
		})
	})
}

// tornadoCallbacks starts one fetch for each worker, with a callback.
func tornadoCallbacks(ctx context.Context, url string, workers int, fetches *atomic.Int64) error {
	request := httpclient.HTTPRequest{URL: url, RequestTimeout: -1}
	return onLoop(ctx, workers, func(_ *ioloop.IOLoop, client httpclient.AsyncHTTPClient, fail func(error)) {
		client.Fetch(&request).AddDoneCallback(func(f *ioloop.Future[*httpclient.HTTPResponse]) {
			if _, err := f.Result(); err != nil {
				fail(err)
				return
			}
			fetches.Add(1)
		})
	})
}

// onLoop calls start for each worker on a new loop, which it runs until ctx is done or a worker
// calls fail.
func onLoop(ctx context.Context, workers int, start func(loop *ioloop.IOLoop, client httpclient.AsyncHTTPClient, fail func(error))) error {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	defer loop.Close()
	client := httpclient.NewSimpleAsyncHTTPClient(loop, httpclient.Options{MaxClients: workers, MaxIdle: workers, MaxIdlePerHost: workers})
	var failed error
	fail := func(err error) {
		if failed == nil {
			failed = err
		}
		loop.Stop()
	}
	loop.AddCallback(func() {
		for range workers {
			start(loop, client, fail)
		}
	})
	context.AfterFunc(ctx, loop.Stop)
	if err := loop.Start(); err != nil {
		return err
	}
	return failed
}

// inGoroutines runs fetch in a goroutine for each worker, and returns the first error.
func inGoroutines(ctx context.Context, workers int, fetches *atomic.Int64, fetch func() error) error {
	errs := make(chan error, workers)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for ctx.Err() == nil {
				if err := fetch(); err != nil {
					errs <- err
					return
				}
				fetches.Add(1)
			}
		})
	}
	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()
	select {
	case err := <-errs:
		return err
	case <-ctx.Done():
	case <-ended:
	}
	return nil
}

// netHTTP runs the standard library's client.
func netHTTP(ctx context.Context, url string, workers int, fetches *atomic.Int64) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConns: workers, MaxIdleConnsPerHost: workers}}
	return inGoroutines(ctx, workers, fetches, func() error {
		r, err := client.Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if _, err := io.ReadAll(r.Body); err != nil {
			return err
		}
		if r.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", r.StatusCode)
		}
		return nil
	})
}

// fastHTTP runs fasthttp's client with reused requests and responses, as its README does.
func fastHTTP(ctx context.Context, url string, workers int, fetches *atomic.Int64) error {
	client := &fasthttp.Client{MaxConnsPerHost: workers}
	return inGoroutines(ctx, workers, fetches, func() error {
		request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(request)
		defer fasthttp.ReleaseResponse(response)
		request.SetRequestURI(url)
		if err := client.Do(request, response); err != nil {
			return err
		}
		if response.StatusCode() != http.StatusOK {
			return fmt.Errorf("status %d", response.StatusCode())
		}
		return nil
	})
}
