package frames

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// Writer writes a pcap file with microseconds, which every peer reads. It appears
// under its name when it is whole.
type Writer struct {
	path  string
	file  *os.File
	buf   *bufio.Writer
	link  uint16
	Bytes int64 // of the file
	Count int64 // of frames
}

// PartSuffix ends the names of files that are not whole.
const PartSuffix = ".part"

// Create begins a file of frames of one link type.
func Create(path string, link uint16) (*Writer, error) {
	f, err := os.Create(path + PartSuffix)
	if err != nil {
		return nil, err
	}
	w := &Writer{path: path, file: f, buf: bufio.NewWriterSize(f, 1<<20), link: link, Bytes: 24}
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	head = binary.LittleEndian.AppendUint16(head, 2)
	head = binary.LittleEndian.AppendUint16(head, 4)
	head = append(head, make([]byte, 8)...)
	head = binary.LittleEndian.AppendUint32(head, MaxLen)
	head = binary.LittleEndian.AppendUint32(head, uint32(link))
	w.buf.Write(head)
	return w, nil
}

// Write adds a frame. Errors come out of Close.
func (w *Writer) Write(f Frame) {
	var head [16]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(f.At/1e9))
	binary.LittleEndian.PutUint32(head[4:], uint32(f.At%1e9/1000))
	binary.LittleEndian.PutUint32(head[8:], uint32(len(f.Data)))
	binary.LittleEndian.PutUint32(head[12:], uint32(f.Length))
	w.buf.Write(head[:])
	w.buf.Write(f.Data)
	w.Bytes += int64(len(head) + len(f.Data))
	w.Count++
}

// Close finishes the file, or removes it where err, what went wrong before, is not nil.
func (w *Writer) Close(err error) error {
	if err = errors.Join(err, w.buf.Flush(), w.file.Close()); err != nil {
		return errors.Join(err, os.Remove(w.file.Name()))
	}
	return os.Rename(w.file.Name(), w.path)
}

// Make creates a file with what write writes. It appears under its name when it is whole.
func Make(path string, write func(io.Writer) error) error {
	f, err := os.Create(path + PartSuffix)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}

// Cut writes the first n packets of a capture to another file, of the link type of the
// first, and returns how many that were.
func Cut(capture, path string, n int64) (int64, error) {
	var w *Writer
	err := Each(capture, func(f Frame) (err error) {
		if w == nil {
			if w, err = Create(path, f.Link); err != nil {
				return err
			}
		}
		if f.Link == w.link {
			w.Write(f)
		}
		if w.Count == n {
			return ErrStop
		}
		return nil
	})
	if w == nil {
		return 0, errors.Join(err, fmt.Errorf("%s: no packets", capture))
	}
	return w.Count, w.Close(err)
}
