package capture

import (
	"bytes"
	"encoding/binary"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"

	"github.com/capfold/capfold/pipeline/packet"
)

// TestBombs reads captures of zeros, which decompress to hundreds of times of what they
// are: memory does not depend on how much that is, but for bzip2 on the number of processors,
// each of which decompresses a block.
func TestBombs(t *testing.T) { // not parallel: it looks at the memory of the process
	const total = 128 << 20
	most := uint64(max(48<<20, 8<<20*runtime.GOMAXPROCS(0)))
	record := make([]byte, 64<<10)
	binary.LittleEndian.PutUint32(record, 1)
	binary.LittleEndian.PutUint32(record[recordCaptured:], uint32(len(record)-recordLen))
	binary.LittleEndian.PutUint32(record[recordOriginal:], uint32(len(record)-recordLen))
	xzRecords, err := os.ReadFile("internal/xz/testdata/records.xz") // 256 of them
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range compressors {
		records, member := 64, []byte(nil)
		switch c.suffix {
		case ".xz":
			records, member = 256, xzRecords
		case ".bz2":
			records = 16
			member = bzip2Of(bytes.Repeat(record, records), 400_000)
		default:
			member = c.member(bytes.Repeat(record, records))
		}
		n := total / len(record) / records
		path := writeFile(t, "c.pcap"+c.suffix, append(c.member(newPcap().out), bytes.Repeat(member, n)...))
		runtime.GC()
		before := heap()
		r, err := Open(t.Context(), []string{path}, nil, Options{})
		if err != nil {
			t.Fatal(err)
		}
		packets, peak := 0, uint64(0)
		if err := r.Read(t.Context(), func(b packet.Batch) error {
			packets += len(b)
			peak = max(peak, heap())
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		if want := n * records; packets != want {
			t.Errorf("%s: read %d packets, want %d", c.suffix, packets, want)
		}
		if peak > before+most {
			t.Errorf("%s: %d bytes of memory for %d of %d, want at most %d", c.suffix, peak-before, total, len(member)*n, most)
		}
		t.Logf("%s: %d bytes, which hold %d, in %d bytes of memory", c.suffix, len(member)*n, total, peak-before)
	}
}

// heap returns the bytes of memory that objects take, dead ones too.
func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
