package websocket

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// An inbox returns events in the order in which they were added, and holds no more memory than
// the waiting events need.
func TestInboxIsAQueue(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 9))
	b := new(inbox)
	put, taken := 0, 0
	for range 10000 {
		if put-taken < maxInbox && random.IntN(2) == 0 {
			b.putEvent(event{opcode: opText, payload: []byte(fmt.Sprint(put))})
			put++
			continue
		}
		ev, ok := b.takeEvent()
		if ok != (taken < put) || ok && string(ev.payload) != fmt.Sprint(taken) {
			t.Fatalf("took %q (%v) in place of %d", ev.payload, ok, taken)
		}
		if ok {
			taken++
		}
	}
	if cap(b.events) > 4*maxInbox {
		t.Errorf("room for %d events", cap(b.events))
	}
	for taken < put {
		b.takeEvent()
		taken++
	}
	for _, ev := range b.events[:cap(b.events)] {
		if ev.payload != nil {
			t.Error("the inbox still refers to a taken event")
		}
	}
	if b.bytes != 0 {
		t.Errorf("%d bytes in an empty inbox", b.bytes)
	}
}

func TestInboxIsFull(t *testing.T) {
	for _, tt := range []struct {
		messages, size int
		full, roomy    bool
	}{
		{0, 0, false, true},
		{maxInbox/2 - 1, 1, false, true},
		{maxInbox / 2, 1, false, false},
		{maxInbox - 1, 1, false, false},
		{maxInbox, 0, true, false},
		{1, maxInboxBytes/2 - 1, false, true},
		{1, maxInboxBytes / 2, false, false},
		{1, maxInboxBytes, true, false},
		{2, maxInboxBytes / 2, true, false},
	} {
		b := new(inbox)
		for range tt.messages {
			b.putEvent(event{opcode: opText, payload: make([]byte, tt.size)})
		}
		if b.isFull() != tt.full || b.hasRoom() != tt.roomy {
			t.Errorf("%d messages of %d bytes: full %v, roomy %v", tt.messages, tt.size, b.isFull(), b.hasRoom())
		}
		b.clear()
		if _, ok := b.takeEvent(); ok || b.isFull() {
			t.Errorf("%d messages of %d bytes: not empty when cleared", tt.messages, tt.size)
		}
	}
}

func TestWhatIsTakenMakesRoom(t *testing.T) {
	b := new(inbox)
	for range 3 {
		b.putEvent(event{opcode: opText, payload: make([]byte, maxInboxBytes/3+1)})
	}
	full := b.isFull()
	b.takeEvent()
	b.takeEvent()
	if !full || !b.hasRoom() {
		t.Errorf("full %v, then with a third of it roomy %v", full, b.hasRoom())
	}
}

func TestInboxesAreUsedAgain(t *testing.T) {
	var pool inboxPool
	var one, two session
	first := pool.newInbox(&one)
	second := pool.newInbox(&two)
	if first == second {
		t.Fatal("two sessions share an inbox")
	}
	first.recycle()
	if again := pool.newInbox(&two); again != first || again.session != &two {
		t.Error("an inbox that was given back is not used again")
	}
	for range 2 * maxFreeInboxes {
		(&inbox{pool: first.pool}).recycle()
	}
	if n := len(first.pool.free); n != maxFreeInboxes {
		t.Errorf("%d inboxes are kept", n)
	}
}
