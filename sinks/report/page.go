package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"strings"
	"sync"
)

// assets are the fixed parts of the page. Those in assets/page are written by hand; the
// others are made by web/build.mjs.
//
//go:embed assets
var assets embed.FS

// scripts are the parts of the page's own script, in order.
var scripts = []string{
	"1-words.js", "2-elements.js", "3-table.js", "4-chart.js", "5-overview.js", "6-traffic.js", "7-addresses.js",
	"8-map.js", "9-packets.js", "10-start.js",
}

// fixed returns what is the same in all pages: what precedes the title, what stands
// between it and the data, and what follows them.
var fixed = sync.OnceValue(func() (f struct{ beforeTitle, beforeData, afterData string }) {
	style := asset("page/page.css")
	vendor := asset("vendor.min.js")
	var own strings.Builder
	own.WriteString("(() => {\n\"use strict\";\n")
	for _, name := range scripts {
		own.WriteString(asset("page/" + name))
	}
	own.WriteString("})();\n")
	f.beforeTitle = `<!doctype html>
<html lang="en" data-theme="light">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ` +
		digest(vendor) + ` ` + digest(own.String()) + `; style-src ` + digest(style) +
		`; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>`
	f.beforeData = "</title>\n<style>" + style + "</style>\n</head>\n<body>\n" + asset("page/page.html") +
		`<script type="text/plain" id="licences">` + asset("LICENSES.txt") + "</script>\n" +
		`<script type="application/json" id="world">` + asset("world.json") + "</script>\n" +
		"<script>" + vendor + "</script>\n" +
		`<script type="application/json" id="data">`
	f.afterData = "</script>\n<script>" + own.String() + "</script>\n</body>\n</html>\n"
	return f
})

// asset returns a part of the page, which is there because it was embedded.
func asset(name string) string {
	text, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// digest returns how a Content Security Policy names an inline script or style.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// writePage writes the page that shows d.
func writePage(w io.Writer, d *data) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b) // escapes what could end a script element
	if err := encoder.Encode(d); err != nil {
		return err
	}
	f := fixed()
	for _, text := range []string{f.beforeTitle, html.EscapeString(d.title()), f.beforeData} {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return err
	}
	_, err := io.WriteString(w, f.afterData)
	return err
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
