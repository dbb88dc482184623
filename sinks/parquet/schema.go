package parquet

import (
	"github.com/parquet-go/parquet-go"

	"github.com/capfold/capfold/pipeline/table"
)

// ordered is a group whose fields are in the order of a table's schema. A parquet.Group
// alone, which is a map, would sort them by name.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

func (o ordered) Fields() []parquet.Field { return o.fields }

// schemaOf returns the Parquet schema of t, with the encoding of each column.
func schemaOf(t *table.Table) *parquet.Schema {
	group := make(parquet.Group, len(t.Schema.Fields))
	position := make(map[string]int, len(t.Schema.Fields))
	for i, f := range t.Schema.Fields {
		node := parquet.Encoded(nodeOf(f.Type), encodingOf(t, i))
		if f.Nullable {
			node = parquet.Optional(node)
		}
		group[f.Name], position[f.Name] = node, i
	}
	fields := make([]parquet.Field, len(group))
	for _, f := range group.Fields() {
		fields[position[f.Name()]] = f
	}
	return parquet.NewSchema(t.Schema.Name, ordered{group, fields})
}

// nodeOf returns the Parquet type of a column.
func nodeOf(t table.Type) parquet.Node {
	switch t {
	case table.Int32:
		return parquet.Leaf(bare{parquet.Int32Type})
	case table.Int64:
		return parquet.Leaf(bare{parquet.Int64Type})
	case table.Double:
		return parquet.Leaf(parquet.DoubleType)
	case table.Timestamp:
		return parquet.Timestamp(parquet.Microsecond)
	case table.String:
		return parquet.String()
	case table.Binary16:
		return parquet.Leaf(binary16{parquet.FixedLenByteArrayType(16)})
	default:
		panic("parquet: unknown column type " + t.String())
	}
}
