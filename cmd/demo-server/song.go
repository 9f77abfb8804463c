package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"time"

	"github.com/gotornado/tornado/web"
)

// snippet

// songFile serves a file that does not exist: its bytes are computed on request.
type songFile struct{ web.StaticFileHandler }

func (h *songFile) ValidateAbsolutePath(root, path string) (string, error) { return path, nil }

func (h *songFile) GetContentSize() (int64, error) { return songSize, nil }

func (h *songFile) GetContent(path string, start, end int64) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(song{}, start, end-start)), nil
}

// end snippet

// GetModifiedTime returns a fixed time, because the song never changes.
func (h *songFile) GetModifiedTime() (time.Time, error) {
	return time.Date(2009, 9, 10, 0, 0, 0, 0, time.UTC), nil
}

// GetContentVersion returns a fixed version, which saves hashing ten minutes of music.
func (h *songFile) GetContentVersion(path string) (string, error) { return "song-1", nil }

// GetContentType returns the type by which browsers recognize WAVE files.
func (h *songFile) GetContentType() string { return "audio/wav" }

// The song has one channel, with eight bits per sample.
const (
	songRate    = 22050 // samples, which are bytes, per second
	songSeconds = 600
	songHeader  = 44 // bytes
	songSize    = songHeader + songRate*songSeconds
)

// A song can be read like the file it stands for.
type song struct{}

// ReadAt implements [io.ReaderAt].
func (song) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < songHeader {
		n = copy(p, songHead()[offset:])
	}
	for ; n < len(p) && offset+int64(n) < songSize; n++ {
		p[n] = songSample(int(offset) + n - songHeader)
	}
	if n < len(p) {
		err = io.EOF
	}
	return n, err
}

// songHead returns the header of a RIFF WAVE file.
func songHead() []byte {
	var b bytes.Buffer
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, uint32(songSize-8))
	b.WriteString("WAVEfmt ")
	binary.Write(&b, binary.LittleEndian, struct {
		Size             uint32
		Format, Channels uint16
		Rate, ByteRate   uint32
		Align, Bits      uint16
	}{16, 1, 1, songRate, songRate, 1, 8})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(songSize-songHeader))
	return b.Bytes()
}

// songSample returns one sample. The song has fading notes of a pentatonic scale, each a third
// of a second long, in an order that rarely repeats.
func songSample(i int) byte {
	const length = songRate / 3
	note, at := i/length, i%length
	scale := [...]float64{220, 247.5, 275, 330, 366.67, 440, 495, 550}
	frequency := scale[(note*5+note/7+note*note/11)%len(scale)]
	fade := 1 - float64(at)/length
	return byte(128 + 60*fade*math.Sin(2*math.Pi*frequency*float64(at)/songRate))
}

// songPage serves the page that plays songFile.
type songPage struct{ page }

func (h *songPage) Get(args ...string) error { return h.render("song.html", nil) }
