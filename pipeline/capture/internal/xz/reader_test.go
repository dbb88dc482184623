package xz

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	lib "github.com/mikelolasagasti/xz"
)

const maxDictionary = 1 << 26

// read decompresses data, up to a bound that is far beyond what tests hold.
func read(src io.Reader) ([]byte, error) {
	return io.ReadAll(io.LimitReader(NewReader(bufio.NewReader(src), maxDictionary), 1<<26))
}

// oracle decompresses data by a library.
func oracle(data []byte) ([]byte, error) {
	r, err := lib.NewReader(bytes.NewReader(data), maxDictionary)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, 1<<26))
}

type file struct {
	name            string
	packed, content []byte
}

// files are made by the xz command, with all its settings.
func files(t testing.TB) []file {
	t.Helper()
	all, err := readFiles()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var readFiles = sync.OnceValues(func() (all []file, err error) {
	paths, err := filepath.Glob("testdata/*.xz")
	if len(paths) == 0 {
		return nil, errors.Join(err, errors.New("no files"))
	}
	for _, path := range paths {
		packed, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		content, err := oracle(packed)
		if err != nil {
			return nil, err
		}
		all = append(all, file{strings.TrimSuffix(filepath.Base(path), ".xz"), packed, content})
	}
	return all, nil
})

// filtered is a file that Reader is not for.
const filtered = "delta"

func TestReader(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			dictionary, got := First(bufio.NewReader(bytes.NewReader(f.packed)))
			if got != (f.name == filtered) || (dictionary > 0) != (len(f.content) > 0 && !got) {
				t.Errorf("First = %d, %t", dictionary, got)
			}
			for _, src := range []io.Reader{bytes.NewReader(f.packed), iotest.OneByteReader(iotest.DataErrReader(bytes.NewReader(f.packed)))} {
				got, err := read(src)
				if f.name == filtered {
					if !errors.Is(err, ErrFilter) {
						t.Errorf("Read = %v, want %v", err, ErrFilter)
					}
					continue
				}
				if err != nil || !bytes.Equal(got, f.content) {
					t.Errorf("Read = %d bytes, %v, want %d bytes", len(got), err, len(f.content))
				}
			}
		})
	}
}

// compare reads data and compares with the library: both or none must read it to its
// end, and as far as both read it, it must be the same.
func compare(t *testing.T, call string, data []byte) (content []byte, err error) {
	t.Helper()
	got, err := read(bytes.NewReader(data))
	want, wantErr := oracle(data)
	n := min(len(got), len(want))
	if !bytes.Equal(got[:n], want[:n]) {
		t.Fatalf("%s: what is read differs within %d bytes", call, n)
	}
	if errors.Is(err, ErrFilter) {
		return got, err
	}
	if (err == nil) != (wantErr == nil) || err == nil && len(got) != len(want) {
		t.Fatalf("%s: Read = %d bytes, %v; the library has %d, %v", call, len(got), err, len(want), wantErr)
	}
	return got, err
}

// TestCut ends files everywhere.
func TestCut(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.name == filtered || len(f.content) > 1<<16 || strings.HasPrefix(f.name, "lc") {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for n := range f.packed {
				got, err := read(bytes.NewReader(f.packed[:n]))
				if !bytes.HasPrefix(f.content, got) {
					t.Fatalf("Read(%d of %d bytes): what is read is no beginning of the content", n, len(f.packed))
				}
				wantErr := io.ErrUnexpectedEOF
				if f.name == "streams" { // which may end between two
					_, wantErr = oracle(f.packed[:n])
				}
				if wantErr != nil && !errors.Is(err, io.ErrUnexpectedEOF) || wantErr == nil && err != nil {
					t.Fatalf("Read(%d of %d bytes) = %v, want %v", n, len(f.packed), err, wantErr)
				}
			}
		})
	}
}

