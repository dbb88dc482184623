package reducers

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/capfold/capfold/pipeline/packet"
	"github.com/capfold/capfold/pipeline/table"
)

// TestAddressColumns compares columns of addresses with what package packet makes of them,
// and checks what [table.KeyedTexts] asks for: the text of every host is another.
func TestAddressColumns(t *testing.T) {
	keys := hostKeys(func(h *packet.Host) packet.Host { return *h })
	columns := []table.Column[packet.Host]{addressColumn("host", "", keys), table.KeyedBinary16s("host_bin", "", keys)}
	addresses := rapid.OneOf(
		rapid.Map(rapid.Uint32(), packet.Addr4),
		rapid.Custom(func(t *rapid.T) packet.Addr {
			return packet.Addr{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
		}),
	)
	rapid.Check(t, func(t *rapid.T) {
		var hosts []packet.Host
		for _, a := range rapid.SliceOf(addresses).Draw(t, "addresses") {
			hosts = append(hosts, packet.Host{Addr: a, Version: 6})
			if a == packet.Addr4(a.As4()) {
				hosts = append(hosts, packet.Host{Addr: a, Version: 4})
			}
		}
		tab := table.New(table.Schema{Name: "hosts"}, columns, table.RowsOf(hosts), table.Options[packet.Host]{})
		var texts, binaries table.Vector
		tab.Read(0, 0, len(hosts), &texts)
		tab.Read(1, 0, len(hosts), &binaries)
		of := map[string]packet.Host{}
		for i, h := range hosts {
			text := string(texts.Text(i))
			if want := h.String(); text != want {
				t.Errorf("text of %+v = %q, want %q", h, text, want)
			}
			if got, want := [16]byte(binaries.Text(i)), h.Addr.As16(); got != want {
				t.Errorf("bytes of %+v = %x, want %x", h, got, want)
			}
			if other, ok := of[text]; ok && other != h {
				t.Errorf("text of %+v and of %+v = %q, want two texts", h, other, text)
			}
			of[text] = h
		}
	})
}
