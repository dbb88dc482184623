package synth

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// table returns the rows of a published table without its header.
func table(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// most returns the key with the largest value, and the value; two keys that
// share it fail the test.
func most[K cmp.Ordered](t *testing.T, m map[K]int) (K, int) {
	t.Helper()
	keys := slices.SortedFunc(maps.Keys(m), func(a, b K) int { return cmp.Compare(m[b], m[a]) })
	if len(keys) > 1 && m[keys[0]] == m[keys[1]] {
		t.Errorf("%v and %v share the first place with %d bytes", keys[0], keys[1], m[keys[0]])
	}
	return keys[0], m[keys[0]]
}

// bump adds n to m[a][b].
func bump[A, B comparable](m map[A]map[B]int, a A, b B, n int) {
	if m[a] == nil {
		m[a] = map[B]int{}
	}
	m[a][b] += n
}

// TestCampusFigures computes the published tables from the capture, the
// straightforward way, and compares them with the published ones in testdata.
func TestCampusFigures(t *testing.T) {
	for _, seed := range []uint64{1, 20110810} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			b, _ := capture(t, "campus-2011", Options{Seed: seed})
			ports, hosts := map[uint16]int{}, map[string]int{}
			protos, sports, dports := map[string]map[uint8]int{}, map[string]map[uint16]int{}, map[string]map[uint16]int{}
			var ttl [256]int
			var packets int
			each(t, b, func(r *record) {
				if r.arp {
					return
				}
				if r.v6 || r.captured != min(96, r.wire) {
					t.Fatalf("frame %x: captured %d of %d", r.frame, r.captured, r.wire)
				}
				packets++
				ttl[r.ttl]++
				hosts[r.src] += r.length
				bump(protos, r.src, r.proto, r.length)
				if r.hasPorts {
					bump(sports, r.src, r.sport, r.length)
					bump(dports, r.src, r.dport, r.length)
					if r.sport < 1024 {
						ports[r.sport] += r.length
					}
				}
			})

			var got [][]string
			for _, p := range slices.SortedFunc(maps.Keys(ports), func(a, b uint16) int { return cmp.Compare(ports[b], ports[a]) }) {
				got = append(got, []string{fmt.Sprint(p), fmt.Sprint(ports[p])})
			}
			if diff := gocmp.Diff(table(t, "ports.tsv"), got); diff != "" {
				t.Errorf("system ports (-published +capture):\n%s", diff)
			}

			order := slices.SortedFunc(maps.Keys(hosts), func(a, b string) int { return cmp.Compare(hosts[b], hosts[a]) })
			got = nil
			for i, h := range order[:10] {
				address, _ := netip.AddrFromSlice([]byte(h))
				proto, protoBytes := most(t, protos[h])
				sport, sportBytes := most(t, sports[h])
				dport, dportBytes := most(t, dports[h])
				got = append(got, []string{
					fmt.Sprint(i + 1), address.String(), fmt.Sprint(hosts[h]), fmt.Sprint(proto), fmt.Sprint(protoBytes),
					fmt.Sprint(sport), fmt.Sprint(sportBytes), fmt.Sprint(dport), fmt.Sprint(dportBytes),
				})
			}
			if diff := gocmp.Diff(table(t, "host_transport.tsv"), got); diff != "" {
				t.Errorf("heaviest senders (-published +capture):\n%s", diff)
			}
			if hosts[order[10]] >= hosts[order[9]] {
				t.Errorf("the eleventh sender has %d bytes, the tenth %d", hosts[order[10]], hosts[order[9]])
			}
			if len(order) < 3000 {
				t.Errorf("senders = %d, want several thousand", len(order))
			}
			if packets < 480_000 || packets > 750_000 {
				t.Errorf("IP packets = %d, want 480000 to 750000", packets)
			}
			if ttl[64] <= 200_000 {
				t.Errorf("packets at TTL 64 = %d, want more than 200000", ttl[64])
			}
			checkTTL(t, &ttl, packets)
		})
	}
}

// checkTTL compares the moments of a TTL histogram with the published ones.
func checkTTL(t *testing.T, ttl *[256]int, packets int) {
	t.Helper()
	var mean, variance float64
	least, largest := -1, 0
	for v, n := range ttl {
		mean += float64(v) * float64(n) / float64(packets)
		if n > 0 {
			largest = v
			if least < 0 {
				least = v
			}
		}
	}
	for v, n := range ttl {
		d := float64(v) - mean
		variance += d * d * float64(n) / float64(packets)
	}
	want := table(t, "ttl.tsv")[0]
	if got := []string{fmt.Sprint(least), fmt.Sprint(largest)}; got[0] != want[0] || got[1] != want[1] {
		t.Errorf("TTL from %s to %s, want %s to %s", got[0], got[1], want[0], want[1])
	}
	for i, got := range []float64{mean, variance} {
		published, err := strconv.ParseFloat(want[2+i], 64)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got-published) >= 0.0005 {
			t.Errorf("TTL %s = %.6f, want %.3f", [...]string{"mean", "variance"}[i], got, published)
		}
	}
}
