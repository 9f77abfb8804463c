package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// helperLife is the lifetime of a program that a successor starts.
const helperLife = 30 * time.Second

// succeed is a program that starts its successor. ACT says what the successor does with the
// file that it inherits.
func succeed() {
	if _, is := os.LookupEnv(successorVariable); is && os.Getenv("ACT") == "die, but not its helper" {
		exec.Command("sleep", fmt.Sprint(helperLife.Seconds())).Start() // sleep inherits the descriptors that Inherited has not taken yet
		return
	}
	files, err := Inherited()
	if err != nil {
		fmt.Println("error:", err)
		return
	}
	if files != nil {
		beSuccessor(files)
		return
	}
	f, _ := os.CreateTemp("", "successor")
	os.Remove(f.Name())
	f.WriteString("a legacy")
	limit := patience // the default is long, because a slow machine needs seconds to start a program
	switch os.Getenv("ACT") {
	case "hang":
		limit = time.Second
	case "die, but not its helper":
		limit = helperLife * 2 / 3
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	p, err := StartSuccessor(ctx, []*os.File{f})
	_, used := f.Write(nil)
	fmt.Println("predecessor:", p != nil, errors.Is(err, ErrSuccessorFailed), errors.Is(err, context.DeadlineExceeded), errors.Is(used, os.ErrClosed))
	if p != nil {
		fmt.Println("ready:", Ready())
		io.Copy(io.Discard, os.Stdin) // the successor has this end too
	}
}

func beSuccessor(files []*os.File) {
	again, _ := Inherited()
	text := make([]byte, 100)
	n, _ := files[0].ReadAt(text, 0)
	_, set := os.LookupEnv(successorVariable)
	switch os.Getenv("ACT") {
	case "ready":
		fmt.Println("successor:", len(files), len(again), string(text[:n]), set, Ready(), Ready())
	case "die":
	case "hang":
		select {}
	}
}

func TestSuccessorInheritsFilesAndIsReady(t *testing.T) {
	for act, want := range map[string]string{
		"ready":                   ";predecessor: true false false true;ready: <nil>;successor: 1 1 a legacy false <nil> <nil>",
		"die":                     ";predecessor: false true false true",
		"die, but not its helper": ";predecessor: false true false true",
		"hang":                    ";predecessor: false false true true",
	} {
		t.Run(act, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), "PROCESS_TEST=predecessor", "ACT="+act)
			out, err := cmd.Output()
			lines := strings.Split(string(out), "\n") // of two processes, in any order
			if slices.Sort(lines); strings.Join(lines, ";") != want || err != nil {
				t.Errorf("got %q, %v, want %q", lines, err, want)
			}
		})
	}
}

// A call of Ready counts even if the parent sees the end of the successor first.
func TestReadNow(t *testing.T) {
	reading, writing, err := os.Pipe()
	require.NoError(t, err)
	defer reading.Close()
	defer writing.Close()
	reading.SetReadDeadline(time.Now())
	require.Equal(t, 0, readNow(reading))
	writing.Write([]byte("1"))
	reading.SetReadDeadline(time.Now())
	require.Equal(t, 1, readNow(reading))
	writing.Close()
	require.Equal(t, 0, readNow(reading))
}

func TestInvalidInheritance(t *testing.T) {
	for _, value := range []string{"", "x", "-1", "01", "1 "} {
		if err := takeInheritance(value).err; err == nil || !strings.Contains(err.Error(), "not from StartSuccessor") {
			t.Errorf("%q: %v", value, err)
		}
	}
	files, err := Inherited()
	require.NoError(t, err)
	require.Empty(t, files)
	require.NoError(t, Ready(), "no predecessor waits")
}
