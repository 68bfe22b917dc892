import random

import pytest
from hypothesis import given, settings, strategies as st

from opposable.ledger import merkle, tiles
from opposable.ledger.errors import ProofError


def entry(i):
    return f"acte {i}".encode().ljust(32, b".")


def grow(*sizes, entry=entry):
    """Files and root of a log that was signed at each of the sizes."""
    files, old, root = {}, 0, merkle.EMPTY_ROOT
    for size in sizes:
        new, root, added = tiles.extend(files.__getitem__, old, [entry(i) for i in range(old, size)])
        assert new == size
        files |= added
        old = size
    return files, root


ENTRIES = [entry(i) for i in range(66_000)]
TREE = merkle.Tree(merkle.leaf_hashes(ENTRIES))


@pytest.mark.parametrize(
    ("level", "n", "width", "path"),
    [
        (0, 0, 256, "tile/0/000"),
        (0, 5, 256, "tile/0/005"),
        (1, 999, 1, "tile/1/999.p/1"),
        (0, 1000, 256, "tile/0/x001/000"),
        (2, 1234067, 256, "tile/2/x001/x234/067"),
        (63, 1234067, 255, "tile/63/x001/x234/067.p/255"),
    ],
)
def test_tile_paths_are_those_of_the_specification(level, n, width, path):
    assert tiles.tile_path(level, n, width) == path
    assert tiles.entries_path(n, width) == path.replace(f"tile/{level}/", "tile/entries/")


@pytest.mark.parametrize(("level", "n", "width"), [(64, 0, 256), (-1, 0, 256), (0, -1, 256), (0, 0, 0), (0, 0, 257)])
def test_there_is_no_path_for_what_is_no_tile(level, n, width):
    with pytest.raises(ProofError):
        tiles.tile_path(level, n, width)


@given(st.lists(st.binary(max_size=300)))
def test_entry_bundles_are_read_as_they_were_written(entries):
    data = tiles.encode_entries(entries)
    assert tiles.decode_entries(data) == entries
    if data:
        with pytest.raises(ProofError):
            tiles.decode_entries(data + b"\0")
        with pytest.raises(ProofError):
            tiles.decode_entries(data + b"\0\1")


def test_an_entry_has_its_length_in_two_bytes():
    assert tiles.encode_entries([b"", b"ab", b"x" * 65_535])[:7] == b"\0\0\0\2ab\xff"
    with pytest.raises(ProofError):
        tiles.encode_entries([b"x" * 65_536])


def test_the_files_are_those_of_the_specification():
    """The sizes of the specification's example, 70,000 leaves, in a log of one size."""
    files, _root = grow(70_000)
    hash_tiles = [path for path in files if not path.startswith("tile/entries/")]
    full = [path for path in hash_tiles if ".p/" not in path]
    assert sorted(path for path in hash_tiles if ".p/" in path) == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert sum(path.startswith("tile/0/") for path in full) == 273
    assert [path for path in full if path.startswith("tile/1/")] == ["tile/1/000"]
    assert len(full) == 274
    assert all(len(files[path]) == 8_192 for path in full)
    assert sorted(path.removeprefix("tile/entries/") for path in files if path.startswith("tile/entries/")) == sorted(
        path.removeprefix("tile/0/") for path in hash_tiles if path.startswith("tile/0/")
    )


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_above():
    files, root = grow(256)
    assert sorted(files) == ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]
    assert files["tile/1/000.p/1"] == root


