package geo

import "github.com/oschwald/maxminddb-golang/v2"

// OpenBytes is Open of one database in memory.
func OpenBytes(data []byte) (*Atlas, error) {
	reader, err := maxminddb.OpenBytes(data)
	if err != nil {
		return nil, err
	}
	d := &database{"test.mmdb", reader}
	return &Atlas{databases: []*database{d}}, d.check()
}
