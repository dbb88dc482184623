package xz

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"hash/crc32"
)

// check is the kind of a stream's integrity checks.
type check byte

const (
	checkCRC32  check = 1
	checkCRC64  check = 4
	checkSHA256 check = 10
	lastCheck   check = 15
)

// size returns a check's length in the file, which is known of every kind.
func (c check) size() int {
	if c == 0 {
		return 0
	}
	return 4 << ((c - 1) / 3)
}

// checksum is what becomes a block's check.
type checksum interface {
	add(p []byte)
	stored() []byte // as it is in the file
}

// begin returns the checksum of nothing, or nil if the kind is none or not known.
func (c check) begin() checksum {
	switch c {
	case checkCRC32:
		return new(sum32)
	case checkCRC64:
		return new(sum64)
	case checkSHA256:
		return sum256{sha256.New()}
	}
	return nil
}

type sum32 uint32

func (s *sum32) add(p []byte)   { *s = sum32(crc32.Update(uint32(*s), crc32.IEEETable, p)) }
func (s *sum32) stored() []byte { return binary.LittleEndian.AppendUint32(nil, uint32(*s)) }

type sum64 uint64

func (s *sum64) add(p []byte)   { *s = sum64(crc64Of().update(uint64(*s), p)) }
func (s *sum64) stored() []byte { return binary.LittleEndian.AppendUint64(nil, uint64(*s)) }

type sum256 struct{ hash.Hash }

func (s sum256) add(p []byte)   { _, _ = s.Write(p) }
func (s sum256) stored() []byte { return s.Sum(nil) }
