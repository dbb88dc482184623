package packet

import (
	"math"
	"sync"
)

// Path names the headers that a packet was found under, outermost first, such as
// "ether/vlan/ipv4". It is an index into a process-wide table of interned names, so
// that a [Summary] needs no pointer; only its String may reach an output or a codec,
// since the numbers depend on the order in which paths were first seen.
type Path uint16

var paths = struct {
	sync.RWMutex
	names []string
	index map[string]Path
}{names: []string{"other"}, index: map[string]Path{"other": otherPath}}

// otherPath is what paths beyond the table's capacity are counted as.
const otherPath Path = 0

// InternPath returns the Path of name, a new one if name was never seen. It is safe for
// concurrent use. Past 65,535 different names it returns the path "other".
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
	if len(paths.names) > math.MaxUint16 {
		return otherPath
	}
	p = Path(len(paths.names))
	paths.names = append(paths.names, name)
	paths.index[name] = p
	return p
}

func (p Path) String() string {
	paths.RLock()
	defer paths.RUnlock()
	return paths.names[p]
}

// MarshalBinary encodes the name, which, unlike the number, means the same everywhere.
func (p Path) MarshalBinary() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalBinary interns the name.
func (p *Path) UnmarshalBinary(b []byte) error {
	*p = InternPath(string(b))
	return nil
}
