package process

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"testing"
)

func TestDispatch(t *testing.T) {
	t.Parallel()
	called := func(name string) Program {
		return func(_ context.Context, args []string, _, _ io.Writer) error {
			if slices.Contains(args, "-h") {
				return flag.ErrHelp
			}
			return fmt.Errorf("%s %q", name, args)
		}
	}
	dispatch := Dispatch(called("work"), map[string]Program{"read": called("read")})
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "work []"},
		{[]string{"-rounds", "read"}, `work ["-rounds" "read"]`},
		{[]string{"read", "file"}, `read ["file"]`},
		{[]string{Mode}, Mode + " needs a timeout, two files and a command"},
	} {
		if err := dispatch(t.Context(), c.args, nil, nil); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.args, err, c.want)
		}
	}
	if err := dispatch(t.Context(), []string{"-h"}, nil, nil); err != nil {
		t.Errorf("help: %v, want no error", err)
	}
	if err := dispatch(t.Context(), []string{"read", "-h"}, nil, nil); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("a mode: %v, want its own error", err)
	}
}
