package plots

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/capfold/capfold/sinks/sinktest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGolden compares pictures with those of before: SVG by its bytes, PNG by its pixels,
// since how they are compressed is a matter of Go's version. The race detector sees SVG only:
// what differs are the pixels that TestPNG draws.
func TestGolden(t *testing.T) {
	const path = "testdata/digests.txt"
	var b strings.Builder
	for _, edge := range []string{"usual", "nothing", "hostile, markup"} {
		for _, name := range Names() {
			for _, format := range Formats() {
				if format == "png" && (edge != "usual" || sinktest.RaceDetector) {
					continue // encoding takes time
				}
				one, two := render(t, name, format, edges()[edge]), render(t, name, format, edges()[edge])
				if !bytes.Equal(one, two) {
					t.Errorf("%s.%s, %s: two drawings of the same differ", name, format, edge)
				}
				if format == "png" {
					img, err := png.Decode(bytes.NewReader(one))
					if err != nil {
						t.Fatal(err)
					}
					one = img.(*image.RGBA).Pix
				}
				sum := sha256.Sum256(one)
				fmt.Fprintf(&b, "%x  %s.%s, %s\n", sum, name, format, edge)
			}
		}
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("other processors may round the last digit differently") // they fuse multiplications and additions
	}
	if *update && !sinktest.RaceDetector {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(data)
	if sinktest.RaceDetector {
		want = regexp.MustCompile(`(?m)^.*\.png,.*\n`).ReplaceAllString(want, "")
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("pictures changed; look at them, then run go test ./sinks/plots -run Golden -update (-want +got):\n%s", diff)
	}
}
