package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/crc64"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"github.com/capfold/capfold/pipeline/packet"
)

// compressors compress, into members of about equal size.
var compressors = []struct {
	suffix string
	member func(data []byte) []byte
}{
	{".gz", func(data []byte) []byte {
		return written(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }, data)
	}},
	{".zst", func(data []byte) []byte {
		return written(func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true))
			if err != nil {
				panic(err)
			}
			return z
		}, data)
	}},
	{".bz2", func(data []byte) []byte { return bzip2Of(data, 500) }},
	{".xz", xzOf},
	{".lz4", func(data []byte) []byte {
		return written(func(w io.Writer) io.WriteCloser {
			z := lz4.NewWriter(w)
			if err := z.Apply(lz4.BlockSizeOption(lz4.Block64Kb)); err != nil {
				panic(err)
			}
			return z
		}, data)
	}},
}

func written(to func(io.Writer) io.WriteCloser, data []byte) []byte {
	var b bytes.Buffer
	w := to(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// xzOf stores data in an xz stream of one block, whose LZMA2 chunks are not compressed.
func xzOf(data []byte) []byte {
	sum := func(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)) }
	flags := []byte{0, 4} // CRC-64
	b := append([]byte("\xfd7zXZ\x00"), sum(flags)...)
	header := sum([]byte{2, 0, 0x21, 1, 0, 0, 0, 0})
	block := slices.Clone(header)
	control := byte(1)
	for chunk := range slices.Chunk(data, 1<<16) {
		block = append(block, control)
		block = binary.BigEndian.AppendUint16(block, uint16(len(chunk)-1))
		block = append(block, chunk...)
		control = 2
	}
	block = append(block, 0)
	unpadded := len(block) + 8
	block = append(block, make([]byte, -len(block)&3)...)
	block = binary.LittleEndian.AppendUint64(block, crc64.Checksum(data, crc64.MakeTable(crc64.ECMA)))
	index := binary.AppendUvarint(binary.AppendUvarint([]byte{0, 1}, uint64(unpadded)), uint64(len(data)))
	index = append(index, make([]byte, -len(index)&3)...)
	index = sum(index)
	tail := append(binary.LittleEndian.AppendUint32(nil, uint32(len(index)/4-1)), flags...)
	tail = append(sum(tail)[6:], tail...)
	return slices.Concat(b, block, index, tail, []byte("YZ"))
}

// unpacked is the account of a compressed input without what differs from that of its content.
func unpacked(r result, path, suffix string) result {
	a := slices.Clone(r.accounts)
	for i := range a {
		a[i].Path = path
		a[i].Format = strings.TrimSuffix(a[i].Format, suffix)
		a[i].StoredBytes = a[i].FileBytes
	}
	return result{r.packets, a}
}

// checkCompressed compares what is read of compressed data, as a file and as a stream,
// with what is read of its content, and perhaps an anomaly behind it.
func checkCompressed(t *testing.T, suffix string, packed, content []byte, anomaly *packet.Anomaly) {
	t.Helper()
	path := writeFile(t, "c.pcap", packed)
	want, err := twin(path, content)
	if err != nil {
		t.Fatal(err)
	}
	if anomaly != nil {
		want.accounts[0].Anomalies = append(want.accounts[0].Anomalies, *anomaly)
	}
	for _, split := range []int{64, 1000, 0} {
		for _, workers := range []int{1, 3} {
			for _, in := range []string{path, Stdin} {
				for _, stdin := range []io.Reader{bytes.NewReader(packed), iotest.OneByteReader(bytes.NewReader(packed))} {
					o := Options{SplitSize: split, Buffers: workers}
					call := fmt.Sprintf("Read(%s, %+v, %d workers)", in, o, workers)
					got, err := readAll(t.Context(), []string{in}, stdin, o, workers)
					if err != nil {
						t.Fatalf("%s: %v", call, err)
					}
					a := got.accounts[0]
					if a.StoredBytes != int64(len(packed)) || !strings.HasSuffix(a.Format, suffix) {
						t.Errorf("%s: %d stored bytes of format %s, want %d, %s", call, a.StoredBytes, a.Format, len(packed), suffix)
					}
					if d := difference(want, unpacked(got, path, suffix), workers == 1); d != "" {
						t.Fatalf("%s: %s", call, d)
					}
				}
			}
		}
	}
}