@given(st.sets(st.integers(1, 1_500), min_size=1, max_size=8))
@settings(max_examples=30)
def test_a_log_grown_in_steps_is_the_tree_of_its_entries(sizes):
    files, root = grow(*sorted(sizes))
    for size in sizes:
        tree = tiles.TileTree(files.__getitem__, size)
        assert tree.root() == TREE.root(size)
        for index in {0, size // 2, size - 1}:
            assert tree.leaf(index) == TREE.leaf(index)
            assert tree.inclusion_proof(index) == TREE.inclusion_proof(index, size)
            assert tree.consistency_proof(index + 1) == TREE.consistency_proof(index + 1, size)
    assert root == TREE.root(max(sizes))
    assert list(tiles.faults(files.__getitem__, max(sizes), root)) == []


def test_three_levels_of_tiles_prove_like_the_tree():
    chance = random.Random(7)
    files, root = grow(3, 65_000, 66_000)
    assert root == TREE.root()
    assert "tile/2/000.p/1" in files
    tree = tiles.TileTree(files.__getitem__, 66_000)
    for _ in range(200):
        index = chance.randrange(66_000)
        proof = tree.inclusion_proof(index)
        assert proof == TREE.inclusion_proof(index)
        merkle.verify_inclusion(merkle.leaf_hash(ENTRIES[index]), index, 66_000, proof, root)
        old = chance.randrange(1, 66_001)
        assert tree.consistency_proof(old) == TREE.consistency_proof(old)
    assert tree.node(16, 0) == TREE.node(16, 0)
    assert tree.node(11, 3) == TREE.node(11, 3)
    assert tree.entries(257) == ENTRIES[257 * 256 :]


def test_extending_by_nothing_adds_nothing():
    files, root = grow(300)
    assert tiles.extend(files.__getitem__, 300, []) == (300, root, {})
    assert tiles.extend({}.__getitem__, 0, []) == (0, merkle.EMPTY_ROOT, {})


def test_extending_again_gives_the_same_bytes():
    """A sealer that was killed between two files does the same seal again."""
    files, _root = grow(300, 700)
    again = tiles.extend(files.__getitem__, 300, ENTRIES[300:700])[2]
    assert again == {path: files[path] for path in again}
    assert set(again) == {
        "tile/entries/001",
        "tile/entries/002.p/188",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
    }


def test_a_deleted_partial_tile_is_read_from_the_full_one():
    files, _root = grow(300, 600)
    for path in [path for path in files if ".p/44" in path]:
        del files[path]
    tree = tiles.TileTree(files.__getitem__, 300)
    assert tree.entries(1) == ENTRIES[256:300]
    assert tree.leaf(299) == TREE.leaf(299)
    assert "tile/1/000.p/1" in files
    assert tree.root() == TREE.root(300)


def test_a_log_is_read_from_a_folder(tmp_path):
    for path, data in grow(300)[0].items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    tree = tiles.TileTree(lambda path: (tmp_path / path).read_bytes(), 300)
    assert tree.root() == TREE.root(300)
    with pytest.raises(ProofError, match=r"tile/0/001.p/45 is missing"):
        tiles.TileTree(lambda path: (tmp_path / path).read_bytes(), 301).leaf(300)


@pytest.mark.parametrize("index", [-1, 300, 10**9])
def test_there_is_no_leaf_beyond_the_size(index):
    files, _root = grow(300)
    tree = tiles.TileTree(files.__getitem__, 300)
    for ask in (tree.leaf, tree.inclusion_proof):
        with pytest.raises(ProofError):
            ask(index)
    with pytest.raises(ProofError):
        tiles.TileTree(files.__getitem__, -1)


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/entries/001.p/44 hash"])
def test_a_damaged_edge_is_not_built_upon(path):
    files, _root = grow(300)
    damaged, _, how = path.partition(" ")
    files[damaged] = files[damaged][:-1] + (b"?" if how else b"")
    with pytest.raises(ProofError):
        tiles.extend(files.__getitem__, 300, [b"next"])


@pytest.mark.parametrize("cut", [slice(0, -32), slice(0, -1), slice(32, None)])
def test_a_tile_of_the_wrong_length_is_refused(cut):
    files, _root = grow(300)
    files["tile/0/001.p/44"] = files["tile/0/001.p/44"][cut]
    with pytest.raises(ProofError, match="not 44 hashes"):
        tiles.TileTree(files.__getitem__, 300).leaf(299)


THOUSAND = grow(1_000)


@given(st.data())
def test_each_flipped_bit_is_found_and_its_file_is_named(data):
    files, root = dict(THOUSAND[0]), THOUSAND[1]
    path = data.draw(st.sampled_from(sorted(files)))
    changed = bytearray(files[path])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    files[path] = bytes(changed)
    found = " ".join(tiles.faults(files.__getitem__, 1_000, root))
    number = path.removeprefix("tile/1/").removeprefix("tile/0/").removeprefix("tile/entries/")
    assert f"tile/0/{number}" in found or f"tile/entries/{number}" in found or "in the tile above" in found


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("tile/entries/001", "entry 300 does not have the hash that is in tile/0/001"),
        ("tile/entries/002.p/88", "entry 556 does not have the hash that is in tile/0/002.p/88"),
        ("tile/0/001", "tile/0/001 does not have the hash that is in the tile above"),
        ("tile/1/000.p/2", "tile/0/001 does not have the hash that is in the tile above"),
        ("tile/0/002.p/88", "the tiles lead to another root than the signed one"),
    ],
)
def test_faults_are_located(path, sentence):
    files, root = grow(600)
    data = bytearray(files[path])
    data[{"tile/1/000.p/2": 40}.get(path, 44 * (34 if "entries" in path else 32) + 2)] ^= 1
    files[path] = bytes(data)
    assert sentence in list(tiles.faults(files.__getitem__, 600, root))


def test_missing_files_and_another_root_are_faults():
    files, root = grow(600)
    assert list(tiles.faults(files.__getitem__, 600, merkle.EMPTY_ROOT)) == [
        "the tiles lead to another root than the signed one"
    ]
    for path in list(files):
        kept = files.pop(path)
        assert any(f"{path} is missing" in fault for fault in tiles.faults(files.__getitem__, 600, root))
        files[path] = kept
    assert list(tiles.faults({}.__getitem__, 0, merkle.EMPTY_ROOT)) == []
    assert list(tiles.faults({}.__getitem__, 0, root)) == ["the tiles lead to another root than the signed one"]
