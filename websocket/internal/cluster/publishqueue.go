package cluster

// A PublishQueue holds the publications that wait for the broker, up to a number of bytes. Its batch
// is being published, or is published again after a failure. P is the type of publications.
type PublishQueue[P any] struct {
	max     int          // bytes of batch and waiting
	size    func(*P) int // bytes of a publication
	batch   []P
	waiting []P
	bytes   int
	counts  QueueCounts
}

// QueueCounts says what has become of the publications that were added to a PublishQueue.
type QueueCounts struct {
	Published uint64 // all publications that were added
	Taken     uint64 // those that the broker has taken
	Dropped   uint64 // those that were dropped because the queue was full
	TooLarge  uint64 // those that were too large for the broker
	Pending   int    // those that wait
	Bytes     int    // the size of those that wait
}

// The largest batch that is published at once.
const (
	maxBatch      = 256
	maxBatchBytes = 1 << 20
)

// NewPublishQueue returns an empty queue for at most max bytes. size returns the bytes of a
// publication.
func NewPublishQueue[P any](max int, size func(*P) int) *PublishQueue[P] {
	return &PublishQueue[P]{max: max, size: size}
}

// Add adds p. If the queue is full, the oldest publications outside the batch are dropped. If
// that is not enough, p is dropped.
func (q *PublishQueue[P]) Add(p P) {
	q.counts.Published++
	size := q.size(&p)
	for q.bytes+size > q.max && len(q.waiting) > 0 {
		q.removeOldest()
		q.counts.Dropped++
	}
	if q.bytes+size > q.max {
		q.counts.Dropped++
		return
	}
	q.waiting = append(q.waiting, p)
	q.bytes += size
}

// removeOldest removes the first publication outside the batch, and returns it.
func (q *PublishQueue[P]) removeOldest() P {
	p := q.waiting[0]
	var none P
	q.waiting[0] = none // the array stays until append moves the rest
	if q.waiting = q.waiting[1:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	q.bytes -= q.size(&p)
	return p
}

// NextBatch returns the publications that are published next, or none. They stay in the queue
// until BatchTaken or BatchRefused; without these, NextBatch returns the same batch again. The
// caller must not change the batch.
func (q *PublishQueue[P]) NextBatch() []P {
	if len(q.batch) > 0 {
		return q.batch
	}
	bytes := 0
	for len(q.waiting) > 0 && len(q.batch) < maxBatch {
		bytes += q.size(&q.waiting[0])
		if len(q.batch) > 0 && bytes > maxBatchBytes {
			break
		}
		p := q.removeOldest()
		q.batch = append(q.batch, p)
		q.bytes += q.size(&p)
	}
	return q.batch
}

// BatchTaken removes the batch, which the broker has taken.
func (q *PublishQueue[P]) BatchTaken() {
	q.counts.Taken += uint64(len(q.batch))
	for i := range q.batch {
		q.bytes -= q.size(&q.batch[i])
	}
	q.batch = nil
}

// BatchRefused removes one publication of the batch, which is too large for the broker. The
// rest of the batch is published again.
func (q *PublishQueue[P]) BatchRefused(index int) {
	q.counts.TooLarge++
	q.bytes -= q.size(&q.batch[index])
	q.batch = append(q.batch[:index:index], q.batch[index+1:]...)
}

// Counts returns the counts, which add up: Published is the sum of Taken, Dropped, TooLarge
// and Pending.
func (q *PublishQueue[P]) Counts() QueueCounts {
	c := q.counts
	c.Pending, c.Bytes = len(q.batch)+len(q.waiting), q.bytes
	return c
}
