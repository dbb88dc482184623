package capture

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
)

// checkDamage is checkInvariance of a capture that has one anomaly. It is called for many
// that are alike, with other numbers of workers and split sizes.
func checkDamage(t *testing.T, data []byte, offset int, reason packet.Reason) {
	t.Helper()
	want, err := twin("", data)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(want.accounts[0].Anomalies); n != 1 {
		t.Fatalf("the test's capture of %d bytes has %d anomalies, want 1", len(data), n)
	}
	if got := want.accounts[0].Anomalies[0]; got.Offset != int64(offset) || got.Reason != reason {
		t.Fatalf("the test's anomaly is %+v, want %s at %d", got, reason, offset)
	}
	checkInvariance(t, data, []int{1 + 2*(offset%2)}, []int{1, []int{25, 64, 1000}[len(data)%3], 0})
}

// TestInvalidLength damages the length of one record: it is one anomaly, and the records
// behind it are read.
func TestInvalidLength(t *testing.T) {
	t.Parallel()
	const limit = 256 << 10
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, which := range []int{0, 1, 20, 38, 39} {
			for _, length := range []uint32{limit + 1, 1 << 24, 1<<31 - 1, 1 << 31, 1<<32 - 16, 1<<32 - 1} {
				t.Run(fmt.Sprintf("%v/record %d/length %d", order, which, length), func(t *testing.T) {
					t.Parallel()
					b := newBuilder(order, pcapMicros, 1).frames(40, 30)
					at := b.starts[which]
					b.edit(at+recordCaptured, length)
					checkDamage(t, b.out, at, packet.BadLength)
				})
			}
		}
	}
}

// TestLengthBeyondTheFile gives a record a length that is possible and
// more than there is, so that only the end of the file shows the damage.
func TestLengthBeyondTheFile(t *testing.T) {
	t.Parallel()
	for _, which := range []int{0, 20, 39} {
		b := newPcap().frames(40, 30)
		at := b.starts[which]
		rest := len(b.out) - at - recordLen
		for _, length := range []int{rest + 1, rest + 17, 100_000, 256 << 10} {
			t.Run(fmt.Sprintf("record %d/length %d", which, length), func(t *testing.T) {
				t.Parallel()
				data := slices.Clone(b.out)
				binary.LittleEndian.PutUint32(data[at+recordCaptured:], uint32(length))
				reason := packet.BadLength
				if which == 39 { // nothing is behind it
					reason = packet.CutRecord
				}
				checkDamage(t, data, at, reason)
			})
		}
	}
}

// TestLengthThatTakesOtherRecordsIn gives a record a length that is possible, so that it
// ends inside a later record: it alone is skipped, none of those that it covers. It does
// not end where a byte or two in a record's header, read as a header, can be true.
func TestLengthThatTakesOtherRecordsIn(t *testing.T) {
	t.Parallel()
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		for _, which := range []int{0, 20, 28} {
			for _, until := range []int{1, 2, 9} { // ends in the record that comes so many later
				for _, into := range []int{4, 15, 16, 17, 40} {
					t.Run(fmt.Sprintf("%v/record %d/into byte %d of %d", order, which, into, which+until), func(t *testing.T) {
						t.Parallel()
						b := newBuilder(order, pcapMicros, 1).frames(40, 30)
						at := b.starts[which]
						b.edit(at+recordCaptured, uint32(b.starts[which+until]+into-at-recordLen))
						checkDamage(t, b.out, at, packet.BadLength)
					})
				}
			}
		}
	}
}

// TestRecordsInARecordBesideDamage damages the record behind one that holds records: that
// they are there does not make its length wrong.
func TestRecordsInARecordBesideDamage(t *testing.T) {
	t.Parallel()
	inner := newPcap().frames(12, 30)
	for cut := 0; cut < recordLen+len(udpFrame(0, nil)); cut += 3 { // with the damaged record's length, they would join
		b := newPcap().record(1, 1, udpFrame(1, inner.out[:len(inner.out)-cut])).frames(20, 30)
		b.edit(b.starts[1]+recordCaptured, 1<<30)
		checkDamage(t, b.out, b.starts[1], packet.BadLength)
	}
}

