package capture

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"github.com/capfold/capfold/pipeline/packet"
)

// Stdin is the path that stands for the standard input. A file of that name is ./-.
const Stdin = "-"

// Name returns what messages call the input with a path.
func Name(path string) string {
	if path == Stdin {
		return "standard input"
	}
	return path
}

// input is one capture: a file that is read in splits, or a stream, which is also what
// a compressed file is read as.
type input struct {
	path        string
	framing     framing
	compression *compression // nil if there is none

	file *file
	size int64 // of the file, as it is stored

	// Of streams; of a compressed file while it is read, or from the beginning on if it
	// is kept open.
	src     *source
	stream  io.Reader     // without compression
	unpack  *decompressor // what stream reads, if it is compressed
	closer  io.Closer     // of what src reads, if it is neither the caller's nor file
	hash    hash.Hash     // of what src has read, if asked for and it is no file
	started bool

	mu      sync.Mutex // guards account
	account packet.Capture
}

// splits reports whether the input is read in splits.
func (in *input) splits() bool { return in.file != nil && in.compression == nil }

// contentError says that a file could be read, but is no capture, or none that is supported.
type contentError struct{ error }

func (e contentError) Unwrap() error { return e.error }

// openOptions are how inputs are opened.
type openOptions struct {
	hashed bool
	// keep asks for a compressed file to stay open, so that what tells its format is
	// decompressed once.
	keep bool
}

// maxKept is up to how many inputs are kept open.
const maxKept = 3

