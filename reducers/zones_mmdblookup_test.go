package reducers

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/reducers/geo"
)

// TestZonesAsMMDBLookup compares zones with what mmdblookup, of libmaxminddb, finds in the
// embedded database for the same addresses, one by one.
func TestZonesAsMMDBLookup(t *testing.T) {
	mmdblookup, err := exec.LookPath("mmdblookup")
	if err != nil {
		t.Skipf("mmdblookup (Debian package mmdb-bin) is not installed: %v", err)
	}
	const addresses = 1000
	r := rand.New(rand.NewPCG(5, 6))
	packets := make([]packet.Summary, addresses)
	for i := range packets {
		p := &packets[i]
		*p = packet.Summary{
			Version: 4, Src: packet.Addr4(0x01000000 + r.Uint32N(0xdf000000)), Dst: packet.Addr4(0x7f000001),
			Proto: packet.ProtoICMP, TTL: 64, Bytes: 28, WireLen: 42, CapLen: 42, Path: somePaths[4][0], Time: aSecond,
		}
		if i%3 == 0 {
			regions := []uint64{0x2001_0200, 0x2400_0000, 0x2600_0000, 0x2800_0000, 0x2a00_0000, 0x2c0f_0000}
			p.Version, p.Path, p.Dst = 6, somePaths[6][0], packet.Addr{Lo: 1}
			p.Src = packet.Addr{Hi: (regions[r.IntN(len(regions))]+r.Uint64N(0x600))<<32 | uint64(r.Uint32()), Lo: r.Uint64()}
		}
	}
	run := Run{Geo: geo.Default(), Workers: 2, Analyses: analysesOf("zones", "hosts")}
	result, err := run.Analyze(t.Context(), sourceOf(packets, 100), accountsOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	zones, hosts := result.Tables[0], result.Tables[1]
	checkZones(t, hosts, zones)

	value := regexp.MustCompile(`(?m)^\s*"([A-Z]{2})" <utf8_string>$`)
	got, want := map[string]string{}, map[string]string{}
	rows := rowsOf(hosts)
	codes := make([]string, len(rows))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, row := range rows {
		address := row[0].(string)
		g.Go(func() error {
			// It fails where it finds nothing.
			out, _ := exec.CommandContext(t.Context(), mmdblookup, "--file", filepath.Join("geo", "geo-whois-asn-country.mmdb"), "--ip", address, "country_code").Output()
			if m := value.FindSubmatch(out); m != nil {
				codes[i] = string(m[1])
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	special := 0
	for i, row := range rows {
		address := row[0].(string)
		if code, country := row[len(row)-6], row[len(row)-5]; code == nil && country != geo.Unknown {
			special++
			continue // the IANA registries count; their names are tested in package geo
		} else if code != nil {
			got[address] = code.(string)
		}
		if codes[i] != "" {
			want[address] = codes[i]
		}
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("country_code of hosts (-mmdblookup +capfold):\n%s", diff)
	}
	if len(rows) < addresses || len(want) < addresses/2 || special > addresses/5 {
		t.Errorf("%d addresses, of which mmdblookup knows %d and %d are special: too few to compare", len(rows), len(want), special)
	}
}