// TestDamage flips bits of every byte. No damage that matters goes unnoticed.
func TestDamage(t *testing.T) {
	t.Parallel()
	for _, f := range files(t) {
		if f.name == filtered || len(f.content) > 1<<16 || strings.HasPrefix(f.name, "lc") {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			data := bytes.Clone(f.packed)
			for n := range data {
				flip := byte(1) << (n % 8)
				data[n] ^= flip
				got, err := read(bytes.NewReader(data))
				if err == nil && !bytes.Equal(got, f.content) && f.name != "unchecked" {
					t.Fatalf("byte %d ^ %#x: damage is not noticed", n, flip)
				}
				data[n] ^= flip
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	for _, file := range files(f) {
		if len(file.packed) < 2000 {
			f.Add(file.packed)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data)
		repair(data)
		if len(data) > 12 && data[7]&0xf != 0 && check(data[7]).begin() == nil {
			t.Skip("checks that the library does not skip")
		}
		_, _ = compare(t, "fuzz", data)
	})
}

// repair makes the checksums of the headers of the first stream and of its first block
// true, so that fuzzing comes past them.
func repair(data []byte) {
	if len(data) < 12 {
		return
	}
	binary.LittleEndian.PutUint32(data[8:], crc32.ChecksumIEEE(data[6:8]))
	if len(data) > 13 {
		if end := 12 + (int(data[12])+1)*4; end <= len(data) {
			binary.LittleEndian.PutUint32(data[end-4:], crc32.ChecksumIEEE(data[12:end-4]))
		}
	}
}

// TestHostile reads headers that ask for memory or time. Neither depends on what they say.
func TestHostile(t *testing.T) {
	block := func(flags byte, sizes []byte, dictionary byte) []byte {
		b := append([]byte{0, flags}, sizes...)
		b = append(b, lzma2Filter, 1, dictionary)
		b = append(b, make([]byte, -len(b)&3)...)
		b[0] = byte(len(b) / 4)
		return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	}
	stream := binary.LittleEndian.AppendUint32([]byte(magic+"\x00\x00"), crc32.ChecksumIEEE([]byte{0, 0}))
	raw := []byte{1, 0, 2, 'a', 'b', 'c', 0}
	huge := binary.AppendUvarint(nil, 1<<62)
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"dictionary of 4 GB", append(block(0, nil, 40), raw...), "a dictionary of 4294967295 bytes is too large"},
		{"dictionary of 64 MB", append(block(0, nil, 28), raw...), "unexpected EOF"},
		{"dictionary that cannot be", append(block(0, nil, 41), raw...), errBlock.Error()},
		{"long block", append(block(0xc0, append(huge, huge...), 28), raw...), errSizes.Error()},
		{"many blocks", append([]byte{0}, huge...), "unexpected EOF"},
		{"index of other blocks", append(append([]byte{0}, huge...), 1, 1, 1, 1), errIndex.Error()},
	} {
		data := append(bytes.Clone(stream), c.data...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := read(bytes.NewReader(data))
		runtime.ReadMemStats(&after)
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: Read = %v, want %s", c.name, err, c.want)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%s: Read allocates %d bytes for %d", c.name, n, len(data))
		}
	}
}

// TestBomb reads files that decompress to much more than they are. Memory is bounded by
// the dictionary and by what there is.
func TestBomb(t *testing.T) {
	for _, f := range files(t) {
		if len(f.content) < 1<<16 {
			continue
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard},
			NewReader(bufio.NewReader(bytes.NewReader(bytes.Repeat(f.packed, 3))), maxDictionary), make([]byte, 1<<16))
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+4*min(len(f.content), 16<<20)); got > most {
			t.Errorf("%s: Read allocates %d bytes for %d, want at most %d", f.name, got, n, most)
		}
	}
}

// BenchmarkReader reads what a capture's headers are like, beside the library.
func BenchmarkReader(b *testing.B) {
	for _, f := range files(b) {
		if f.name != "default" && f.name != "long" && f.name != "records" {
			continue
		}
		b.Run(f.name+"/own", func(b *testing.B) {
			b.SetBytes(int64(len(f.content)))
			for b.Loop() {
				if _, err := io.Copy(io.Discard, NewReader(bufio.NewReader(bytes.NewReader(f.packed)), maxDictionary)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(f.name+"/library", func(b *testing.B) {
			b.SetBytes(int64(len(f.content)))
			for b.Loop() {
				r, err := lib.NewReader(bytes.NewReader(f.packed), maxDictionary)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