// openInput opens the capture at path and reads what tells its format. A pipe may keep
// it waiting, which ctx ends; what is left behind then goes away with the process.
func openInput(ctx context.Context, path string, stdin io.Reader, o openOptions) (*input, error) {
	type opened struct {
		in  *input
		err error
	}
	done := make(chan opened, 1)
	go func() {
		in, err := openNow(ctx, path, stdin, o)
		done <- opened{in, err}
	}()
	select {
	case o := <-done:
		return o.in, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func openNow(ctx context.Context, path string, stdin io.Reader, o openOptions) (*input, error) {
	in := &input{path: path}
	raw := stdin
	if path != Stdin {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		known, err := newFile(path, f)
		if err == nil && known.info.IsDir() {
			err = &os.PathError{Op: "open", Path: path, Err: errors.New("is a directory, not a capture")}
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if known.info.Mode().IsRegular() {
			defer func() {
				if in.closer == nil {
					_ = f.Close() // whoever reads it opens it again
				}
			}()
			in.file, in.size = known, known.size()
		} else {
			in.closer = f
		}
		raw = f
	}
	if in.file == nil && o.hashed {
		in.hash = sha256.New()
		raw = io.TeeReader(raw, in.hash)
	}
	if err := in.identify(ctx, raw); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", Name(in.path), err), in.close())
	}
	if in.file != nil {
		if f, ok := raw.(io.Closer); ok && o.keep && in.compression != nil {
			in.closer = f
		} else if err := in.forget(); err != nil {
			return nil, fmt.Errorf("%s: %w", Name(in.path), err)
		}
	}
	in.account = packet.Capture{Path: in.path, Format: in.framing.name(), RecordBytes: in.framing.begin().offset}
	if in.compression != nil {
		in.account.Format += in.compression.suffix
	}
	if in.splits() {
		in.account.FileBytes, in.account.StoredBytes = in.size, in.size
	}
	return in, nil
}

// identify reads the beginning of the input from raw, to tell what it is. Of a stream,
// nothing is lost by that.
func (in *input) identify(ctx context.Context, raw io.Reader) error {
	size := int64(-1)
	if in.file != nil {
		size = in.size
	}
	src := &source{Reader: raw, ctx: ctx, size: size}
	head, err := readHead(src)
	if err != nil {
		return fmt.Errorf("offset %d: %w", len(head), err)
	}
	// The decoder counts from the beginning on.
	src = &source{Reader: io.MultiReader(bytes.NewReader(head), raw), ctx: ctx, size: size}
	in.src, in.stream = src, src
	if in.compression = compressionOf(head); in.compression != nil {
		in.unpack = newDecompressor(in.compression, src, nil)
		if head, err = readHead(in.unpack); err != nil {
			return err
		}
		in.stream = io.MultiReader(bytes.NewReader(head), in.unpack)
	}
	in.framing, err = identify(head)
	if in.unpack != nil {
		switch damage := in.unpack.damage; {
		case err == nil:
		case damage != nil:
			err = fmt.Errorf("offset 0: not a capture: %s", damage.Detail)
		default:
			err = fmt.Errorf("%s-compressed, but what is in it cannot be read: %w", in.compression.name, err)
		}
	}
	if err != nil {
		err = contentError{err}
	}
	return err
}

// forget lets go what reading has needed.
func (in *input) forget() error {
	var err error
	if in.unpack != nil {
		err = in.unpack.Close()
	}
	in.src, in.stream, in.unpack = nil, nil, nil
	return err
}

// readHead reads as much as tells a format, or less at the end.
func readHead(r io.Reader) ([]byte, error) {
	head := make([]byte, headLen)
	n, err := readFull(r, head)
	if err == io.EOF { //nolint:errorlint // see readFull
		err = nil
	}
	return head[:n], err
}

// start prepares the input for being read as a stream.
func (in *input) start(ctx context.Context, helpers chan struct{}) error {
	if in.src != nil {
		in.src.ctx = ctx
		if in.unpack != nil {
			in.unpack.help(helpers)
		}
		return nil
	}
	if err := in.file.acquire(); err != nil {
		return err
	}
	in.src = &source{Reader: io.NewSectionReader(in.file, 0, in.size), ctx: ctx, size: in.size}
	in.unpack = newDecompressor(in.compression, in.src, helpers)
	in.stream = in.unpack
	return nil
}

// finish frees what the stream has needed.
func (in *input) finish() error {
	err := in.forget()
	if in.file != nil && in.closer == nil {
		err = errors.Join(err, in.file.release())
	}
	return err
}

// close closes the input. What reads a stream that has been started is left to it.
func (in *input) close() error {
	var err error
	if !in.started {
		err = in.forget()
	}
	if in.file != nil {
		err = errors.Join(err, in.file.close())
	}
	if in.closer != nil {
		err = errors.Join(err, in.closer.Close())
	}
	return err
}

// sum returns the SHA-256 of the whole input.
func (in *input) sum(ctx context.Context) (string, error) {
	h := in.hash
	if in.file != nil {
		if err := in.file.acquire(); err != nil {
			return "", err
		}
		defer in.file.release() //nolint:errcheck // it was read only
		h = sha256.New()
		n, err := io.Copy(h, &contextReader{ctx, io.NewSectionReader(in.file, 0, in.size)})
		if err == nil && n < in.size {
			err = errors.New("the file has become shorter while it was read")
		}
		if err != nil {
			return "", errAt(in, n, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// contextReader fails when its context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}

// add merges the account of a part.
func (in *input) add(part *packet.Capture) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return add(in, &in.account, part)
}

// add merges the account of a part of the input into one of another part.
func add(in *input, sum, part *packet.Capture) error {
	if !sum.Merge(part) {
		return fmt.Errorf("%s: the packets' lengths add up to more than 2^63 bytes", Name(in.path))
	}
	return nil
}

// balance checks the account of an input that was read to its end.
func (in *input) balance() error {
	a := &in.account
	verdicts := int64(0)
	for _, n := range a.Verdicts {
		verdicts += n
	}
	if verdicts != a.Packets || a.RecordBytes+a.SkippedBytes != a.FileBytes {
		return fmt.Errorf("%s: accounts do not balance: %d packets with %d verdicts, %d + %d of %d bytes (a bug in capfold)",
			Name(in.path), a.Packets, verdicts, a.RecordBytes, a.SkippedBytes, a.FileBytes)
	}
	return nil
}
