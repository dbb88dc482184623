package parquet

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/capfold/capfold/pipeline/table"
)

// physical returns the Parquet type of a column's values.
func physical(t table.Type) format.Type {
	switch t {
	case table.Int32:
		return format.Int32
	case table.Int64, table.Timestamp:
		return format.Int64
	case table.Double:
		return format.Double
	case table.String:
		return format.ByteArray
	case table.Binary16:
		return format.FixedLenByteArray
	default:
		panic("parquet: unknown column type " + t.String())
	}
}

// elementsOf returns a schema as the footer has it: the root, and an element for each
// column. Integers have no logical type: they are signed by themselves, which every
// reader knows.
func elementsOf(s table.Schema) []format.SchemaElement {
	root := format.SchemaElement{Name: s.Name, NumChildren: thrift.New(int32(len(s.Fields)))}
	elements := []format.SchemaElement{root}
	for _, f := range s.Fields {
		e := format.SchemaElement{
			Name:           f.Name,
			Type:           thrift.New(physical(f.Type)),
			RepetitionType: thrift.New(format.Required),
		}
		if f.Nullable {
			e.RepetitionType.Set(format.Optional)
		}
		switch f.Type {
		case table.String:
			e.ConvertedType.Set(deprecated.UTF8)
			e.LogicalType.Value = &format.StringType{}
		case table.Timestamp:
			e.ConvertedType.Set(deprecated.TimestampMicros)
			e.LogicalType.Value = &format.TimestampType{
				IsAdjustedToUTC: true,
				Unit:            format.TimeUnit{Value: &format.MicroSeconds{}},
			}
		case table.Binary16:
			e.TypeLength.Set(16)
		}
		elements = append(elements, e)
	}
	return elements
}
