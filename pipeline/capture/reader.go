package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/capfold/capfold/pipeline/packet"
)

// Options are how captures are read. The zero value is ready to use.
type Options struct {
	// SplitSize is the length in bytes of the ranges that a file is cut into; 0 means
	// DefaultSplitSize. No result depends on it.
	SplitSize int
	// Buffers bounds the blocks of streams and compressed files that are in memory at a
	// time, and with that how many of them are read at a time; 0 means 4.
	Buffers int
	// Workers is how many calls of Read are to share the work; 0 means one for each
	// processor. No result depends on it.
	Workers int
	// SHA256 asks for the hash of every input, which costs another pass over files.
	SHA256 bool
	// Tunnels says which IP header of a packet counts.
	Tunnels packet.Tunnels
}

// DefaultSplitSize is a size at which a split is still in the second-level cache when
// its records are folded, and long enough that handing it out costs nothing. Chosen by
// BenchmarkSplitSize.
const DefaultSplitSize = 512 << 10

// Reader hands the packets of captures to any number of workers, see [Reader.Read].
type Reader struct {
	options Options
	inputs  []*input

	skipped []Skipped

	mu      sync.Mutex // guards what follows
	plan    []*input   // inputs that nothing has been handed out of
	todo    []*run     // what is left of the others, in order
	left    int64      // bytes of inputs that are read in splits, never handed out
	running []*circuit // of streams that are being read
	ahead   int        // workers that are reading ahead
	over    bool       // no run is to be read ahead any more, those that were begun are

	// stopped is closed when nobody may guess any more: since a guess was wrong, or because
	// there are streams, which cannot be read again.
	stopped chan struct{}
	stop    func()        // closes it
	met     chan struct{} // closed when nobody reads ahead any more
	meet    func()        // closes it

	free    chan block    // memory for blocks of streams; what is in circulation bounds it
	helpers chan struct{} // tokens of goroutines that decompress beside those of streams
	long    chan struct{} // the token of the stream with a long window

	bytes, packets atomic.Int64
	total          int64
}

// Open opens captures: paths of files, or [Stdin] for stdin; none may come twice. Of
// directories it takes the captures in them, at any depth, and skips what is none;
// patterns with *, ? and [ stand for the files that match, unless there is a file of
// that name. It reads the inputs' headers; each must be a capture that it can read, or
// Open fails. The order of paths does not matter.
func Open(ctx context.Context, paths []string, stdin io.Reader, o Options) (_ *Reader, err error) {
	if o.SplitSize <= 0 {
		o.SplitSize = DefaultSplitSize
	}
	if o.Buffers <= 0 {
		o.Buffers = 4
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	x, err := expand(paths)
	if err != nil {
		return nil, err
	}
	r := newReader(o)
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	r.inputs, err = x.open(ctx, stdin, o.SHA256)
	if err != nil {
		return nil, err
	}
	r.skipped = x.skipped
	for _, in := range r.inputs {
		r.total += in.size
		if in.splits() {
			r.left += in.size
		} else {
			r.stop()
		}
		if in.file == nil {
			r.total = -1 << 62 // unknown, whatever is added
		}
	}
	slices.SortStableFunc(r.inputs, func(a, b *input) int { return strings.Compare(a.path, b.path) })
	r.plan = slices.Clone(r.inputs)
	return r, nil
}

func newReader(o Options) *Reader {
	r := &Reader{
		options: o,
		stopped: make(chan struct{}), met: make(chan struct{}),
		free: make(chan block, o.Buffers), helpers: make(chan struct{}, runtime.GOMAXPROCS(0)-1), long: make(chan struct{}, 1),
	}
	r.stop = sync.OnceFunc(func() { close(r.stopped) })
	r.meet = sync.OnceFunc(func() { close(r.met) })
	for range o.Buffers {
		r.free <- block{}
	}
	return r
}

// Close closes the inputs. No Read may be under way.
func (r *Reader) Close() error {
	var err error
	for _, in := range r.inputs {
		err = errors.Join(err, in.close())
	}
	r.inputs = nil
	return err
}

// Skipped returns the files in directories that are no captures, by path.
func (r *Reader) Skipped() []Skipped { return r.skipped }

// Total returns the bytes that there are to read, as they are stored, or a negative
// number if unknown.
func (r *Reader) Total() int64 { return r.total }

// Compressed returns how many of the bytes that Total counts are of compressed files.
func (r *Reader) Compressed() int64 {
	n := int64(0)
	for _, in := range r.inputs {
		if in.compression != nil {
			n += in.size
		}
	}
	return n
}

// Progress returns the bytes, as they are stored, and packets read so far. It may be called at any time.
func (r *Reader) Progress() (bytes, packets int64) { return r.bytes.Load(), r.packets.Load() }

// Captures returns the accounts of the inputs, by path, after all reading has ended. It
// fails if an account does not balance, which would be a bug.
func (r *Reader) Captures(ctx context.Context) ([]packet.Capture, error) {
	accounts := make([]packet.Capture, len(r.inputs))
	for i, in := range r.inputs {
		if err := in.balance(); err != nil {
			return nil, err
		}
		if r.options.SHA256 {
			sum, err := in.sum(ctx)
			if err != nil {
				return nil, err
			}
			in.account.SHA256 = sum
		}
		accounts[i] = in.account
	}
	return accounts, nil
}

// batchLen is how many packets are decoded and handed to fold together: few enough that
// they stay in the first-level cache.
const batchLen = 256

// worker is what one call of Read needs: its buffers and its decoder, and what it has read.
type worker struct {
	*Reader
	fold    func(packet.Batch) error
	forget  func()
	decoder *packet.Decoder
	buf     []byte
	filled  filled
	frames  frames
	batch   packet.Batch
	scan    []byte // what resync has read
	careful bool   // nobody reads ahead any more

	// Since forget was called last:
	parts                  map[*input]*packet.Capture
	readBytes, readPackets int64
	runs                   []*run // read ahead
	guesses                []*run // those of runs that began with a guess that has not been checked
}

// Read calls fold with batches of packets until none is left that another call has not
// taken; each worker makes one call, all at the same time. fold runs in the goroutine
// of its Read and keeps nothing of the batch. When Read calls forget, in the same goroutine,
// all that fold has been called with is void, and to be forgotten; with a nil forget, nothing
// ever is. Read ends early when ctx does, and then returns its cause, or when fold or an
// input fails.
func (r *Reader) Read(ctx context.Context, fold func(packet.Batch) error, forget func()) error {
	w := &worker{
		Reader: r, fold: fold, forget: forget, decoder: &packet.Decoder{Tunnels: r.options.Tunnels},
		batch: make(packet.Batch, batchLen), parts: map[*input]*packet.Capture{},
	}
	if err := w.readAhead(ctx); err != nil {
		return err
	}
	w.careful = true
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		ru, stream, err := w.take(ctx)
		switch {
		case err != nil:
			return err
		case stream != nil:
			err = w.readStream(ctx, stream)
		case ru != nil:
			err = w.readRun(ctx, ru)
		default:
			return w.hand()
		}
		if err != nil {
			return err
		}
	}
}

