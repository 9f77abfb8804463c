package log

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// NewRotatingFile returns a log file that is renamed to path.1 before a line that would
// make it maxSize bytes or larger; older ones move to path.2 and on, and those beyond
// backups are removed. A maxSize or backups of 0 means no rotation.
// Python: RotatingFileHandler.
func NewRotatingFile(path string, maxSize int64, backups int) (*LogFile, error) {
	if maxSize <= 0 || backups <= 0 {
		return NewFile(path)
	}
	return newFile(path, bySize{maxSize, backups})
}

type bySize struct {
	max     int64
	backups int
}

func (bySize) opened(fs.FileInfo) {}

func (s bySize) fits(lines []byte, size int64, _ time.Time) int {
	if size+int64(len(lines)) < s.max {
		return len(lines)
	}
	n := 0
	for n < len(lines) {
		line := firstLine(lines[n:])
		if total := size + int64(n+line); total >= s.max && (size > 0 || n > 0) {
			break
		}
		n += line
	}
	return n
}

func (s bySize) rotate(path string, _ time.Time) error {
	for i := s.backups - 1; i > 0; i-- {
		err := os.Rename(fmt.Sprintf("%s.%d", path, i), fmt.Sprintf("%s.%d", path, i+1))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return os.Rename(path, path+".1")
}

// NewTimedRotatingFile returns a log file that is renamed after each interval of units
// of when: S, M, H or D for seconds, minutes, hours or days since it was begun,
// midnight, or W0 to W6 for the midnight after which Monday to Sunday ends. The new
// name has the beginning of the interval as its suffix, such as 2026-11-30_23-13-03.
// Of such files the newest backups stay; 0 keeps all. Python: TimedRotatingFileHandler.
func NewTimedRotatingFile(path, when string, interval, backups int) (*LogFile, error) {
	r := &byTime{when: strings.ToUpper(when), interval: interval, backups: backups}
	var ok bool
	if r.suffix, ok = suffixes[r.when]; !ok {
		return nil, fmt.Errorf("log: cannot rotate at %q; use S, M, H, D, midnight or W0 to W6", when)
	}
	if interval < 1 {
		return nil, fmt.Errorf("log: a rotation interval of %d is too small; the least is 1", interval)
	}
	return newFile(path, r)
}

const daySuffix = "2006-01-02"

// suffixes are the layouts of the times in file names, by the unit of rotation.
var suffixes = map[string]string{
	"S": "2006-01-02_15-04-05", "M": "2006-01-02_15-04", "H": "2006-01-02_15", "D": daySuffix, "MIDNIGHT": daySuffix,
	"W0": daySuffix, "W1": daySuffix, "W2": daySuffix, "W3": daySuffix, "W4": daySuffix, "W5": daySuffix, "W6": daySuffix,
}

type byTime struct {
	when, suffix string
	interval     int
	backups      int
	begun, ends  time.Time // the interval to which the lines of the open file belong
}

// opened sets the interval in which the file was last changed, because an earlier process may
// have left the file.
func (t *byTime) opened(info fs.FileInfo) {
	if info.Size() == 0 {
		t.beginInterval(time.Now())
		return
	}
	t.beginInterval(info.ModTime())
}

func (t *byTime) beginInterval(at time.Time) {
	at = at.Local().Truncate(time.Second)
	y, month, d := at.Date()
	switch t.when {
	case "S", "M", "H", "D":
		unit := map[string]time.Duration{"S": time.Second, "M": time.Minute, "H": time.Hour, "D": 24 * time.Hour}[t.when]
		t.begun, t.ends = at, at.Add(unit*time.Duration(t.interval))
	case "MIDNIGHT":
		t.begun = time.Date(y, month, d, 0, 0, 0, 0, time.Local)
		t.ends = time.Date(y, month, d+t.interval, 0, 0, 0, 0, time.Local)
	default:
		last := time.Weekday(t.when[1]-'0'+1) % 7 // W0 is Monday
		days := int(last-at.Weekday()+7)%7 + 1 + 7*(t.interval-1)
		t.ends = time.Date(y, month, d+days, 0, 0, 0, 0, time.Local)
		t.begun = time.Date(y, month, d+days-7*t.interval, 0, 0, 0, 0, time.Local)
	}
}

func (t *byTime) fits(lines []byte, size int64, now time.Time) int {
	switch {
	case now.Before(t.ends):
		return len(lines)
	case size == 0: // an empty file is not kept under another name
		t.beginInterval(now)
		return len(lines)
	}
	return 0
}

func (t *byTime) rotate(path string, _ time.Time) error {
	name := path + "." + t.begun.Format(t.suffix)
	for i := 1; exists(name); i++ { // of a process that was restarted meanwhile
		name = fmt.Sprintf("%s.%s.%d", path, t.begun.Format(t.suffix), i)
	}
	if err := os.Rename(path, name); err != nil {
		return err
	}
	return t.removeOld(path)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

var timeSuffix = regexp.MustCompile(`^\d{4}-\d\d-\d\d(_\d\d(-\d\d(-\d\d)?)?)?(\.\d+)?$`)

// removeOld removes the oldest files whose suffix is a time.
func (t *byTime) removeOld(path string) error {
	if t.backups <= 0 {
		return nil
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	var found []string
	for _, e := range entries {
		suffix, ok := strings.CutPrefix(e.Name(), filepath.Base(path)+".")
		if ok && timeSuffix.MatchString(suffix) {
			found = append(found, suffix)
		}
	}
	slices.SortFunc(found, compareSuffixes)
	for _, suffix := range found[:max(len(found)-t.backups, 0)] {
		if err := os.Remove(path + "." + suffix); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// compareSuffixes compares by time, then by the number that follows the time.
func compareSuffixes(a, b string) int {
	if len(a) != len(b) && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) || !strings.Contains(a, ".") || !strings.Contains(b, ".") {
		return strings.Compare(a, b)
	}
	aTime, aN, _ := strings.Cut(a, ".")
	bTime, bN, _ := strings.Cut(b, ".")
	if aTime != bTime || len(aN) == len(bN) {
		return strings.Compare(a, b)
	}
	return len(aN) - len(bN)
}
