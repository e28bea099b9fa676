package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A variant is a GVariant: its type string, and its value where that is a boolean (b),
// a string (s) or a whole number (n, q, i, u, x, t), nil otherwise.
type variant struct {
	kind  string
	value any
}

// A gvdbFile is a database of dconf's: values and locks by path.
type gvdbFile struct {
	values map[string]variant
	locks  map[string]bool
}

var errGVDB = errors.New("it is no database of dconf")

// Bounds of a path, and of the parts that make it up.
const (
	gvdbPath  = 256
	gvdbParts = 32
)

// parseGVDB reads a GVDB file (gvdb-format.h in dconf's sources): a header, then hash
// tables of which the hashes are not looked at. Its numbers are little-endian; those
// in its values are as the machine that wrote it has them, which the header tells.
func parseGVDB(data []byte) (gvdbFile, error) {
	f := gvdbFile{values: map[string]variant{}, locks: map[string]bool{}}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte("GVariant\x00\x00\x00\x00")):
	case bytes.HasPrefix(data, []byte("raVGtnai\x00\x00\x00\x00")):
		order = binary.BigEndian
	default:
		return f, errGVDB
	}
	if len(data) < 24 {
		return f, errGVDB
	}
	g := &gvdbReader{data: data, left: len(data)}
	err := g.table(data[16:24], func(name string, kind byte, chunk []byte) error {
		switch {
		case kind == 'v':
			f.values[name] = parseVariant(chunk, order)
		case kind == 'H' && name == ".locks":
			return g.table(chunk, func(name string, kind byte, _ []byte) error {
				f.locks[name] = f.locks[name] || kind == 'v'
				return nil
			})
		}
		return nil
	})
	return f, err
}

// A gvdbReader follows the pointers within a file. No two parts that dconf writes lie
// over one another, so that together they are no longer than the file; a file in which
// many items point to the same long part would take time and memory without bound.
type gvdbReader struct {
	data []byte
	left int
}

// table calls each with the items of the table that pointer names: of values the
// bytes, of tables the pointer.
func (g *gvdbReader) table(pointer []byte, each func(name string, kind byte, chunk []byte) error) error {
	table, ok := g.chunk(pointer)
	if !ok || len(table) < 8 {
		return errGVDB
	}
	little := binary.LittleEndian
	bloom := uint64(little.Uint32(table) & (1<<27 - 1))
	buckets := uint64(little.Uint32(table[4:]))
	head := 8 + 4*bloom + 4*buckets
	if head > uint64(len(table)) || (uint64(len(table))-head)%24 != 0 {
		return errGVDB
	}
	items := table[head:]
	for at := 0; at < len(items); at += 24 {
		item := items[at : at+24]
		name, ok := gvdbName(g.data, items, item)
		if !ok {
			continue
		}
		kind, chunk := item[14], item[16:24]
		if kind == 'v' {
			if chunk, ok = g.chunk(chunk); !ok {
				return errGVDB
			}
		}
		if err := each(name, kind, chunk); err != nil {
			return err
		}
	}
	return nil
}

// gvdbName joins an item's key to those of its parents; false where it is too long
// to be of interest.
func gvdbName(data, items, item []byte) (string, bool) {
	const none = 0xffffffff
	little := binary.LittleEndian
	name := ""
	for range gvdbParts {
		start, size := uint64(little.Uint32(item[8:])), uint64(little.Uint16(item[12:]))
		if start+size > uint64(len(data)) || uint64(len(name))+size > gvdbPath {
			return "", false
		}
		name = string(data[start:start+size]) + name
		parent := uint64(little.Uint32(item[4:]))
		if parent == none {
			return name, true
		}
		if parent >= uint64(len(items)/24) {
			return "", false
		}
		item = items[24*parent : 24*parent+24]
	}
	return "", false
}

func (g *gvdbReader) chunk(pointer []byte) ([]byte, bool) {
	start, end := binary.LittleEndian.Uint32(pointer), binary.LittleEndian.Uint32(pointer[4:])
	if start > end || uint64(end) > uint64(len(g.data)) || int(end-start) > g.left {
		return nil, false
	}
	g.left -= int(end - start)
	return g.data[start:end], true
}

