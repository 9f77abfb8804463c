package prometheus_test

import (
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/prometheus"
	"github.com/gotornado/tornado/web/webtest"
)

type hello struct{ web.RequestHandler }

func (h *hello) Get(args ...string) error { return h.WriteString("Hello") }

type collectorSuite struct {
	webtest.AsyncHTTPTestCase
	metrics *prometheus.Collector
}

func TestCollector(t *testing.T) { suite.Run(t, new(collectorSuite)) }

func (s *collectorSuite) GetApp() *web.Application {
	registry := client.NewPedanticRegistry()
	s.metrics = prometheus.New(prometheus.Options{Buckets: []float64{1e6}})
	registry.MustRegister(s.metrics)
	return web.NewApplication([]web.URLSpec{
		web.URL("/named", hello{}, web.Name("hello")),
		web.URL("/x/(.*)", hello{}),
		web.URL("/metrics", web.FallbackHandler{Handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}),
	}, web.Settings{Observe: s.metrics.Observe})
}

func (s *collectorSuite) TestMetrics() {
	for _, line := range []string{"GET /named", "GET /named", "GET /x/1", "GET /x/2", "POST /x/2", "BREW /x/2", "GET /none"} {
		method, path, _ := strings.Cut(line, " ")
		s.Fetch(path, webtest.FetchOptions{Method: method})
	}
	const want = `
# HELP tornado_http_requests_total Requests that got a response.
# TYPE tornado_http_requests_total counter
tornado_http_requests_total{code="200",method="GET",route="/x/(.*)"} 2
tornado_http_requests_total{code="200",method="GET",route="hello"} 2
tornado_http_requests_total{code="404",method="GET",route="none"} 1
tornado_http_requests_total{code="405",method="POST",route="/x/(.*)"} 1
tornado_http_requests_total{code="405",method="other",route="/x/(.*)"} 1
`
	// A request is counted after its response.
	s.EventuallyWithT(func(c *assert.CollectT) {
		assert.NoError(c, testutil.CollectAndCompare(s.metrics, strings.NewReader(want), "tornado_http_requests_total"))
	}, looptest.Patience, time.Millisecond)
	problems, err := testutil.CollectAndLint(s.metrics)
	s.NoError(err)
	s.Empty(problems)
	page := s.Fetch("/metrics").Body
	s.Contains(page, `tornado_http_response_size_bytes_total{method="GET",route="hello"} 10`)
	s.Contains(page, `tornado_http_request_duration_seconds_count{method="GET",route="/x/(.*)"} 2`)
}
