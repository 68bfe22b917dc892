// Reads a log that Opposable wrote, with the packages of the Go checksum database and nothing of ours.
//
//	gosumdb DIR < job.json > result.json
//
// DIR holds the tiles. The job names the verifier key, the checkpoints (signed notes) and the proofs to check; whatever
// does not hold ends the program with status 1. The result holds proofs made here from the same tiles, and a note
// signed here, for Opposable to check in turn.
package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type Inclusion struct {
	Size, Index int64
	Proof       tlog.RecordProof
}

type Consistency struct {
	Old, New int64
	Proof    tlog.TreeProof
}

type Job struct {
	Vkey        string
	Checkpoints []string
	Inclusion   []Inclusion
	Consistency []Consistency
	SignerKey   string
	Text        string
}

type Result struct {
	Leaves      int64
	Inclusion   []Inclusion
	Consistency []Consistency
	Note        string
}

// directory reads tiles at the paths of tlog-tiles, which leave out the height that Go's paths state.
type directory string

func (d directory) Height() int { return height }

func (d directory) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (d directory) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := d.read(tile)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (d directory) read(tile tlog.Tile) ([]byte, error) {
	path := "tile/" + strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
	return os.ReadFile(filepath.Join(string(d), path))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// open checks the signature of a checkpoint and gives its tree.
func open(signed string, verifiers note.Verifiers) tlog.Tree {
	opened, err := note.Open([]byte(signed), verifiers)
	must(err)
	var origin, root string
	var size int64
	_, err = fmt.Sscanf(opened.Text, "%s\n%d\n%s\n", &origin, &size, &root)
	must(err)
	hash, err := tlog.ParseHash(root)
	must(err)
	return tlog.Tree{N: size, Hash: hash}
}

// entries reads the entry bundle of a tile of leaf hashes.
func (d directory) entries(tile tlog.Tile) [][]byte {
	tile.L = -1
	data, err := d.read(tile)
	must(err)
	var all [][]byte
	for len(data) > 0 {
		end := 2 + int(binary.BigEndian.Uint16(data))
		all = append(all, data[2:end])
		data = data[end:]
	}
	return all
}

// authenticate compares every entry with the hash that the signed root vouches for.
func authenticate(d directory, tree tlog.Tree, reader tlog.HashReader) {
	for n := int64(0); n*256 < tree.N; n++ {
		width := tree.N - n*256
		if width > 256 {
			width = 256
		}
		entries := d.entries(tlog.Tile{H: height, L: 0, N: n, W: int(width)})
		if int64(len(entries)) != width {
			log.Fatalf("bundle %d holds %d entries of %d", n, len(entries), width)
		}
		var indexes []int64
		for i := range entries {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		must(err)
		for i, entry := range entries {
			if tlog.RecordHash(entry) != hashes[i] {
				log.Fatalf("entry %d is not in the tree", n*256+int64(i))
			}
		}
	}
}

func main() {
	dir := directory(os.Args[1])
	var job Job
	must(json.NewDecoder(os.Stdin).Decode(&job))
	verifier, err := note.NewVerifier(job.Vkey)
	must(err)
	verifiers := note.VerifierList(verifier)

	roots := map[int64]tlog.Hash{}
	readers := map[int64]tlog.HashReader{}
	var result Result
	for _, signed := range job.Checkpoints {
		tree := open(signed, verifiers)
		reader := tlog.TileHashReader(tree, dir)
		hash, err := tlog.TreeHash(tree.N, reader)
		must(err)
		if hash != tree.Hash {
			log.Fatalf("the tiles of size %d lead to another root", tree.N)
		}
		authenticate(dir, tree, reader)
		result.Leaves += tree.N
		roots[tree.N], readers[tree.N] = tree.Hash, reader
		tampered := []byte(signed)
		tampered[0] ^= 1
		if _, err := note.Open(tampered, verifiers); err == nil {
			log.Fatal("a changed note opens")
		}
	}

	for _, c := range job.Inclusion {
		leaf, err := readers[c.Size].ReadHashes([]int64{tlog.StoredHashIndex(0, c.Index)})
		must(err)
		must(tlog.CheckRecord(c.Proof, c.Size, roots[c.Size], c.Index, leaf[0]))
		made, err := tlog.ProveRecord(c.Size, c.Index, readers[c.Size])
		must(err)
		result.Inclusion = append(result.Inclusion, Inclusion{c.Size, c.Index, made})
	}
	for _, c := range job.Consistency {
		must(tlog.CheckTree(c.Proof, c.New, roots[c.New], c.Old, roots[c.Old]))
		made, err := tlog.ProveTree(c.New, c.Old, readers[c.New])
		must(err)
		result.Consistency = append(result.Consistency, Consistency{c.Old, c.New, made})
	}

	signer, err := note.NewSigner(job.SignerKey)
	must(err)
	signed, err := note.Sign(&note.Note{Text: job.Text}, signer)
	must(err)
	result.Note = string(bytes.TrimSpace(signed)) + "\n"
	must(json.NewEncoder(os.Stdout).Encode(result))
}
