package process

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
)

// Program is what a benchmark does with its arguments.
type Program func(ctx context.Context, args []string, stdout, stderr io.Writer) error

// Dispatch returns the program that does what the first argument names, [Mode] or one of
// modes, with the arguments behind it, and work where it names none. That work was asked
// for help is no error.
func Dispatch(work Program, modes map[string]Program) Program {
	return func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		if len(args) > 0 {
			if args[0] == Mode {
				return Main(ctx, args[1:])
			}
			if mode, ok := modes[args[0]]; ok {
				return mode(ctx, args[1:], stdout, stderr)
			}
		}
		if err := work(ctx, args, stdout, stderr); !errors.Is(err, flag.ErrHelp) {
			return err
		}
		return nil
	}
}

// Start is the main function of a benchmark, whose work ends early when it is interrupted:
// it prints what goes wrong behind prefix, and exits with status 1 then.
func Start(prefix string, work Program) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := work(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, prefix+err.Error())
		os.Exit(1)
	}
}

// List splits at commas, and leaves out what is empty.
func List(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ","), func(s string) bool { return s == "" })
}
