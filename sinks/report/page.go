package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html"
	"io"
	"slices"
	"sync"

	"github.com/capfold/capfold/sinks/world"
)

// Fixed parts of the page that web/build.mjs makes.
var (
	//go:embed assets/vendor.min.js
	vendor []byte
	//go:embed assets/LICENSES.txt
	licences []byte
)

// own are the parts of the page that are written by hand.
//
//go:embed assets/page
var own embed.FS

// scripts are the parts of the page's own script, in order.
var scripts = []string{
	"1-words.js", "2-elements.js", "3-table.js", "4-chart.js", "5-overview.js", "6-traffic.js", "7-addresses.js",
	"8-map.js", "9-packets.js", "10-start.js",
}

// fixed is what is the same in all pages, in pieces, since it is large.
type fixed struct{ beforeTitle, beforeData, afterData [][]byte }

var fixedParts = sync.OnceValue(func() fixed {
	style := asset("page.css")
	script := []byte("(() => {\n\"use strict\";\n")
	for _, name := range scripts {
		script = append(script, asset(name)...)
	}
	script = append(script, "})();\n"...)
	return fixed{
		beforeTitle: [][]byte{[]byte(`<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ` + digest(vendor) + ` ` + digest(script) + `; style-src ` + digest(style) + `; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>`)},
		beforeData: [][]byte{
			[]byte("</title>\n<style>"), style, []byte("</style>\n</head>\n<body>\n"), asset("page.html"),
			[]byte(`<script type="text/plain" id="licences">`), licences, []byte("</script>\n"),
			[]byte(`<script type="application/json" id="world">`), bytes.TrimSpace(world.TopoJSON()), []byte("</script>\n"),
			[]byte("<script>"), vendor, []byte("</script>\n"),
			[]byte(`<script type="application/json" id="data">`),
		},
		afterData: [][]byte{[]byte("</script>\n<script>"), script, []byte("</script>\n</body>\n</html>\n")},
	}
})

// asset returns a part of the page, which is there because it was embedded.
func asset(name string) []byte {
	text, err := own.ReadFile("assets/page/" + name)
	if err != nil {
		panic(err)
	}
	return text
}

// digest returns how a Content Security Policy names an inline script or style.
func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writePage writes the page that shows d.
func writePage(w io.Writer, d *data) error {
	pieces, err := d.encode()
	if err != nil {
		return err
	}
	f := fixedParts()
	page := slices.Concat(f.beforeTitle, [][]byte{[]byte(html.EscapeString(d.title()))}, f.beforeData, pieces, f.afterData)
	for _, text := range page {
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// title returns the title of the page.
func (d *data) title() string {
	switch len(d.Inputs) + d.MoreInputs {
	case 0:
		return "capfold report"
	case 1:
		return d.Inputs[0].Path + " – capfold report"
	}
	return d.Inputs[0].Path + " and others – capfold report"
}
