package main

import (
	"io"
	"os"
	"runtime"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"
)

// display is what results for people are printed on. The zero display is a file or a pipe
// as programs and golden files read it: without colours, as wide as it takes, in UTF-8.
type display struct {
	width int  // columns that a line may take, 0 for any number
	color bool // whether escape sequences may be used
	ascii bool // whether nothing but ASCII can be shown
}

const (
	// minWidth is the least number of columns that lines are made to fit in.
	minWidth = 40
	// usualWidth is that of a terminal that does not tell.
	usualWidth = 80
)

// newDisplay finds out what w can show. A mode other than auto decides about colours;
// else the environment does (no-color.org, bixense.com/clicolors), and then whether w is a
// terminal that knows them.
func newDisplay(w io.Writer, mode string) display {
	d := display{}
	terminal := isTerminal(w)
	if terminal {
		d.width, d.ascii = max(minWidth, terminalWidth(w)), !isUTF8(os.Getenv)
	}
	set := func(name string) bool { return os.Getenv(name) != "" }
	switch {
	case mode != "auto":
		d.color = mode == "always"
	case set("NO_COLOR"):
	case set("CLICOLOR_FORCE") && os.Getenv("CLICOLOR_FORCE") != "0":
		d.color = true
	case os.Getenv("CLICOLOR") == "0":
	default:
		d.color = terminal && knowsColors(os.Getenv("TERM"))
	}
	return d
}

// knowsColors reports whether a terminal does, by its name. Windows gives it none.
func knowsColors(name string) bool {
	if name == "" {
		return runtime.GOOS == "windows"
	}
	return name != "dumb" && !strings.HasSuffix(name, "-m") && !strings.HasPrefix(name, "vt1") && !strings.HasPrefix(name, "vt2")
}

// isUTF8 reports whether the locale says so: the first variable that is set decides about
// the characters (POSIX, Base Definitions, 8.2). On Windows there is none, and text is
// converted.
func isUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToLower(getenv(name)); value != "" {
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return runtime.GOOS == "windows"
}

// The styles: one accent for what is drawn, and what only helps reading is dim. They are
// colours of the terminal's own palette, so that they suit its background.
var (
	accent = text.Colors{text.FgCyan}
	dim    = text.Colors{text.Faint}
	strong = text.Colors{text.Bold}
)

// paint returns s in a style.
func (d display) paint(s string, style text.Colors) string {
	if !d.color || strings.TrimSpace(s) == "" {
		return s
	}
	return style.EscapeSeq() + s + text.Reset.EscapeSeq()
}

// pick returns s, or what stands for it where only ASCII can be shown.
func (d display) pick(s, ascii string) string {
	if d.ascii {
		return ascii
	}
	return s
}

// dots is an ellipsis, dash what stands between the ends of a range and for nothing.
func (d display) dots() string { return d.pick("…", "...") }
func (d display) dash() string { return d.pick("–", "-") }

// line returns a line of text, broken between words where it is too long.
func (d display) line(s string) string {
	if d.ascii {
		s = strings.ReplaceAll(s, "µ", "u")
	}
	if d.width == 0 || text.StringWidth(s) <= d.width {
		return s
	}
	return strings.Join(wrap(s, d.width), "\n")
}

// foreign returns a printable text of somebody else's with a question mark for what cannot
// be shown.
func (d display) foreign(s string) string {
	if !d.ascii {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return '?'
		}
		return r
	}, s)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// terminalWidth returns the columns of the terminal w, or a usual width.
func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return usualWidth
	}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		return width
	}
	return usualWidth
}