func TestCompressed(t *testing.T) {
	t.Parallel()
	whole := newPcap().frames(60, 200).out
	cut := whole[:len(whole)-9]
	for _, c := range compressors {
		third := len(whole) / 3
		members := slices.Concat(c.member(whole[:third]), c.member(whole[third:third]), c.member(whole[third:2*third]), c.member(whole[2*third:]))
		for _, in := range []struct {
			name            string
			packed, content []byte
			anomaly         *packet.Anomaly
		}{
			{"whole", c.member(whole), whole, nil},
			{"no packets", c.member(whole[:24]), whole[:24], nil},
			{"cut capture", c.member(cut), cut, nil},
			{"members", members, whole, nil},
		} {
			t.Run(c.suffix+"/"+in.name, func(t *testing.T) {
				t.Parallel()
				checkCompressed(t, c.suffix, in.packed, in.content, in.anomaly)
			})
		}
	}
}

// TestDecompressorDamage cuts compressed data everywhere, and damages every byte of it:
// what can be decompressed is, and the rest is damage.
func TestDecompressorDamage(t *testing.T) {
	t.Parallel()
	all := newPcap().frames(8, 200).out
	half := len(all) / 2
	for _, c := range compressors {
		first := c.member(all[:half])
		packed := slices.Concat(first, c.member(all[half:]))
		read := func(t *testing.T, call string, data []byte) (content []byte, damage *packet.Anomaly) {
			t.Helper()
			d := newDecompressor(compressionOf(packed), &source{Reader: bytes.NewReader(data), ctx: t.Context(), size: -1}, nil)
			defer d.Close()
			content, err := io.ReadAll(d)
			if err != nil || d.src.n != int64(len(data)) {
				t.Fatalf("%s: %v, %d of %d bytes read", call, err, d.src.n, len(data))
			}
			if d.damage != nil && d.damage.Offset != int64(len(content)) {
				t.Fatalf("%s: damage at %d, want %d", call, d.damage.Offset, len(content))
			}
			return content, d.damage
		}
		t.Run(c.suffix, func(t *testing.T) {
			t.Parallel()
			for n := range packed {
				call := fmt.Sprintf("cut at %d of %d", n, len(packed))
				content, damage := read(t, call, packed[:n])
				if whole := n == 0 || n == len(first); !bytes.HasPrefix(all, content) || !whole && damage == nil {
					t.Fatalf("%s: %d bytes, damage %+v", call, len(content), damage)
				}
				data := slices.Clone(packed)
				data[n] ^= 0x55
				call = fmt.Sprintf("byte %d of %d damaged", n, len(packed))
				if content, damage := read(t, call, data); damage == nil && len(content) != len(all) {
					t.Fatalf("%s: %d bytes and no damage", call, len(content))
				}
			}
		})
	}
}

