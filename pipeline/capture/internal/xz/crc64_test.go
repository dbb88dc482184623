package xz

import (
	"hash/crc64"
	"math/rand/v2"
	"testing"
)

func TestCRC64(t *testing.T) {
	t.Parallel()
	data := make([]byte, 5*laneLen)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	table := crc64.MakeTable(crc64.ECMA)
	for n := 0; n <= len(data); n += 1 + n/16 {
		for _, crc := range []uint64{0, 1, 1<<64 - 1, random.Uint64()} {
			if got, want := crc64Of().update(crc, data[:n]), crc64.Update(crc, table, data[:n]); got != want {
				t.Fatalf("update(%#x, %d bytes) = %#x, want %#x", crc, n, got, want)
			}
		}
	}
}

func BenchmarkCRC64(b *testing.B) {
	data := make([]byte, 1<<20)
	b.Run("own", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			crc64Of().update(0, data)
		}
	})
	b.Run("std", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		table := crc64.MakeTable(crc64.ECMA)
		for b.Loop() {
			crc64.Update(0, table, data)
		}
	})
}
