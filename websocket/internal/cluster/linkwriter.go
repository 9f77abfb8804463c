package cluster

import (
	"errors"
	"slices"
	"time"

	"github.com/gotornado/tornado/log"
)

// writerWork is the work that waits for writeLoop, without the publications of groups.
type writerWork struct {
	reopen      bool
	subscribe   []string
	unsubscribe []string
	control     []QueuedPublication
	held        bool // publications of groups must wait
}

// takeWork returns the work that waits, without the publications of groups.
func (k *BrokerLink) takeWork() writerWork {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := writerWork{reopen: k.reopen, control: k.control, held: k.membership.Holds(k.now())}
	for topic, wanted := range k.changes {
		if wanted {
			w.subscribe = append(w.subscribe, topic)
		} else {
			w.unsubscribe = append(w.unsubscribe, topic)
		}
	}
	clear(k.changes)
	k.reopen, k.control = false, nil
	return w
}

// writeLoop calls the broker until Leave ends it.
func (k *BrokerLink) writeLoop() {
	failures := 0
	for {
		err := k.doWork(k.takeWork())
		if err == nil {
			failures = 0
		} else {
			failures++
		}
		if !k.awaitWork(err, failures) {
			return
		}
	}
}

// awaitWork waits until there is work, or until the time for another try after err. It returns
// false when the link ends.
func (k *BrokerLink) awaitWork(err error, failures int) bool {
	var retry <-chan time.Time
	if err != nil {
		timer := time.NewTimer(ReconnectDelay(failures - 1))
		defer timer.Stop()
		retry = timer.C
	}
	select {
	case <-k.ending:
		return false
	case <-k.wake:
	case <-retry:
	}
	return true
}

// doWork calls the broker for w, and for the publications of groups that wait.
func (k *BrokerLink) doWork(w writerWork) error {
	if w.reopen {
		k.transport.Close()
		if err := k.transport.Open(k); err != nil {
			k.Connected(err)
		}
	}
	if len(w.subscribe) > 0 {
		k.transport.Subscribe(w.subscribe)
	}
	if len(w.unsubscribe) > 0 {
		k.transport.Unsubscribe(w.unsubscribe)
	}
	if len(w.control) > 0 { // a beat that is lost is followed by another one
		k.transport.Publish(w.control)
	}
	if w.held && !k.isIdle() {
		return nil
	}
	return k.publishWaiting()
}

// isIdle reports whether no publication of a group waits.
func (k *BrokerLink) isIdle() bool {
	k.queueMutex.Lock()
	defer k.queueMutex.Unlock()
	return k.queue.Counts().Pending == 0
}

// publishWaiting publishes the oldest batch.
func (k *BrokerLink) publishWaiting() error {
	k.queueMutex.Lock()
	batch := k.queue.NextBatch()
	k.queueMutex.Unlock()
	var err error
	if len(batch) > 0 {
		err = k.transport.Publish(batch)
	}
	k.queueMutex.Lock()
	defer k.queueMutex.Unlock()
	var tooLarge *TooLargeError
	switch {
	case len(batch) == 0:
	case err == nil:
		k.queue.BatchTaken()
	case errors.As(err, &tooLarge):
		k.refuse(batch[tooLarge.Index], tooLarge)
		k.queue.BatchRefused(tooLarge.Index)
	default:
		return err
	}
	if k.queue.Counts().Pending > 0 {
		signal(k.wake)
	} else if k.flushed != nil {
		close(k.flushed)
		k.flushed = nil
	}
	return nil
}

// refuse logs a publication that is too large for the broker, once for each topic.
func (k *BrokerLink) refuse(p QueuedPublication, err error) {
	if len(k.tooLarge) < 100 && !slices.Contains(k.tooLarge, p.Topic) {
		k.tooLarge = append(k.tooLarge, p.Topic)
		log.Gen().Warn("A message did not leave this process.", "topic", p.Topic, "bytes", len(p.Data), "error", err)
	}
}
