package prometheus_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/prometheus"
)

type hello struct{ web.RequestHandler }

func (h *hello) Get(args ...string) error { return h.WriteString("Hello") }

func TestCollector(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	metrics, registry := prometheus.New(prometheus.Options{Buckets: []float64{1e6}}), client.NewPedanticRegistry()
	registry.MustRegister(metrics)
	app := web.NewApplication([]web.URLSpec{
		web.URL("/named", hello{}, web.Name("hello")),
		web.URL("/x/(.*)", hello{}),
		web.URL("/metrics", web.FallbackHandler{Handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{})}),
	}, web.Settings{Observe: metrics.Observe})
	defer app.Close()
	ask := func(method, path string) string {
		w := httptest.NewRecorder()
		app.ServeHTTP(w, httptest.NewRequest(method, path, http.NoBody))
		body, _ := io.ReadAll(w.Body)
		return string(body)
	}
	for _, line := range []string{"GET /named", "GET /named", "GET /x/1", "GET /x/2", "POST /x/2", "BREW /x/2", "GET /none"} {
		method, path, _ := strings.Cut(line, " ")
		ask(method, path)
	}
	const want = `
# HELP tornado_http_requests_total Requests that were answered.
# TYPE tornado_http_requests_total counter
tornado_http_requests_total{code="200",method="GET",route="/x/(.*)"} 2
tornado_http_requests_total{code="200",method="GET",route="hello"} 2
tornado_http_requests_total{code="404",method="GET",route="none"} 1
tornado_http_requests_total{code="405",method="POST",route="/x/(.*)"} 1
tornado_http_requests_total{code="405",method="other",route="/x/(.*)"} 1
`
	// A request is counted behind its answer.
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		assert.NoError(c, testutil.CollectAndCompare(metrics, strings.NewReader(want), "tornado_http_requests_total"))
	}, 5*time.Second, time.Millisecond)
	problems, err := testutil.CollectAndLint(metrics)
	require.NoError(t, err)
	require.Empty(t, problems)
	page := ask("GET", "/metrics")
	require.Contains(t, page, `tornado_http_response_size_bytes_total{method="GET",route="hello"} 10`)
	require.Contains(t, page, `tornado_http_request_duration_seconds_count{method="GET",route="/x/(.*)"} 2`)
}