// TestCutCapture cuts a capture at every byte of its last record.
func TestCutCapture(t *testing.T) {
	t.Parallel()
	b := newPcap().frames(12, 30)
	last := b.starts[len(b.starts)-1]
	for end := last + 1; end < len(b.out); end++ {
		t.Run(fmt.Sprintf("after %d bytes", end-last), func(t *testing.T) {
			t.Parallel()
			checkDamage(t, b.out[:end], last, packet.CutRecord)
		})
	}
	t.Run("after the record before", func(t *testing.T) {
		t.Parallel()
		checkInvariance(t, b.out[:last], []int{1, 3}, splitSizes)
	})
}

// TestDamageBesideFalseChains damages a capture in whose payloads, and in what is
// skipped, records seem to begin: nothing of them may be folded.
func TestDamageBesideFalseChains(t *testing.T) {
	t.Parallel()
	inner := newPcap().frames(12, 30)
	for which := range 4 {
		b := carrier(4, inner.out)
		at := b.starts[which]
		b.edit(at+recordCaptured, 1<<30)
		checkDamage(t, b.out, at, packet.BadLength)
	}
}

// TestDamageAnywhere overwrites, removes and repeats bytes of small captures at random,
// the same ones in every run.
func TestDamageAnywhere(t *testing.T) {
	t.Parallel()
	var small [][]byte
	for _, c := range captures() {
		if len(c.data) < 6000 {
			small = append(small, c.data)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		data := slices.Clone(small[rng.IntN(len(small))])
		for range 1 + rng.IntN(3) {
			from := pcapHeaderLen + rng.IntN(len(data)-pcapHeaderLen+1)
			to := from + rng.IntN(min(len(data)-from, 40)+1)
			switch rng.IntN(4) {
			case 0:
				for i := from; i < to; i++ {
					data[i] = byte(rng.Uint32())
				}
			case 1:
				clear(data[from:to])
			case 2:
				data = slices.Delete(data, from, to)
			case 3:
				data = slices.Insert(data, from, data[from:to]...)
			}
		}
		checkInvariance(t, data, []int{1 + rng.IntN(4)}, []int{1 + rng.IntN(99), 100 + rng.IntN(2000)})
		if t.Failed() {
			t.Fatalf("the damaged capture was % x", data)
		}
	}
}

func TestAnomalySaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	whole := newPcap().frames(3, 0) // of 24 + 3·(16 + 42) bytes
	for _, c := range []struct {
		name string
		data []byte
		want packet.Anomaly
	}{
		{
			"length", slices.Clone(whole.edit(82+recordCaptured, 262145).out),
			packet.Anomaly{
				Offset: 82, Length: 58, Reason: "record_length_invalid",
				Detail: "a captured length of 262145, where link type ETHERNET allows 262144",
			},
		},
		{
			"cut header", newPcap().frames(3, 0).out[:140+15],
			packet.Anomaly{
				Offset: 140, Length: 15, Reason: "record_cut",
				Detail: "a record of at least 16 bytes, where the capture has 15 left",
			},
		},
		{
			"cut record", newPcap().frames(3, 0).out[:140+57],
			packet.Anomaly{
				Offset: 140, Length: 57, Reason: "record_cut",
				Detail: "a record of at least 58 bytes, where the capture has 57 left",
			},
		},
	} {
		got, err := readAll(t.Context(), []string{writeFile(t, "c.pcap", c.data)}, nil, Options{}, 2)
		if err != nil {
			t.Fatalf("%s: Read: %v", c.name, err)
		}
		if d := cmp.Diff([]packet.Anomaly{c.want}, got.accounts[0].Anomalies); d != "" {
			t.Errorf("%s: anomalies, -want +got:\n%s", c.name, d)
		}
	}
}
