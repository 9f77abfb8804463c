package websocket

// A publicationQueue holds the publications that wait for the broker, up to a number of bytes.
// Its batch is being published, or is published again after a failure.
type publicationQueue struct {
	max     int // bytes of batch and waiting
	batch   []Publication
	waiting []Publication
	bytes   int

	published uint64 // all publications that were added
	taken     uint64 // those that the broker has taken
	dropped   uint64 // those that were dropped because the queue was full
	refused   uint64 // those that were too large for the broker
}

// The largest batch that is published at once.
const (
	maxBatch      = 256
	maxBatchBytes = 1 << 20
)

// queuedSize is the size of a publication in a queue: its text and the fields.
func queuedSize(p *Publication) int { return 96 + len(p.Topic) + len(p.Data) }

// add adds p. If the queue is full, the oldest publications outside the batch are dropped. If
// that is not enough, p is dropped.
func (q *publicationQueue) add(p Publication) {
	q.published++
	size := queuedSize(&p)
	for q.bytes+size > q.max && len(q.waiting) > 0 {
		q.removeOldest()
		q.dropped++
	}
	if q.bytes+size > q.max {
		q.dropped++
		return
	}
	q.waiting = append(q.waiting, p)
	q.bytes += size
}

// removeOldest removes the first publication outside the batch, and returns it.
func (q *publicationQueue) removeOldest() Publication {
	p := q.waiting[0]
	q.waiting[0] = Publication{} // the array stays until append moves the rest
	if q.waiting = q.waiting[1:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	q.bytes -= queuedSize(&p)
	return p
}

// nextBatch returns the publications that are published next. They stay in the queue until
// batchTaken or batchRefused; after a failure they come again. The caller must not change them.
func (q *publicationQueue) nextBatch() []Publication {
	if len(q.batch) > 0 {
		return q.batch // the last one has failed
	}
	bytes := 0
	for len(q.waiting) > 0 && len(q.batch) < maxBatch {
		bytes += queuedSize(&q.waiting[0])
		if len(q.batch) > 0 && bytes > maxBatchBytes {
			break
		}
		p := q.removeOldest()
		q.batch = append(q.batch, p)
		q.bytes += queuedSize(&p)
	}
	return q.batch
}

// batchTaken removes the batch, which the broker has taken.
func (q *publicationQueue) batchTaken() {
	q.taken += uint64(len(q.batch))
	for i := range q.batch {
		q.bytes -= queuedSize(&q.batch[i])
	}
	q.batch = nil
}

// batchRefused removes one publication of the batch, which is too large for the broker. The
// rest of the batch is published again.
func (q *publicationQueue) batchRefused(index int) {
	q.refused++
	q.bytes -= queuedSize(&q.batch[index])
	q.batch = append(q.batch[:index:index], q.batch[index+1:]...)
}

// pending returns the number of publications that wait for the broker.
func (q *publicationQueue) pending() int { return len(q.batch) + len(q.waiting) }
