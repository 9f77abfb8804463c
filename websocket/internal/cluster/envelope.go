// Package cluster holds the parts of websocket.Cluster that need no broker, no clock and no
// goroutine: the envelopes that processes send each other, and the state that a process keeps
// about the other processes.
package cluster

import (
	"encoding/binary"
	"errors"
)

// A Kind says what an envelope carries.
type Kind uint8

// The kinds of version 1. Receivers drop envelopes of an unknown kind.
const (
	KindMessage  Kind = iota // a message to the members of a group
	KindBeat                 // the sender is alive
	KindGoodbye              // the sender leaves the cluster
	KindCame                 // presence: entries that were added
	KindLeft                 // presence: entries that were removed
	KindSnapshot             // presence: all entries of the sender
	KindQuery                // presence: every process is asked for its entries
	KindReturned             // the sender has connected again and waits for a beat of each process
	kinds
)

const (
	version     = 1
	flagBinary  = 1
	flagMore    = 2
	fixedLength = 10
	// maxHead is the size of the largest head: the fixed part and two uvarints.
	maxHead = fixedLength + 2*binary.MaxVarintLen64
)

// ErrEnvelope is the error for bytes that are not an envelope of this version.
var ErrEnvelope = errors.New("cluster: not an envelope of version 1")

// An Envelope is one publication between processes. Its encoding is a byte for version and
// kind, a byte of flags, 8 bytes of Sender in big endian, Run and Number as uvarints, and
// the Payload.
type Envelope struct {
	Kind    Kind
	Binary  bool   // the message is binary
	More    bool   // another part of the same snapshot follows
	Sender  uint64 // identifies the process; a restarted process has another one
	Run     uint64 // grows when the sender makes a group afresh, and Number begins again
	Number  uint64 // counts the envelopes of a sender, run and topic, from 1
	Payload []byte
}

// AppendEnvelope appends the encoding of e to b.
func AppendEnvelope(b []byte, e *Envelope) []byte {
	flags := byte(0)
	if e.Binary {
		flags |= flagBinary
	}
	if e.More {
		flags |= flagMore
	}
	b = append(b, version<<4|byte(e.Kind), flags)
	b = binary.BigEndian.AppendUint64(b, e.Sender)
	b = binary.AppendUvarint(b, e.Run)
	b = binary.AppendUvarint(b, e.Number)
	return append(b, e.Payload...)
}

// Encode returns the encoding of e.
func (e *Envelope) Encode() []byte {
	return AppendEnvelope(make([]byte, 0, fixedLength+4+len(e.Payload)), e)
}

// ParseEnvelope returns the envelope that data encodes. The Payload refers to data.
func ParseEnvelope(data []byte) (Envelope, error) {
	if len(data) < fixedLength || data[0]>>4 != version || Kind(data[0]&15) >= kinds || data[1]&^(flagBinary|flagMore) != 0 {
		return Envelope{}, ErrEnvelope
	}
	e := Envelope{Kind: Kind(data[0] & 15), Binary: data[1]&flagBinary != 0, More: data[1]&flagMore != 0,
		Sender: binary.BigEndian.Uint64(data[2:])}
	rest := data[fixedLength:]
	for _, field := range []*uint64{&e.Run, &e.Number} {
		n, size := binary.Uvarint(rest)
		if size <= 0 {
			return Envelope{}, ErrEnvelope
		}
		*field, rest = n, rest[size:]
	}
	e.Payload = rest
	return e, nil
}
