package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Recordings are what `merlon facts` writes, plain or compressed with Zstandard
// (RFC 8878): by name when they are written, by their first bytes when they are read.

// zstdSuffix ends the name of a file that is to be compressed.
const zstdSuffix = ".zst"

// zstdMagic begins a frame (RFC 8878, section 3.1.1).
var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

const (
	maxDocument = 512 << 20 // bytes of a recording, not compressed
	maxWindow   = 64 << 20  // bytes of memory that a frame may ask for
)

// recorder is write, compressed where the name says so.
func recorder(name string, write func(io.Writer) error) func(io.Writer) error {
	if !strings.HasSuffix(name, zstdSuffix) {
		return write
	}
	return func(w io.Writer) error {
		z, err := zstd.NewWriter(w)
		if err != nil {
			return err
		}
		return errors.Join(write(z), z.Close())
	}
}

// openRecording returns what to read of a recording: its bytes, decompressed and
// bounded. The returned function must be called at the end.
func openRecording(in io.Reader) (io.Reader, func(), error) {
	buffered := bufio.NewReader(in)
	start, err := buffered.Peek(len(zstdMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if !bytes.Equal(start, zstdMagic) {
		return &boundedReader{in: buffered, left: maxDocument}, func() {}, nil
	}
	z, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, nil, err
	}
	return &boundedReader{in: z, left: maxDocument}, z.Close, nil
}

// boundedReader fails after so many bytes, where io.LimitReader would end as if
// there were no more.
type boundedReader struct {
	in   io.Reader
	left int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fmt.Errorf("it is larger than %d MB", maxDocument>>20)
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
