package packet

import (
	"math"
	"strings"
	"sync"
)

// Path names the headers that a packet was found under, outermost first, such as
// "ether/vlan/ipv4". It is an index into a process-wide table of interned names, so
// that a [Summary] needs no pointer; only its String may reach an output or a codec,
// since the numbers depend on the order in which paths were first seen.
type Path uint16

// maxPaths is how many paths the table tells apart. Only traffic made to have as many
// stacks of headers does; from then on all paths are [Path.Coarse], so that what is said
// of a packet does not depend on which paths came first.
const maxPaths = 1 << 15

// Paths beyond maxPaths are interned by their first part, of which there are few.
var paths = struct {
	sync.RWMutex
	names []string
	index map[string]Path
	full  bool
}{names: []string{"other"}, index: map[string]Path{"other": otherPath}}

// otherPath is what is left of paths if even their first parts are too many.
const otherPath Path = 0

// InternPath returns the Path of name, a new one if name was never seen. It is safe for
// concurrent use.
func InternPath(name string) Path {
	paths.RLock()
	p, ok := paths.index[name]
	paths.RUnlock()
	if ok {
		return p
	}
	paths.Lock()
	defer paths.Unlock()
	if p, ok := paths.index[name]; ok {
		return p
	}
	if len(paths.names) >= maxPaths {
		paths.full = true
		name = coarse(name)
		if p, ok := paths.index[name]; ok || len(paths.names) > math.MaxUint16 {
			return p
		}
	}
	p = Path(len(paths.names))
	paths.names = append(paths.names, name)
	paths.index[name] = p
	return p
}

// coarse returns the first part of a path and a mark that there is more.
func coarse(name string) string {
	first, _, _ := strings.Cut(name, "/")
	return first + "/…"
}

// PathsFull reports whether there were more paths than can be told apart.
func PathsFull() bool {
	paths.RLock()
	defer paths.RUnlock()
	return paths.full
}

func (p Path) String() string {
	paths.RLock()
	defer paths.RUnlock()
	return paths.names[p]
}

// Coarse returns the Path of the first part alone.
func (p Path) Coarse() Path { return InternPath(coarse(p.String())) }

// MarshalBinary encodes the name, which, unlike the number, means the same everywhere.
func (p Path) MarshalBinary() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalBinary interns the name.
func (p *Path) UnmarshalBinary(b []byte) error {
	*p = InternPath(string(b))
	return nil
}
