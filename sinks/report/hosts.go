package report

import (
	"context"
	"net/netip"

	"github.com/capfold/capfold/pipeline/table"
)

// hostsRest goes with the addresses that are shown: what kind each is, and what those that
// are not shown add up to.
type hostsRest struct {
	Kinds []string `json:"kinds"` // of the addresses shown

	Count           int   `json:"count"`
	SentPackets     int64 `json:"sent_packets"`
	SentBytes       int64 `json:"sent_bytes"`
	ReceivedPackets int64 `json:"received_packets"`
	ReceivedBytes   int64 `json:"received_bytes"`
}

func (d *data) readHosts(ctx context.Context, t *table.Table) error {
	r := &hostsRest{Kinds: []string{}, Count: max(0, t.Rows-maxPoints)}
	seen := 0
	for p, err := range parts(ctx, t, partRows) {
		if err != nil {
			return err
		}
		for i := range min(p.Rows, maxPoints-len(r.Kinds)) {
			r.Kinds = append(r.Kinds, kind(p.text("address", i)))
		}
		from := min(max(0, maxPoints-seen), p.Rows)
		for name, sum := range map[string]*int64{
			"sent_packets": &r.SentPackets, "sent_bytes": &r.SentBytes,
			"received_packets": &r.ReceivedPackets, "received_bytes": &r.ReceivedBytes,
		} {
			for _, n := range p.ints(name)[from:] {
				*sum += n
			}
		}
		seen += p.Rows
	}
	d.Hosts = r
	return nil
}

// kind says whose an address is, by the address alone.
func kind(address string) string {
	a, err := netip.ParseAddr(address)
	switch a = a.Unmap(); {
	case err != nil:
		return "other"
	case a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "multicast and broadcast"
	case a.IsPrivate():
		return "private"
	case a.IsLoopback(), a.IsLinkLocalUnicast(), a.IsUnspecified():
		return "local to a link or host"
	}
	return "public"
}
