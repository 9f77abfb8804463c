package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

func startReceiver(t *testing.T, args ...string) *demotest.Program {
	return demotest.StartNeighbor(t, "../file_receiver", args...)
}

// write returns the path of a new file.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// upload runs the uploader, and returns its output and its exit status.
func upload(t *testing.T, receiver *demotest.Program, args ...string) (string, int) {
	t.Helper()
	return demotest.Run(t, append([]string{"--server=" + receiver.URL("")}, args...)...)
}

func TestPostOfSeveralFiles(t *testing.T) {
	receiver := startReceiver(t)
	output, status := upload(t, receiver, write(t, "one.png", "12345"), write(t, "my café.bin2", strings.Repeat("x", 100_000)))
	require.Equal(t, 0, status, output)
	require.Contains(t, output, `code=200, reason="OK"`)
	receiver.WaitForOutput("POST filename=one.png type=image/png bytes=5")
	receiver.WaitForOutput(`POST filename="my café.bin2" type=application/octet-stream bytes=100000`)
}

// Quotes and line ends in a name end neither the name nor the header.
func TestNamesAreEscaped(t *testing.T) {
	receiver := startReceiver(t)
	name := "a\"; filename=\"b\\\r\nX-Injected: c.png"
	output, status := upload(t, receiver, write(t, name, "12345"))
	require.Equal(t, 0, status, output)
	receiver.WaitForOutput(`filename="a\"; filename=\"b\%0D%0AX-Injected: c.png" type=image/png bytes=5`)
	output, status = upload(t, receiver, "--put", write(t, "what?#%2F.png", "123"))
	require.Equal(t, 0, status, output)
	receiver.WaitForOutput(`PUT filename=what?#%2F.png type=image/png bytes=3`)
}

func TestPutOfEachFile(t *testing.T) {
	receiver := startReceiver(t)
	output, status := upload(t, receiver, "--put", write(t, "one.png", "12345"), write(t, "two.png", ""))
	require.Equal(t, 0, status, output)
	require.Equal(t, 2, strings.Count(output, "code=200"), output)
	receiver.WaitForOutput("PUT filename=one.png type=image/png bytes=5")
	receiver.WaitForOutput("PUT filename=two.png type=image/png bytes=0")
}

func TestALargeFileNeedsLittleMemory(t *testing.T) {
	receiver := startReceiver(t)
	large := write(t, "large", "")
	const size = 512 << 20
	require.NoError(t, os.Truncate(large, size))
	output, status, peak := demotest.RunMeasured(t, "--server="+receiver.URL(""), "--put", large)
	require.Equal(t, 0, status, output)
	require.Contains(t, output, "percent=50")
	require.Contains(t, output, "bytes=536870912 percent=100")
	require.Less(t, peak, int64(size))
	require.Less(t, receiver.PeakMemory(), int64(size))
}

func TestARefusalIsReported(t *testing.T) {
	receiver := startReceiver(t, "--max_put_size=1000")
	large := write(t, "large", strings.Repeat("x", 10<<20))
	output, status := upload(t, receiver, "--put", large)
	require.Equal(t, 1, status, output)
	require.Contains(t, output, "413")

	output, status = upload(t, receiver, large+"-missing")
	require.Equal(t, 1, status)
	require.Contains(t, output, "is not a file")
	output, status = upload(t, receiver)
	require.Equal(t, 1, status)
	require.Contains(t, output, "name the files")
}

func TestHelpHasAGroupOfOptions(t *testing.T) {
	help, status := demotest.Run(t, "--help")
	require.Equal(t, 0, status)
	require.Regexp(t, `(?s)file uploader options:.*--put +use PUT instead of POST`, help)
}

func TestUploadsToTheOriginal(t *testing.T) {
	receiver := demotest.StartOriginal(t, "file_upload/file_receiver.py")
	file := write(t, `my "café".png`, strings.Repeat("x", 100_000))
	for _, args := range [][]string{{file, file}, {"--put", file}} {
		output, status := upload(t, receiver, args...)
		require.Equal(t, 0, status, output)
	}
	receiver.WaitForOutput(`POST "my "café".png" "image/png" 100000 bytes`)
	receiver.WaitForOutput(`PUT "my "café".png" "image/png" 100000 bytes`)
}
