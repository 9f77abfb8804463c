package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A site has pages 0 to 29. Each links to the next two, to dead pages and to pages that a spider
// must not fetch.
type site struct {
	*httptest.Server
	mutex sync.Mutex
	seen  []string // paths of all requests
}

const pages = 30

func newSite(t *testing.T) *site {
	s := new(site)
	s.Server = httptest.NewUnstartedServer(s)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *site) base() string { return s.URL + "/site/" }

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	s.seen = append(s.seen, r.URL.RequestURI())
	s.mutex.Unlock()
	var n int
	switch {
	case strings.HasSuffix(r.URL.Path, "/broken"):
		panic(http.ErrAbortHandler) // closes the connection
	case r.URL.Path == "/site/binary":
		w.Write([]byte("\xff\xfe<a href='missing-too'>\xff</a>"))
		return
	case r.URL.Path != "/site/" && !regexp.MustCompile(`^/site/page[0-9]+$`).MatchString(r.URL.Path):
		http.NotFound(w, r)
		return
	}
	fmt.Sscanf(r.URL.Path, "/site/page%d", &n)
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, `<!-- <a href="/site/comment">--><h1>Page %d</h1><A class=x HREF=page%d>next</A>
		<a href="/site/page%d#part">later</a> <a href="%s">absolute</a> <a href="missing%d">dead</a> <a href="./broken">dead</a>
		<a href="http://%s/outside">outside</a> <a href="../up">up</a> <a>none</a> <a href="">empty</a> <a href="#top">here</a>
		<a href="mailto:a@example.com">mail</a> <a href="binary">binary</a> <a href="page1?a=1&amp;b=2">query</a> <a href="page1/">dead</a>
		<link href="style.css"><script>"<a href='script'>"</script>`,
		n, (n+1)%pages, (n+2)%pages, s.base(), n%3, r.Host)
}

// all returns the paths of all requests so far, sorted.
func (s *site) all() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Sorted(slices.Values(s.seen))
}

func TestEachPageIsFetchedOnce(t *testing.T) {
	s := newSite(t)
	output, status := demotest.Run(t, "--base_url="+s.base())
	require.Equal(t, 0, status, output)
	want := []string{"/site/", "/site/binary", "/site/broken", "/site/page1?a=1&b=2", "/site/page1/", "/site/missing-too"}
	for n := range pages {
		want = append(want, fmt.Sprintf("/site/page%d", n))
	}
	for n := range 3 {
		want = append(want, fmt.Sprintf("/site/missing%d", n))
	}
	slices.Sort(want)
	require.Equal(t, want, s.all())
	require.Regexp(t, `(?s)Done in \d+ seconds, fetched 33 URLs.\nUnable to fetch 6 URLs.\n$`, output)
	for _, dead := range []string{"missing0", "missing1", "missing2", "missing-too", "broken", "page1/"} {
		require.Contains(t, output, "error: "+s.base()+dead+": ")
	}
}

// The pages of this site are served only when all ten workers wait for one.
func TestTheFetchesOverlap(t *testing.T) {
	var arrived sync.WaitGroup
	arrived.Add(10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			for n := range 10 {
				fmt.Fprintf(w, `<a href="%d">`, n)
			}
			return
		}
		arrived.Done()
		arrived.Wait()
	}))
	t.Cleanup(server.Close)
	output, status := demotest.Run(t, "--base_url="+server.URL+"/", "--timeout=50s")
	require.Equal(t, 0, status, output)
	require.Contains(t, output, "fetched 11 URLs")
}

func TestTheTimeLimit(t *testing.T) {
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { <-ended }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(ended) })
	output, status := demotest.Run(t, "--base_url="+server.URL+"/", fmt.Sprint("--timeout=", 50*time.Millisecond))
	require.Equal(t, 1, status, output)
	require.Contains(t, output, "fetched 0 URLs.\nUnable to fetch 0 URLs.\n")
	require.Contains(t, output, "the site takes longer than 50ms")
}

func TestBothSpidersFetchTheSame(t *testing.T) {
	here, there := newSite(t), newSite(t)
	original := demotest.FindOriginal(t, "webspider/webspider.py", `base_url = "http://www.tornadoweb.org/en/stable/"`, fmt.Sprintf("base_url = %q", there.base()))
	want, status := original.Run()
	require.Equal(t, 0, status, want)
	got, status := demotest.Run(t, "--base_url="+here.base())
	require.Equal(t, 0, status, got)
	require.Equal(t, there.all(), here.all())
	counts := regexp.MustCompile(`fetched \d+ urls|unable to fetch \d+ urls`)
	require.Equal(t, counts.FindAllString(strings.ToLower(want), -1), counts.FindAllString(strings.ToLower(got), -1))
}
