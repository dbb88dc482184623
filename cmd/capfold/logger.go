package main

import (
	"fmt"
	"io"
	"log/slog"
)

// logger prints warnings, as text for people or as JSON objects for programs. Neither
// has a time, so that the same run says the same.
type logger struct {
	w    io.Writer
	slog *slog.Logger
}

func newLogger(w io.Writer, format string) *logger {
	l := &logger{w: w}
	if format == "json" {
		l.slog = slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{
			ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
				if len(groups) == 0 && a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		}))
	}
	return l
}

// warn prints text, or with JSON text and the attributes.
func (l *logger) warn(text string, attrs ...any) {
	if l.slog != nil {
		l.slog.Warn(text, attrs...)
		return
	}
	fmt.Fprintln(l.w, "capfold: warning:", printable(text))
}
