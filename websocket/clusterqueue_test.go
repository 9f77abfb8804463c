package websocket

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// publicationOf returns a publication of size bytes in a queue.
func publicationOf(name string, size int) Publication {
	p := Publication{Topic: name}
	p.Data = make([]byte, size-queuedSize(&p))
	return p
}

func batchNames(batch []Publication) string {
	names := make([]string, len(batch))
	for i, p := range batch {
		names[i] = p.Topic
	}
	return strings.Join(names, " ")
}

// checkCounts requires that the counters of q add up. cluster-42
func checkCounts(t *testing.T, q *publicationQueue) {
	t.Helper()
	require.Equal(t, q.published, q.taken+q.dropped+q.refused+uint64(q.pending()))
	bytes := 0
	for _, l := range [][]Publication{q.batch, q.waiting} {
		for i := range l {
			bytes += queuedSize(&l[i])
		}
	}
	require.Equal(t, bytes, q.bytes)
	require.LessOrEqual(t, q.bytes, q.max)
}

func TestPublicationQueue(t *testing.T) { // cluster-13
	q := publicationQueue{max: 1000}
	for i := range 4 {
		q.add(publicationOf(fmt.Sprint("a", i), 300))
		checkCounts(t, &q)
	}
	require.Equal(t, "a1 a2 a3", batchNames(q.nextBatch()), "the oldest was dropped")
	q.add(publicationOf("b0", 300))
	checkCounts(t, &q)
	require.Equal(t, uint64(2), q.dropped, "a batch that is being published is not dropped")
	require.Equal(t, "a1 a2 a3", batchNames(q.nextBatch()), "a batch that failed is published again")
	q.batchTaken()
	checkCounts(t, &q)
	require.Empty(t, q.nextBatch())

	q.add(publicationOf("large", 1001))
	require.Equal(t, uint64(3), q.dropped, "a publication larger than the queue")
	q.add(publicationOf("fits", 1000))
	require.Equal(t, "fits", batchNames(q.nextBatch()))
	q.batchTaken()
	checkCounts(t, &q)
}

func TestPublicationQueueRefused(t *testing.T) { // cluster-11
	q := publicationQueue{max: 1 << 20}
	for i := range 3 {
		q.add(publicationOf(fmt.Sprint("a", i), 300))
	}
	q.nextBatch()
	q.batchRefused(1)
	checkCounts(t, &q)
	require.Equal(t, "a0 a2", batchNames(q.nextBatch()))
	q.batchTaken()
	checkCounts(t, &q)
	require.Equal(t, uint64(1), q.refused)
}

func TestPublicationQueueBatches(t *testing.T) {
	q := publicationQueue{max: 8 << 20}
	for i := range maxBatch + 1 {
		q.add(publicationOf(fmt.Sprint(i), 200))
	}
	require.Len(t, q.nextBatch(), maxBatch)
	q.batchTaken()
	require.Len(t, q.nextBatch(), 1)
	q.batchTaken()
	for i := range 4 {
		q.add(publicationOf(fmt.Sprint(i), maxBatchBytes/2))
	}
	require.Len(t, q.nextBatch(), 2)
	q.batchTaken()
	q.add(publicationOf("large", 3*maxBatchBytes))
	require.Len(t, q.nextBatch(), 2)
	q.batchTaken()
	require.Len(t, q.nextBatch(), 1, "a publication larger than a batch is a batch of its own")
	q.batchTaken()
	checkCounts(t, &q)
}