// parseVariant reads a serialised GVariant of type v: the value, a zero, its type.
func parseVariant(b []byte, order binary.ByteOrder) variant {
	end := bytes.LastIndexByte(b, 0)
	if end < 0 || len(b)-end > gvdbPath {
		return variant{}
	}
	v := variant{kind: string(b[end+1:])}
	b = b[:end]
	switch {
	case v.kind == "b" && len(b) == 1:
		v.value = b[0] == 1
	case v.kind == "s" && bytes.IndexByte(b, 0) == len(b)-1 && utf8.Valid(b):
		v.value = string(b[:len(b)-1])
	case v.kind == "n" && len(b) == 2:
		v.value = int(int16(order.Uint16(b)))
	case v.kind == "q" && len(b) == 2:
		v.value = int(order.Uint16(b))
	case v.kind == "i" && len(b) == 4:
		v.value = int(int32(order.Uint32(b)))
	case v.kind == "u" && len(b) == 4:
		v.value = int(order.Uint32(b))
	case v.kind == "x" && len(b) == 8:
		v.value = int(int64(order.Uint64(b)))
	case v.kind == "t" && len(b) == 8 && order.Uint64(b) <= math.MaxInt64:
		v.value = int(order.Uint64(b))
	}
	return v
}

// variantTypes are the words that name a type before a value.
var variantTypes = map[string]string{"boolean": "b", "string": "s", "int16": "n", "uint16": "q", "int32": "i", "uint32": "u", "int64": "x", "uint64": "t"}

// variantText reads GVariant's text form of the types that [variant] knows; kind is
// the type that is wanted, as a schema has it, "" where any will do. False: it is none
// of them.
func variantText(text, kind string) (variant, bool) {
	text = strings.Trim(text, " \t\r\n\v\f")
	for text != "" {
		word, rest, more := strings.Cut(text, " ")
		named := variantTypes[word]
		if strings.HasPrefix(word, "@") {
			named = word[1:]
		}
		if !more || named == "" {
			break
		}
		if kind != "" && kind != named {
			return variant{}, false
		}
		kind, text = named, strings.TrimLeft(rest, " \t")
	}
	switch {
	case text == "true" || text == "false":
		return variant{"b", text == "true"}, kind == "" || kind == "b"
	case text != "" && (text[0] == '\'' || text[0] == '"'):
		s, ok := variantString(text)
		return variant{"s", s}, ok && (kind == "" || kind == "s")
	}
	if kind == "" {
		kind = "i"
	}
	bits := map[string]int{"n": 15, "q": 16, "i": 31, "u": 32, "x": 63, "t": 63}[kind]
	n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 0, 64)
	signed := kind == "n" || kind == "i" || kind == "x"
	if err != nil || bits == 0 || strings.Contains(text, "_") || n < 0 && (!signed || n < -1<<bits) || bits < 63 && n >= 1<<bits {
		return variant{}, false
	}
	return variant{kind, int(n)}, true
}

// variantString reads a string in quotes, with escapes as GVariant's text form has them.
func variantString(text string) (string, bool) {
	quote, rest := text[0], text[1:]
	var out strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case quote:
			return out.String(), i == len(rest)-1 && utf8.ValidString(rest)
		case '\\':
			i++
			if i == len(rest) {
				return "", false
			}
			digits := map[byte]int{'u': 4, 'U': 8}[rest[i]]
			if digits == 0 {
				if plain, ok := map[byte]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}[rest[i]]; ok {
					out.WriteByte(plain)
				} else {
					out.WriteByte(rest[i])
				}
				continue
			}
			n, err := strconv.ParseUint(rest[i+1:min(i+1+digits, len(rest))], 16, 32)
			if err != nil || i+digits >= len(rest) {
				return "", false
			}
			out.WriteRune(rune(n))
			i += digits
		default:
			out.WriteByte(c)
		}
	}
	return "", false
}
