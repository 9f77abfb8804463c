package cluster

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sizedPublication is a publication with a name and a size.
type sizedPublication struct {
	name string
	size int
}

func newSizedQueue(max int) *PublishQueue[sizedPublication] {
	return NewPublishQueue(max, func(p *sizedPublication) int { return p.size })
}

func batchNames(batch []sizedPublication) string {
	names := make([]string, len(batch))
	for i, p := range batch {
		names[i] = p.name
	}
	return strings.Join(names, " ")
}

// checkCounts requires that the counts of q add up. cluster-42
func checkCounts(t *testing.T, q *PublishQueue[sizedPublication]) {
	t.Helper()
	c := q.Counts()
	require.Equal(t, c.Published, c.Taken+c.Dropped+c.TooLarge+uint64(c.Pending))
	bytes := 0
	for _, l := range [][]sizedPublication{q.batch, q.waiting} {
		for _, p := range l {
			bytes += p.size
		}
	}
	require.Equal(t, bytes, c.Bytes)
	require.LessOrEqual(t, c.Bytes, q.max)
}

func TestPublishQueue(t *testing.T) { // cluster-13
	q := newSizedQueue(1000)
	for i := range 4 {
		q.Add(sizedPublication{fmt.Sprint("a", i), 300})
		checkCounts(t, q)
	}
	require.Equal(t, "a1 a2 a3", batchNames(q.NextBatch()), "the oldest was dropped")
	q.Add(sizedPublication{"b0", 300})
	checkCounts(t, q)
	require.Equal(t, uint64(2), q.Counts().Dropped, "a batch that is being published is not dropped")
	require.Equal(t, "a1 a2 a3", batchNames(q.NextBatch()), "a batch that failed is published again")
	q.BatchTaken()
	checkCounts(t, q)
	require.Empty(t, q.NextBatch())

	q.Add(sizedPublication{"large", 1001})
	require.Equal(t, uint64(3), q.Counts().Dropped, "a publication larger than the queue")
	q.Add(sizedPublication{"fits", 1000})
	require.Equal(t, "fits", batchNames(q.NextBatch()))
	q.BatchTaken()
	checkCounts(t, q)
}

func TestPublishQueueBatchRefused(t *testing.T) { // cluster-11
	q := newSizedQueue(1000)
	for i := range 3 {
		q.Add(sizedPublication{fmt.Sprint("a", i), 300})
	}
	q.NextBatch()
	q.BatchRefused(1)
	checkCounts(t, q)
	require.Equal(t, "a0 a2", batchNames(q.NextBatch()))
	q.BatchTaken()
	checkCounts(t, q)
	require.Equal(t, uint64(1), q.Counts().TooLarge)
}

func TestPublishQueueBatchSize(t *testing.T) {
	q := newSizedQueue(8 << 20)
	for i := range maxBatch + 1 {
		q.Add(sizedPublication{fmt.Sprint(i), 200})
	}
	require.Len(t, q.NextBatch(), maxBatch)
	q.BatchTaken()
	require.Len(t, q.NextBatch(), 1)
	q.BatchTaken()
	for i := range 4 {
		q.Add(sizedPublication{fmt.Sprint(i), maxBatchBytes / 2})
	}
	require.Len(t, q.NextBatch(), 2)
	q.BatchTaken()
	q.Add(sizedPublication{"large", 3 * maxBatchBytes})
	require.Len(t, q.NextBatch(), 2)
	q.BatchTaken()
	require.Len(t, q.NextBatch(), 1, "a publication larger than a batch is a batch of its own")
	q.BatchTaken()
	checkCounts(t, q)
}
