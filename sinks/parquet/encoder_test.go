package parquet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	klauspost "github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/capfold/capfold/pipeline/table"
)

// TestCompress compares what an encoder compresses with what parquet-go does, in pages of
// every size: it is the same up to the window, and hardly longer where that could tell.
func TestCompress(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for len(text) < fewer(12<<20, 1<<20) {
		text = fmt.Appendf(text, "10.%d.%d.%d", random.IntN(4), random.IntN(256), random.IntN(1<<random.IntN(9)))
	}
	c := &column{Field: table.Field{Type: table.String}, compressed: true}
	for _, level := range []klauspost.EncoderLevel{klauspost.SpeedFastest, klauspost.SpeedDefault} {
		e, codec := &encoder{level: level}, &zstd.Codec{Level: level}
		for _, n := range []int{len(text), 0, 1, 100, 128<<10 - 1, 128<<10 + 1, 1 << 20, 100, fewer(5<<20, 200), len(text)} {
			got, err := e.compress(c, text[:n])
			if err != nil {
				t.Fatal(err)
			}
			want, err := codec.Encode(nil, text[:n])
			if err != nil {
				t.Fatal(err)
			}
			if n <= window && !bytes.Equal(got, want) {
				t.Errorf("%s: compress(%d bytes) = %d bytes, which are not the %d of parquet-go", level, n, len(got), len(want))
			}
			if len(got) > len(want)+len(want)/50 {
				t.Errorf("%s: compress(%d bytes) = %d bytes, many more than the %d of parquet-go", level, n, len(got), len(want))
			}
			if back, err := codec.Decode(nil, got); err != nil || !bytes.Equal(back, text[:n]) {
				t.Errorf("%s: compress(%d bytes) is decompressed to %d bytes, %v", level, n, len(back), err)
			}
		}
	}
}
