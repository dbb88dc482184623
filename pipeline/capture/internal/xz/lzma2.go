package xz

import (
	"encoding/binary"
	"io"
)

// lzma2 decompresses the chunks of a block.
type lzma2 struct {
	src    *counter // a block's data, from the next chunk on
	window window
	model  model
	in     input
	// What the next chunk must begin with.
	needDictionary, needProperties bool
}

// open begins a block with a dictionary of a size.
func (l *lzma2) open(size int) {
	l.window.open(size)
	l.needDictionary, l.needProperties = true, true
}

// next decompresses a chunk, after all of the last has been read. It returns io.EOF at
// the block's end.
func (l *lzma2) next() error {
	head := l.in[:6]
	if err := l.src.full(head[:1]); err != nil {
		return err
	}
	control := head[0]
	packed := control >= 0x80
	switch {
	case control == 0:
		return io.EOF
	case control == 1 || control >= 0xe0:
		l.window.reset()
		l.needDictionary, l.needProperties = false, true
	case l.needDictionary || control > 2 && !packed:
		return errCorrupt
	}
	if !packed {
		if err := l.src.full(head[:2]); err != nil {
			return err
		}
		n := int(binary.BigEndian.Uint16(head)) + 1
		w := &l.window
		w.room(n)
		if err := l.src.full(w.buf[w.end : w.end+n]); err != nil {
			return err
		}
		w.end += n
		return nil
	}
	if err := l.src.full(head[:4]); err != nil {
		return err
	}
	n := int(control&0x1f)<<16 + int(binary.BigEndian.Uint16(head)) + 1
	length := int(binary.BigEndian.Uint16(head[2:])) + 1
	switch {
	case control >= 0xc0:
		if err := l.src.full(head[:1]); err != nil {
			return err
		}
		if !l.model.properties(head[0]) {
			return errCorrupt
		}
		l.needProperties = false
	case l.needProperties:
		return errCorrupt
	}
	if control >= 0xa0 {
		l.model.reset()
	}
	if length < beginLen {
		return errCorrupt
	}
	if err := l.src.full(l.in[:length]); err != nil {
		return err
	}
	l.window.room(n)
	return l.model.decode(&l.window, &l.in, length, n)
}