// take returns the next piece of work: a split of a file, as a run that has been acquired
// for it, or a stream's circuit, or neither at the end. Workers begin streams as long as
// there are buffers for them, and then help with those that run.
func (w *worker) take(ctx context.Context) (*run, *circuit, error) {
	r := w.Reader
	r.mu.Lock()
	defer r.mu.Unlock()
	if ru, err := r.cut(int64(r.options.SplitSize)); ru != nil || err != nil {
		return ru, nil, err
	}
	if full := len(r.running) >= max(1, r.options.Buffers-1); len(r.plan) > 0 && !full {
		c := r.startStream(ctx, r.plan[0])
		r.plan = r.plan[1:]
		r.running = append(r.running, c)
		return nil, c, nil
	}
	if len(r.running) == 0 {
		return nil, nil, nil
	}
	c := slices.MinFunc(r.running, func(a, b *circuit) int { return a.workers - b.workers })
	c.workers++
	return nil, c, nil
}

// takeRun returns the next run to be read ahead, which has been acquired for it, or nil if
// there are no more.
func (w *worker) takeRun() (*run, error) {
	r := w.Reader
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil, nil
	}
	ru, err := r.cut(RunLength(r.left, r.options.Workers, r.options.SplitSize))
	if ru != nil {
		r.left -= ru.end - ru.start
	}
	return ru, err
}

// cut returns a run of up to so many bytes of what comes next, if that is a file that is
// read in splits, and acquires it. The caller has locked the reader.
func (r *Reader) cut(length int64) (*run, error) {
	if len(r.todo) == 0 {
		if len(r.plan) == 0 || !r.plan[0].splits() {
			return nil, nil
		}
		r.todo = append(r.todo, newRun(r.plan[0]))
		r.plan = r.plan[1:]
	}
	whole := r.todo[0]
	if !whole.held { // from its first split to its last
		if err := whole.in.file.acquire(); err != nil {
			return nil, err
		}
		whole.held = true
	}
	if whole.end-whole.start <= length {
		r.todo = r.todo[1:]
		whole.held = false // the hold goes over to the caller
		return whole, nil
	}
	return whole.head(length), whole.in.file.acquire()
}

// foldRecords decodes and folds the packets of f, which lie in data, and adds them to
// the account of their input.
func (w *worker) foldRecords(in *input, part *packet.Capture, data []byte, f *frames) error {
	for i, sp := range f.spans {
		starts := f.starts[sp.first:]
		if i+1 < len(f.spans) {
			starts = f.starts[sp.first:f.spans[i+1].first]
		}
		for len(starts) > 0 {
			batch := w.batch[:min(len(starts), batchLen)]
			in.framing.summarize(w.decoder, sp.section, data, starts[:len(batch)], batch)
			part.Count(batch)
			if err := w.fold(batch); err != nil {
				return err
			}
			starts = starts[len(batch):]
		}
	}
	f.account(part)
	w.count(0, len(f.starts))
	sum, ok := w.parts[in]
	if !ok {
		first := *part
		w.parts[in] = &first
		return nil
	}
	return add(in, sum, part)
}

// hand adds what the worker has read to the accounts of the inputs.
func (w *worker) hand() error {
	for _, in := range w.inputs {
		if part, ok := w.parts[in]; ok {
			if err := in.add(part); err != nil {
				return err
			}
		}
	}
	return nil
}

func errAt(in *input, offset int64, err error) error {
	return fmt.Errorf("%s: offset %d: %w", Name(in.path), offset, err)
}
