package http1

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func compress(texts ...string) string {
	var b bytes.Buffer
	for _, text := range texts {
		z := gzip.NewWriter(&b)
		io.WriteString(z, text)
		z.Close()
	}
	return b.String()
}

// FuzzInflater checks that an inflater gives the same bytes as the standard library, or fails as
// it does, however the input is split.
func FuzzInflater(f *testing.F) {
	f.Add([]byte(compress("hello")), 3)
	f.Add([]byte(compress("hel", "lo")), 1)
	f.Add([]byte(compress(strings.Repeat("0123456789", 10_000)))[:50], 7)
	f.Add([]byte(compress("hello"))[:14], 100)
	f.Add([]byte(compress("hello")+"x"), 2)
	f.Fuzz(func(t *testing.T, data []byte, step int) {
		if step < 1 || len(data) == 0 {
			return
		}
		want, wantErr := []byte(nil), error(nil)
		z, err := gzip.NewReader(bytes.NewReader(data))
		if wantErr = err; err == nil {
			want, wantErr = io.ReadAll(io.LimitReader(z, 1<<20))
			if len(want) == 1<<20 {
				return
			}
		}
		got, gotErr := inflateIn(data, step)
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("got %v, want %v", gotErr, wantErr)
		}
		if wantErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("got %d bytes, want %d", len(got), len(want))
		}
	})
}

func inflateIn(data []byte, step int) (out []byte, err error) {
	f := NewInflater(100)
	defer f.Stop()
	for at := 0; at < len(data); at += step {
		f.SetInput(data[at:min(len(data), at+step)])
		for {
			piece, err := f.NextPiece()
			if err != nil {
				return nil, err
			}
			if piece == nil {
				break
			}
			out = append(out, piece...)
		}
	}
	return out, f.FinishInput()
}
