package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/capfold/capfold/sinks/sinktest"
)

// window is what a page is opened in.
type window struct {
	width, height int64
	mobile        bool
	dark          bool
}

var (
	desktop = window{width: 1280, height: 900}
	phone   = window{width: 390, height: 844, mobile: true}
)

// browser returns the context of a headless Chromium of the test's own, or skips the test
// where there is none. It resolves no name and has no proxy that could be reached.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if sinktest.RaceDetector {
		t.Skip("the race detector does not look into a browser")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium (Debian: chromium)")
	}
	profile, err := os.MkdirTemp("", "capfold-report-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // processes of a browser that has ended may still write for a moment
		for range 50 {
			if os.RemoveAll(profile) == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"), chromedp.ProxyServer("127.0.0.1:9"))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewExecAllocator(ctx, options...)
	ctx, _ = chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil { // pages are tabs of this one
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil && ctx.Err() == nil {
			t.Log(err)
		}
	})
	return ctx
}

// openPage is a page in a browser, and what was seen of it.
type openPage struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string
	messages []string
}

// open opens a report and waits until all of it is drawn. When the test ends it fails if
// the page has asked for anything but itself, or has written to the console.
func open(ctx context.Context, t *testing.T, html string, w window) *openPage {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	p := &openPage{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	scheme := "light"
	if w.dark {
		scheme = "dark"
	}
	must(t)(chromedp.Call(ctx, network.Enable, network.EnableParams{}))
	must(t)(chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}))
	must(t)(chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: w.width, Height: w.height, DeviceScaleFactor: 1, Mobile: w.mobile,
	}))
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
	p.wait(`document.documentElement.hasAttribute("data-ready")`)
	t.Cleanup(p.check)
	return p
}

// must returns a function that fails the test on an error.
func must(t *testing.T) func(_ any, err error) {
	return func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func (p *openPage) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	case *runtime.EventConsoleAPICalled:
		p.messages = append(p.messages, fmt.Sprintf("console: %v", e.Args))
	case *runtime.EventExceptionThrown:
		p.messages = append(p.messages, "exception: "+e.ExceptionDetails.Text+" "+exceptionText(e.ExceptionDetails))
	case *log.EventEntryAdded:
		p.messages = append(p.messages, "log: "+e.Entry.Text)
	}
}

func exceptionText(d *runtime.ExceptionDetails) string {
	if d.Exception == nil {
		return ""
	}
	return d.Exception.Description
}

// check fails the test if the page did what it must not.
func (p *openPage) check() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, url := range p.requests {
		if !strings.HasPrefix(url, "file://") && !strings.HasPrefix(url, "data:") && !strings.HasPrefix(url, "blob:") {
			p.t.Errorf("the page asked for %s", url)
		}
	}
	for _, m := range p.messages {
		p.t.Errorf("the page wrote to the console: %s", m)
	}
}

// eval evaluates an expression in the page.
func eval[T any](p *openPage, expression string) T {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// wait waits until an expression is true.
func (p *openPage) wait(expression string) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(time.Minute))); err != nil {
		p.t.Fatalf("%s: %v; console: %q", expression, err, p.messages)
	}
}

// click presses an element as a person would.
func (p *openPage) click(selector string) {
	p.t.Helper()
	at := p.center(selector)
	if err := chromedp.Do(p.ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		p.t.Fatalf("click %s: %v", selector, err)
	}
}

// center scrolls an element to the middle of the window and returns where its own is.
func (p *openPage) center(selector string) []float64 {
	p.t.Helper()
	return eval[[]float64](p, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q);
		e.scrollIntoView({ block: "center", behavior: "instant" });
		const r = e.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, selector))
}

// drawn are the charts of a page with the number of colours in each that cover more than a
// few pixels: one is a blank chart.
func (p *openPage) drawn() map[string]int {
	p.t.Helper()
	return eval[map[string]int](p, `Object.fromEntries([...document.querySelectorAll(".chart")].map((chart) => {
		const counts = new Map();
		for (const canvas of chart.querySelectorAll("canvas")) {
			if (canvas.width === 0) continue;
			const pixels = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
			for (const p of pixels) counts.set(p, (counts.get(p) || 0) + 1);
		}
		return [chart.id, [...counts.values()].filter((n) => n > 20).length];
	}))`)
}

// overflow are elements that stick out of the window to the right.
func (p *openPage) overflow() []string {
	p.t.Helper()
	return eval[[]string](p, `(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) return [];
		return ["page " + document.documentElement.scrollWidth, ...[...document.querySelectorAll("body *")]
			.filter((e) => !e.closest(".scroll, .sections") && e.getBoundingClientRect().right > width + 1).map((e) => e.tagName + "." + e.className)];
	})()`)
}
