package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// zeros are so many bytes.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	z.left -= n
	clear(p[:n])
	return int(n), nil
}

func compressed(t *testing.T, in io.Reader, options ...zstd.EOption) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, options...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, in); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestRecordingBounds: neither a bomb nor a frame that wants much memory is read.
func TestRecordingBounds(t *testing.T) {
	bomb := compressed(t, &zeros{maxDocument + 1})
	if len(bomb) > 1<<20 {
		t.Errorf("the bomb is %d bytes", len(bomb))
	}
	in, done, err := openRecording(bytes.NewReader(bomb))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	n, err := io.Copy(io.Discard, in)
	if n != maxDocument || err == nil || !strings.Contains(err.Error(), "larger than 512 MB") {
		t.Errorf("%d bytes were read: %v", n, err)
	}

	wide := compressed(t, &zeros{2 * maxWindow}, zstd.WithWindowSize(2*maxWindow), zstd.WithSingleSegment(false))
	in, done, err = openRecording(bytes.NewReader(wide))
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	if n, err := io.Copy(io.Discard, in); err == nil {
		t.Errorf("a frame with a window of %d MB was read: %d bytes", 2*maxWindow>>20, n)
	}
}

// TestRecordingDamaged: what is cut or changed is an error, never half a document.
func TestRecordingDamaged(t *testing.T) {
	text := `{"version":1,"target":{"name":"a","kind":"host","address":"local"},"facts":{"os":{"id":"debian"}}}` + "\n"
	good := compressed(t, strings.NewReader(text))
	file := filepath.Join(t.TempDir(), "a.json.zst")
	read := func(b []byte) error {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readDocuments(file)
		return err
	}
	if err := read(good); err != nil {
		t.Errorf("whole: %v", err)
	}
	for i := 1; i < len(good); i++ {
		if read(good[:i]) == nil {
			t.Errorf("cut after %d of %d bytes, it is read", i, len(good))
		}
	}
	damaged := bytes.Clone(good)
	damaged[len(damaged)/2] ^= 0x40
	if read(damaged) == nil {
		t.Error("with a changed byte, it is read")
	}
}
