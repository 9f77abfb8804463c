package prometheus_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web/prometheus"
)

// The collector counts fetches that got a response, and one that did not.
func TestClientCollector(t *testing.T) {
	metrics := prometheus.NewClient(prometheus.Options{Buckets: []float64{1}})
	for _, r := range []httpclient.FetchRecord{
		{Method: "GET", Host: "a", Code: 200, Phase: httpclient.PhaseDone, Duration: time.Second},
		{Method: "GET", Host: "a", Code: 404, Phase: httpclient.PhaseDone, Duration: time.Minute, Err: errors.New("404")},
		{Method: "BREW", Host: "b", Code: 599, Phase: httpclient.PhaseConnect, Queue: time.Second, Err: errors.New("refused")},
	} {
		metrics.Observe(r)
	}
	const want = `
# HELP tornado_http_client_failures_total Fetches without a response.
# TYPE tornado_http_client_failures_total counter
tornado_http_client_failures_total{host="b",phase="connecting"} 1
# HELP tornado_http_client_queue_duration_seconds Time in the queue.
# TYPE tornado_http_client_queue_duration_seconds histogram
tornado_http_client_queue_duration_seconds_bucket{le="1"} 3
tornado_http_client_queue_duration_seconds_bucket{le="+Inf"} 3
tornado_http_client_queue_duration_seconds_sum 1
tornado_http_client_queue_duration_seconds_count 3
# HELP tornado_http_client_request_duration_seconds Time from the call to the end of the fetch, with the queue and redirects.
# TYPE tornado_http_client_request_duration_seconds histogram
tornado_http_client_request_duration_seconds_bucket{host="a",method="GET",le="1"} 1
tornado_http_client_request_duration_seconds_bucket{host="a",method="GET",le="+Inf"} 2
tornado_http_client_request_duration_seconds_sum{host="a",method="GET"} 61
tornado_http_client_request_duration_seconds_count{host="a",method="GET"} 2
tornado_http_client_request_duration_seconds_bucket{host="b",method="other",le="1"} 1
tornado_http_client_request_duration_seconds_bucket{host="b",method="other",le="+Inf"} 1
tornado_http_client_request_duration_seconds_sum{host="b",method="other"} 0
tornado_http_client_request_duration_seconds_count{host="b",method="other"} 1
# HELP tornado_http_client_requests_total Fetches that have ended.
# TYPE tornado_http_client_requests_total counter
tornado_http_client_requests_total{code="200",host="a",method="GET"} 1
tornado_http_client_requests_total{code="404",host="a",method="GET"} 1
tornado_http_client_requests_total{code="599",host="b",method="other"} 1
`
	require.NoError(t, testutil.CollectAndCompare(metrics, strings.NewReader(want)))
	problems, err := testutil.CollectAndLint(metrics)
	require.NoError(t, err)
	require.Empty(t, problems)
}