// TestCompressedDamage reads captures that are cut or damaged: what can be decompressed
// is read, the rest is an anomaly, and a file is what a stream is. TestDecompressorDamage
// tries every byte.
func TestCompressedDamage(t *testing.T) {
	t.Parallel()
	whole := newPcap().frames(8, 200).out
	half := len(whole) / 2
	for _, c := range compressors {
		packed := slices.Concat(c.member(whole[:half]), c.member(whole[half:]))
		seam := len(c.member(whole[:half]))
		check := func(t *testing.T, call string, data []byte, reasons ...packet.Reason) {
			t.Helper()
			piped, err := readAll(t.Context(), []string{Stdin}, iotest.HalfReader(bytes.NewReader(data)), Options{SplitSize: 300}, 2)
			got, fileErr := readAll(t.Context(), []string{writeFile(t, "c.pcap", data)}, nil, Options{}, 1)
			if (err == nil) != (fileErr == nil) {
				t.Fatalf("%s: %v as a file, %v as a stream", call, fileErr, err)
			}
			if err != nil {
				return
			}
			if d := difference(unpacked(piped, "", ""), unpacked(got, "", ""), false); d != "" {
				t.Fatalf("%s: the file is not the stream: %s", call, d)
			}
			a := got.accounts[0]
			if a.StoredBytes != int64(len(data)) {
				t.Fatalf("%s: %d stored bytes, want %d", call, a.StoredBytes, len(data))
			}
			if a.FileBytes == int64(len(whole)) && len(a.Anomalies) == 0 {
				return
			}
			if len(a.Anomalies) == 0 {
				t.Fatalf("%s: %d of %d bytes and no anomaly", call, a.FileBytes, len(whole))
			}
			last := a.Anomalies[len(a.Anomalies)-1]
			if len(reasons) > 0 && (!slices.Contains(reasons, last.Reason) || last.Offset != a.FileBytes || last.Length != 0) {
				t.Fatalf("%s: the last anomaly is %+v, want one of %s at %d", call, last, reasons, a.FileBytes)
			}
		}
		t.Run("cut/"+c.suffix, func(t *testing.T) {
			t.Parallel()
			for n := range packed {
				if n != seam && (n <= seam || n >= seam+4) && tried(n, len(packed)) {
					check(t, fmt.Sprintf("cut at %d of %d", n, len(packed)), packed[:n], packet.CutCompression, packet.BadCompression)
				}
			}
		})
		t.Run("damaged/"+c.suffix, func(t *testing.T) {
			t.Parallel()
			for n := range packed {
				if !tried(n, len(packed)) {
					continue
				}
				data := slices.Clone(packed)
				data[n] ^= 0x55
				check(t, fmt.Sprintf("byte %d of %d damaged", n, len(packed)), data)
			}
		})
		t.Run("trailing/"+c.suffix, func(t *testing.T) {
			t.Parallel()
			check(t, "garbage behind it", append(slices.Clone(packed), "garbage, more than a header"...), packet.BadCompression)
			check(t, "zeros behind it", append(slices.Clone(packed), make([]byte, 1024)...), packet.BadCompression)
		})
	}
}

// tried chooses some offsets: every one near the ends, and few between.
func tried(at, length int) bool { return at < 16 || at%13 == 0 || at >= length-16 }

// TestCompressedIsNoCapture opens what can be decompressed, or not even that.
func TestCompressedIsNoCapture(t *testing.T) {
	t.Parallel()
	whole := newPcap().frames(3, 20).out
	for _, c := range compressors {
		name := compressionOf(c.member(whole)).name
		for _, in := range []struct {
			name string
			data []byte
			want string
		}{
			{"empty", c.member(nil), name + "-compressed, but what is in it cannot be read: offset 0: not a capture: the file is empty"},
			{"text", c.member([]byte("some text")), name + "-compressed, but what is in it cannot be read: offset 0: not a capture: no known format begins with 73 6f 6d 65"},
			{"twice", c.member(compressors[0].member(whole)), name + "-compressed, but what is in it cannot be read: offset 0: not supported: gzip-compressed file"},
			{"cut", c.member(whole)[:16], "offset 0: not a capture: " + name + "-compressed data at offset "},
		} {
			t.Run(c.suffix+"/"+in.name, func(t *testing.T) {
				t.Parallel()
				path := writeFile(t, "x", in.data)
				for path, label := range map[string]string{path: path, Stdin: Name(Stdin)} {
					_, err := Open(t.Context(), []string{path}, bytes.NewReader(in.data), Options{})
					if err == nil || !strings.HasPrefix(err.Error(), label+": "+in.want) {
						t.Errorf("Open(%q) = %v, want %s: %s", in.data, err, label, in.want)
					}
				}
			})
		}
	}
}
