package plots

import (
	"io"
	"testing"
)

func BenchmarkDraw(b *testing.B) {
	in := usual()
	for _, name := range Names() {
		for _, format := range Formats() {
			b.Run(name+"."+format, func(b *testing.B) {
				for b.Loop() {
					if err := Draw(io.Discard, name, format, in); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
