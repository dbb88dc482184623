package capture

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/capfold/capfold/pipeline/packet"
)

// Stdin is the path that stands for the standard input.
const Stdin = "-"

// input is one capture: a file that is read in splits, or a stream.
type input struct {
	path    string
	framing framing

	file *file
	size int64 // of the file

	stream io.Reader // where file is nil
	head   []byte    // read from stream already
	closer io.Closer // of the stream, if it is not the caller's
	hash   hash.Hash // of what was read from stream, if asked for

	mu      sync.Mutex // guards account
	account packet.Capture
}

// openInput opens the capture at path and reads what tells its format. A pipe may keep
// it waiting, which ctx ends; what is left behind then goes away with the process.
func openInput(ctx context.Context, path string, stdin io.Reader, hashed bool) (*input, error) {
	type opened struct {
		in  *input
		err error
	}
	done := make(chan opened, 1)
	go func() {
		in, err := openNow(path, stdin, hashed)
		done <- opened{in, err}
	}()
	select {
	case o := <-done:
		return o.in, o.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func openNow(path string, stdin io.Reader, hashed bool) (*input, error) {
	in := &input{path: path}
	if path == Stdin {
		in.path, in.stream = "(stdin)", stdin
	} else {
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
			defer f.Close() // splits open it again
			in.file, in.size = known, known.size()
			in.head = make([]byte, min(headLen, in.size))
			if n, err := f.ReadAt(in.head, 0); err != nil {
				return nil, errAt(in, int64(n), err)
			}
		} else {
			in.stream, in.closer = f, f
		}
	}
	if in.stream != nil && hashed {
		in.hash = sha256.New()
		in.stream = io.TeeReader(in.stream, in.hash)
	}
	if err := in.identify(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", in.path, err), in.close())
	}
	in.account = packet.Capture{Path: in.path, Format: in.framing.name(), RecordBytes: in.framing.begin().offset}
	if in.file != nil {
		in.account.FileBytes = in.size
	}
	return in, nil
}

func (in *input) identify() (err error) {
	if in.file == nil {
		in.head = make([]byte, headLen)
		n, err := io.ReadFull(in.stream, in.head)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("offset %d: %w", n, err)
		}
		in.head = in.head[:n]
	}
	in.framing, err = identify(in.head)
	return err
}

func (in *input) close() error {
	if in.file != nil {
		return in.file.close()
	}
	if in.closer != nil {
		return in.closer.Close()
	}
	return nil
}

// sum returns the SHA-256 of the whole input.
func (in *input) sum(ctx context.Context) (string, error) {
	h := in.hash
	if in.file != nil {
		if err := in.file.acquire(); err != nil {
			return "", err
		}
		defer in.file.release()
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
	if !in.account.Merge(part) {
		return fmt.Errorf("%s: the packets' lengths add up to more than 2^63 bytes", in.path)
	}
	return nil
}

// balance checks the account of an input that was read to its end.
func (in *input) balance() error {
	a := &in.account
	slices.SortFunc(a.Anomalies, func(x, y packet.Anomaly) int { return int(min(max(x.Offset-y.Offset, -1), 1)) })
	verdicts := int64(0)
	for _, n := range a.Verdicts {
		verdicts += n
	}
	if verdicts != a.Packets || a.RecordBytes+a.SkippedBytes != a.FileBytes {
		return fmt.Errorf("%s: accounts do not balance: %d packets with %d verdicts, %d + %d of %d bytes (a bug in capfold)",
			in.path, a.Packets, verdicts, a.RecordBytes, a.SkippedBytes, a.FileBytes)
	}
	return nil
}
