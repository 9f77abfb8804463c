package websocket

import (
	"context"
	"time"
)

// leaveCode is the code with which Leave closes members: the server goes away (RFC 6455,
// section 7.4.1).
const leaveCode = 1001

// leaveStep is the shortest pause between two members that Leave closes.
const leaveStep = 10 * time.Millisecond

// Leave ends the cluster of a process that is about to end. It closes the members of all groups
// with code 1001, evenly over spread, so that their clients do not all connect elsewhere at
// once. Members that are added later are closed at once. Then it sends the messages that wait
// for the broker, tells the other processes, and closes the connection to the broker. If ctx is
// done first, Leave closes the rest at once, drops the messages that wait, and returns the
// error of ctx. Call Shutdown of the server after Leave. Any goroutine may call Leave, except
// that of a loop, because Leave blocks: use [ioloop.RunInExecutor] there.
func (c *Cluster) Leave(ctx context.Context, spread time.Duration) error {
	c.leaving.Lock()
	defer c.leaving.Unlock()
	if c.departed.Swap(true) {
		return nil // another call has done it
	}
	err := c.closeMembers(ctx, spread)
	if c.link == nil {
		return err
	}
	if err == nil {
		err = c.link.Flush(ctx)
	}
	c.link.Stop()
	return err
}

// closeMembers closes the members of all groups over spread.
func (c *Cluster) closeMembers(ctx context.Context, spread time.Duration) error {
	groups, total := c.allGroups(), 0
	for _, g := range groups {
		g.drained(leaveCode, "") // makes Add close the members that are added from now on
		total += g.Len()
	}
	p := newPace(ctx, total, spread)
	for _, g := range groups {
		for _, s := range g.allMembers() {
			if p.wait() != nil {
				break
			}
			s.Loop().AddCallback(func() { s.Close(leaveCode, "") })
		}
		g.Close(leaveCode, "")
	}
	return ctx.Err()
}

// allGroups returns the groups that are not garbage.
func (c *Cluster) allGroups() []*Group {
	c.mu.RLock()
	defer c.mu.RUnlock()
	groups := make([]*Group, 0, len(c.groups))
	for _, p := range c.groups {
		if g := p.Value(); g != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// allMembers returns the members of this process. Any goroutine may call it.
func (g *Group) allMembers() []*WebSocketHandler {
	g.mu.Lock()
	defer g.mu.Unlock()
	all := make([]*WebSocketHandler, 0, g.count)
	for _, r := range g.loops {
		all = append(all, r.members...)
	}
	return all
}

// A pace spreads calls evenly over a time.
type pace struct {
	ctx   context.Context
	start time.Time
	step  time.Duration
	calls int
}

func newPace(ctx context.Context, calls int, spread time.Duration) *pace {
	return &pace{ctx: ctx, start: time.Now(), step: spread / time.Duration(max(calls, 1))}
}

// wait waits until the time of the next call. It returns the error of the context.
func (p *pace) wait() error {
	due := p.start.Add(time.Duration(p.calls) * p.step)
	p.calls++
	if d := time.Until(due); d >= leaveStep {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.ctx.Done():
		}
	}
	return p.ctx.Err()
}
