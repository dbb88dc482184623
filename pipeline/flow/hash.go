package flow

import (
	"math/bits"
	"math/rand/v2"

	"github.com/capfold/capfold/pipeline/packet"
)

// Seed makes hashes unpredictable, so that hostile traffic cannot be crafted to collide.
// All tables that are to be merged need the same one. No output depends on it.
type Seed [4]uint64

// NewSeed returns a random seed.
func NewSeed() Seed {
	return Seed{rand.Uint64(), rand.Uint64(), rand.Uint64(), rand.Uint64()}
}

// key4 is the Key of an IPv4 atom, packed: addresses, and the rest as packTail has it.
type key4 struct{ addrs, tail uint64 }

// key6 is the Key of an IPv6 atom, packed.
type key6 struct {
	src, dst packet.Addr
	tail     uint64
}

// packed is a Key of an atom, packed.
type packed interface {
	hashed
	// unpack sets all of u.
	unpack(u *Key)
	place(seed *Seed) place
}

// packTail packs ports, protocol, TTL and which ports are known. [Key.tail] orders.
func packTail(s *packet.Summary) uint64 {
	return uint64(s.SrcPort)<<48 | uint64(s.DstPort)<<32 |
		uint64(s.Proto)<<16 | uint64(s.TTL)<<8 | uint64(s.Ports)
}

func (k *Key) setTail(t uint64) {
	k.SrcPort, k.DstPort = uint16(t>>48), uint16(t>>32)
	k.Proto, k.TTL, k.Ports = uint8(t>>16), uint8(t>>8), packet.Ports(t)
}

func (k key4) unpack(u *Key) {
	u.Src, u.Dst, u.Version = packet.Addr4(uint32(k.addrs>>32)), packet.Addr4(uint32(k.addrs)), 4
	u.setTail(k.tail)
}

func (k key6) unpack(u *Key) {
	u.Src, u.Dst, u.Version = k.src, k.dst, 6
	u.setTail(k.tail)
}

// Mix is the folded 128-bit product of two words, the round of wyhash and its kin.
func Mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// finish makes a tag of a product. Where keys count up, as the ports and addresses of a
// scan do, so do parts of the product, in steps that may fill some regions of a table and
// leave others empty; another multiplication breaks that up (TestStructuredKeysSpread).
func finish(h uint64) uint32 { return uint32((h ^ h>>29) * 0x9e3779b97f4a7c15 >> 32) }

func (k key4) tag(s *Seed) uint32 { return finish(Mix(k.addrs^s[0], k.tail^s[1])) }

func (k key6) tag(s *Seed) uint32 {
	return finish(Mix(Mix(k.src.Hi^s[0], k.src.Lo^s[1])^k.tail, Mix(k.dst.Hi^s[2], k.dst.Lo^s[3])^s[0]))
}

// shardBits chooses the number of shards: enough that many workers find shards to merge
// and that one fits into a second-level cache, few enough that a small capture does not
// pay for empty ones. A guess, to be measured where cores are many.
const shardBits = 7

// NumShards is the number of shards that atoms are divided into. No conversation is in
// more than one.
const NumShards = 1 << shardBits

// shard returns the shard of the key's unordered pair of addresses: both directions, and
// all flows, of two hosts are in one, which is what lets conversations and distinct
// peers be counted shard by shard.
func (k key4) shard(s *Seed) uint {
	a, b := k.addrs>>32, k.addrs&0xffffffff
	return uint(Mix((min(a, b)<<32|max(a, b))^s[2], s[3]|1) >> (64 - shardBits))
}

func (k key6) shard(s *Seed) uint {
	return uint((Mix(k.src.Hi^s[2], k.src.Lo^s[3]) + Mix(k.dst.Hi^s[2], k.dst.Lo^s[3])) >> (64 - shardBits))
}

// hostKey is a host as the key of an index.
type hostKey packet.Host

func (h hostKey) host() packet.Host { return packet.Host(h) }

func (h hostKey) tag(s *Seed) uint32 {
	return finish(Mix(h.Addr.Hi^s[0]^uint64(h.Version), h.Addr.Lo^s[1]))
}
