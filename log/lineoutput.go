package log

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// BatchDelay is the longest time that lines of the access log wait for others.
const BatchDelay = 20 * time.Millisecond

// maxPending is the largest number of bytes that wait for a slow output. Further lines are lost
// and counted.
const maxPending = 1 << 20

// keptBuffer is the largest capacity of a buffer that is used again.
const keptBuffer = maxPending / 4

var errSlow = errors.New("the output is too slow")

// An output writes whole lines to w, in the order in which they were added.
type output struct {
	w      io.Writer
	batch  bool                               // whether batchable lines are delayed
	notice func(lost int64, why error) []byte // returns a line
	lost   atomic.Int64

	mu        sync.Mutex // guards the fields below; it is not held during a write
	pending   []byte
	spare     []byte
	timer     *time.Timer // of the next batch
	scheduled bool        // whether timer runs
	full      bool        // a goroutine was started because the batch is full

	writing  sync.Mutex // guards w and the fields below
	torn     bool       // the last write to w has ended in the middle of a line
	reported int64      // of lost
	why      error      // of the last loss
}

// Write adds lines, which end in a newline. It never fails: see written.
func (o *output) Write(lines []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.pending)+len(lines) > maxPending && len(o.pending) > 0 {
		o.lose(int64(bytes.Count(lines, newline)))
		return len(lines), nil
	}
	o.pending = append(o.pending, lines...)
	return len(lines), nil
}

var newline = []byte{'\n'}

// makeRoom waits for a slow output if much is pending. It is called for a record that is not
// batched, so that pending lines of the access log do not cause the loss of the record.
func (o *output) makeRoom() {
	o.mu.Lock()
	wait := len(o.pending) > maxPending/2
	o.mu.Unlock()
	if wait {
		_ = o.flushPending() // lost lines are counted
	}
}

// lose counts n lines that could not be written.
func (o *output) lose(n int64) {
	o.lost.Add(n)
	lost.Add(n)
}

// batchSize is the number of bytes that make a batch full. A full batch is written without a
// delay.
const batchSize = 32 << 10

// schedule causes the pending lines to be written later. The caller holds o.mu.
func (o *output) schedule() {
	switch {
	case len(o.pending) >= batchSize && !o.full:
		o.full = true
		go o.flushPending() // counts lost lines
	case o.scheduled:
	case o.timer == nil:
		o.scheduled = true
		o.timer = time.AfterFunc(BatchDelay, o.flushScheduled)
	default:
		o.scheduled = true
		o.timer.Reset(BatchDelay)
	}
}

// written writes the lines that were added before it returns, or later if they are batchable.
func (o *output) written(batchable bool) error {
	if !batchable || !o.batch {
		return o.flushPending()
	}
	o.mu.Lock()
	o.schedule()
	o.mu.Unlock()
	return nil
}

func (o *output) flushScheduled() {
	o.mu.Lock()
	o.scheduled = false
	o.mu.Unlock()
	_ = o.flushPending() // lost lines are counted
}

// flushPending writes the pending lines and returns the error of the write.
func (o *output) flushPending() error {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.mu.Lock()
	lines := o.pending
	o.pending, o.spare, o.full = o.spare, nil, false
	o.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	err := o.writeLines(lines)
	if cap(lines) <= keptBuffer {
		o.mu.Lock()
		o.spare = lines[:0]
		o.mu.Unlock()
	}
	return err
}

// writeLines writes lines. If lines were lost before, it writes a notice first.
func (o *output) writeLines(lines []byte) error {
	if lost := o.lost.Load(); lost > o.reported && o.notice != nil {
		why := o.why
		if why == nil {
			why = errSlow
		}
		if err := o.writeWhole(o.notice(lost-o.reported, why)); err != nil {
			o.lose(int64(bytes.Count(lines, newline)))
			return err
		}
		o.reported, o.why = lost, nil
	}
	n, err := o.writeFrom(lines)
	if err != nil {
		o.lose(int64(bytes.Count(lines[n:], newline)))
	}
	return err
}

func (o *output) writeWhole(line []byte) error {
	_, err := o.writeFrom(line)
	return err
}

// writeFrom writes lines and returns the number of bytes written. If the last write has ended in
// the middle of a line, writeFrom writes a newline in place of the rest of that line.
func (o *output) writeFrom(lines []byte) (int, error) {
	if o.torn {
		if _, err := o.w.Write(newline); err != nil {
			o.why = err
			return 0, err
		}
		o.torn = false
	}
	n, err := o.w.Write(lines)
	if err == nil && n < len(lines) {
		err = io.ErrShortWrite
	}
	if err != nil {
		o.why = err
		o.torn = n > 0 && lines[n-1] != '\n'
	}
	return n, err
}
