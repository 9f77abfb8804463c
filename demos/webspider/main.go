// Command webspider crawls a site: ten workers fetch its pages, and put the links that they find
// into a queue for each other.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/queues"
)

var (
	baseURL     = options.Define("base_url", "http://www.tornadoweb.org/en/stable/", "fetch only pages below this URL")
	concurrency = options.Define("concurrency", 10, "number of workers")
	timeout     = options.Define("timeout", 5*time.Minute, "time limit for the whole site")
)

// A Spider crawls one site. It needs no mutex, because the coroutines of a loop never run at the
// same time.
type Spider struct {
	BaseURL string
	Client  httpclient.AsyncHTTPClient

	queue   *queues.Queue[string] // URLs that a worker has found; some are already known
	known   map[string]bool       // URLs that some worker has begun to fetch
	fetched int                   // pages
	dead    map[string]error      // URLs that could not be fetched, and why
}

// Crawl fetches all pages of the site with a number of workers. It returns ioloop.ErrTimeout if
// that takes longer than the limit.
func (s *Spider) Crawl(loop *ioloop.IOLoop, workers int, limit time.Duration) error {
	s.known, s.dead = map[string]bool{}, map[string]error{}
	s.queue = queues.NewQueue[string](loop, 0)
	s.queue.Put(s.BaseURL)
	for range workers {
		worker := ioloop.Go(loop, s.work)
		defer worker.Cancel() // ends the wait of a worker for the next URL
	}
	_, err := s.queue.Join(limit).Await() // until TaskDone was called for every URL
	return err
}

// work fetches the URLs of the queue, one after another, until the worker is cancelled.
func (s *Spider) work() (struct{}, error) {
	for pageURL := range s.queue.All() {
		err := s.visit(pageURL)
		if errors.Is(err, ioloop.ErrCancelled) {
			break // the time limit has passed
		}
		if err != nil {
			fmt.Printf("error: %s: %v\n", pageURL, err)
			s.dead[pageURL] = err
		}
		s.queue.TaskDone()
	}
	return struct{}{}, nil
}

// visit fetches a page that is not known yet, and puts its links into the queue.
func (s *Spider) visit(pageURL string) error {
	if s.known[pageURL] {
		return nil
	}
	s.known[pageURL] = true
	fmt.Println("fetching", pageURL)
	response, err := s.Client.FetchURL(pageURL).Await() // other workers run meanwhile
	if err != nil {
		return err
	}
	fmt.Println("fetched", pageURL)
	s.fetched++
	for _, link := range links(response.EffectiveURL, response.Body) {
		if strings.HasPrefix(link, s.BaseURL) {
			s.queue.Put(link)
		}
	}
	return nil
}

// links returns the absolute URLs of the links in a page, without their fragments.
func links(pageURL string, page []byte) (found []string) {
	base, err := url.Parse(pageURL)
	if err != nil {
		return nil
	}
	tokens := html.NewTokenizer(bytes.NewReader(page))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		token := tokens.Token()
		if (kind != html.StartTagToken && kind != html.SelfClosingTagToken) || token.Data != "a" {
			continue
		}
		for _, attribute := range token.Attr {
			if attribute.Key != "href" || attribute.Val == "" {
				continue
			}
			if link, err := base.Parse(strings.TrimSpace(attribute.Val)); err == nil {
				link.Fragment = ""
				found = append(found, link.String())
			}
		}
	}
	return found
}

func main() {
	options.ParseCommandLine()
	loop, start := ioloop.Instance(), time.Now()
	spider := &Spider{BaseURL: baseURL.Value(), Client: httpclient.Instance(loop)}
	_, err := ioloop.RunSync(loop, 0, func() (struct{}, error) {
		return struct{}{}, spider.Crawl(loop, concurrency.Value(), timeout.Value())
	})
	fmt.Printf("Done in %d seconds, fetched %d URLs.\n", int(time.Since(start).Seconds()), spider.fetched)
	fmt.Printf("Unable to fetch %d URLs.\n", len(spider.dead))
	if errors.Is(err, ioloop.ErrTimeout) {
		log.Fatalf("webspider: the site takes longer than %v", timeout.Value())
	} else if err != nil {
		log.Fatal(err)
	}
}
