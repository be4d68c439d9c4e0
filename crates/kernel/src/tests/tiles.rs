use crate::merkle::{
    BadBundle, BadEdge, Bundle, Hash, LogPath, Nodes, SIZE_MAX, Tile, TileBuilder, TileNodes,
    decode_bundle, encode_bundle, prove_consistency, prove_inclusion, push_entry, root_at, root_of,
    tiles_for_consistency, tiles_for_inclusion, tiles_for_root,
};
use insta::assert_snapshot;
use proptest::{prelude::*, sample::Index};
use std::collections::BTreeMap;

type Store = BTreeMap<Tile, Vec<u8>>;

/// Leaf hashes that cost nothing: what is under them does not matter here.
fn leaves(count: u64) -> Vec<Hash> {
    let leaf = |index: u64| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&index.to_be_bytes());
        Hash(bytes)
    };
    (0..count).map(leaf).collect()
}

fn built_at_once(leaves: &[Hash]) -> (TileBuilder, Store) {
    let mut builder = TileBuilder::new();
    let tiles = builder.append(leaves.iter().copied());
    (builder, tiles.into_iter().collect())
}

fn nodes(size: u64, store: &Store) -> impl Nodes {
    TileNodes::new(size, |tile| store.get(&tile))
}

#[test]
fn paths_are_written_as_in_the_specification() {
    let tile = Tile::in_tree(0, 1_234_067, u64::MAX).unwrap();
    assert_eq!(tile.to_string(), "tile/0/x001/x234/067");
    let edge: Vec<_> = Tile::edge(70_000).map(|tile| tile.to_string()).collect();
    assert_eq!(edge, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let edge: Vec<_> = Tile::edge(256).map(|tile| tile.to_string()).collect();
    assert_eq!(edge, ["tile/1/000.p/1"]);
    assert_eq!(Bundle::in_tree(273, 70_000).unwrap().to_string(), "tile/entries/273.p/112");
    assert_eq!(Bundle::in_tree(273, 70_000).unwrap().when_full().to_string(), "tile/entries/273");
    assert_eq!(Tile::in_tree(0, 274, 70_000), None);
    assert_eq!(Tile::in_tree(63, 0, u64::MAX), None);
}

#[test]
fn a_path_is_read_in_one_spelling_only() {
    for path in
        ["checkpoint", "tile/63/000", "tile/entries/x018/x446/x744/x073/x709/x551/615.p/255"]
    {
        assert_eq!(path.parse::<LogPath>().unwrap().to_string(), path);
    }
    for path in [
        "",
        "/checkpoint",
        "checkpoint/",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001/x001",
        "tile/00/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/+1/001",
        "tile/0/+01",
        "tile/0/-01",
        "tile/0/001.p/0",
        "tile/0/001.p/256",
        "tile/0/001.p/01",
        "tile/0/001.p/+1",
        "tile/0/001.p",
        "tile/0/001.p/",
        "tile/0/001.p/1.p/1",
        "tile/0/x1/001",
        "tile/0/xx01/001",
        "tile/0/X001/001",
        "tile/entries",
        "tile/entries/",
        "tile/entry/001",
        "tile/0/../001",
        "tile/0/001 ",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/١٢٣",
    ] {
        assert!(path.parse::<LogPath>().is_err(), "{path}");
    }
    assert!("tile/entries/001".parse::<Tile>().is_err());
    assert!("tile/0/001".parse::<Bundle>().is_err());
}

#[test]
fn a_log_of_70_000_has_the_tiles_of_the_specification() {
    let leaves = leaves(70_000);
    let (builder, store) = built_at_once(&leaves);
    let full = |level| {
        store.iter().filter(|(tile, bytes)| tile.level() == level && bytes.len() == 8192).count()
    };
    assert_eq!((full(0), full(1), full(2)), (273, 1, 0));
    assert_eq!(store.len(), 273 + 1 + 3);
    let root = root_of(leaves.iter().copied());
    assert_eq!(builder.root(), root);
    assert_eq!(root_at(&nodes(70_000, &store), 70_000), Ok(root));
    let then = root_of(leaves[..65_537].iter().copied());
    assert_eq!(root_at(&nodes(70_000, &store), 65_537), Ok(then));
}

#[test]
fn a_log_is_not_taken_up_from_a_broken_edge() {
    let (_, store) = built_at_once(&leaves(300));
    let edge = |size| TileBuilder::resume(size, |tile| store.get(&tile)).map(|_| ());
    assert_eq!(edge(300), Ok(()));
    assert_snapshot!(edge(301).unwrap_err(), @"`tile/0/001.p/45` is missing");
    let cut = TileBuilder::resume(300, |tile| store.get(&tile).map(|bytes| &bytes[1..]));
    assert_snapshot!(cut.unwrap_err(), @"`tile/0/001.p/44` is shorter than its name says");
    let long = TileBuilder::resume(SIZE_MAX + 1, |_| None::<Vec<u8>>);
    assert_eq!(long, Err(BadEdge::TooLong { size: SIZE_MAX + 1 }));
}

#[test]
fn the_tiles_of_a_proof_are_few() {
    let names = |tiles: Vec<Tile>| tiles.iter().map(Tile::to_string).collect::<Vec<_>>().join("\n");
    let tiles = tiles_for_inclusion(1_000_000, 5_000_000).unwrap();
    assert_snapshot!(names(tiles.into_iter().collect()), @"
    tile/0/x003/906
    tile/0/x019/531.p/64
    tile/1/015
    tile/1/076.p/75
    tile/2/000.p/76
    ");
    let tiles = tiles_for_root(5_000_000).unwrap();
    assert_snapshot!(names(tiles.into_iter().collect()), @"
    tile/0/x019/531.p/64
    tile/1/076.p/75
    tile/2/000.p/76
    ");
}

#[test]
fn a_bundle_is_each_entry_behind_its_length() {
    let bundle = encode_bundle([&b"one"[..], b"", b"two"]).unwrap();
    assert_eq!(bundle, b"\0\x03one\0\0\0\x03two");
    assert_eq!(decode_bundle(&bundle, 3).unwrap(), [&b"one"[..], b"", b"two"]);
    assert_eq!(decode_bundle(&bundle, 2), Err(BadBundle::TooMany { width: 2 }));
    assert_eq!(decode_bundle(&bundle, 4), Err(BadBundle::TooFew { width: 4, found: 3 }));
    assert_eq!(decode_bundle(&bundle[..9], 3), Err(BadBundle::Cut));
    assert_eq!(decode_bundle(&bundle[..6], 3), Err(BadBundle::Cut));
    let refused = push_entry(&mut Vec::new(), &vec![0; 65_536]).unwrap_err();
    assert_snapshot!(refused, @"an entry of 65536 bytes is longer than the 65535 that fit a bundle");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn tiles_do_not_depend_on_how_leaves_were_batched(
        batches in proptest::collection::vec(0u64..700, 1..8),
    ) {
        let leaves = leaves(batches.iter().sum());
        let (mut size, mut store) = (0, Store::new());
        for batch in batches {
            // Each batch is built by somebody who only knows what was stored.
            let mut builder = TileBuilder::resume(size, |tile| store.get(&tile)).unwrap();
            let next = (size + batch) as usize;
            let tiles = builder.append(leaves[size as usize..next].iter().copied());
            for (tile, bytes) in tiles {
                prop_assert_eq!(bytes.len(), 32 * usize::from(tile.width()));
                prop_assert_eq!(store.insert(tile, bytes), None, "{} was written twice", tile);
            }
            size = next as u64;
            prop_assert_eq!(builder.size(), size);
            prop_assert_eq!(builder.root(), root_of(leaves[..next].iter().copied()));
            prop_assert_eq!(builder.frontier(), leaves[..next].iter().copied().collect());
            let (_, at_once) = built_at_once(&leaves[..next]);
            prop_assert!(at_once.iter().all(|(tile, bytes)| store.get(tile) == Some(bytes)));
        }
    }

    #[test]
    fn proofs_come_from_the_tiles_that_were_foretold(
        new in 1u64..3000, old in any::<Index>(), at in any::<Index>(),
    ) {
        let (old, at) = (old.index(new as usize) as u64, at.index(new as usize) as u64);
        let leaves = leaves(new);
        let (_, store) = built_at_once(&leaves);
        let over = |level: u32, index: u64| {
            let (start, end) = (index << level, (index + 1) << level);
            leaves.get(start as usize..end as usize).map(|leaves| root_of(leaves.iter().copied()))
        };

        let mut few = store.clone();
        let foretold = tiles_for_inclusion(at, new).unwrap();
        few.retain(|tile, _| foretold.contains(tile));
        let proof = prove_inclusion(&nodes(new, &few), at, new);
        prop_assert_eq!(proof, prove_inclusion(&over, at, new));

        let mut few = store;
        let foretold = tiles_for_consistency(old, new).unwrap();
        few.retain(|tile, _| foretold.contains(tile));
        let proof = prove_consistency(&nodes(new, &few), old, new);
        prop_assert_eq!(proof, prove_consistency(&over, old, new));
    }

    #[test]
    fn a_tile_that_has_filled_since_still_serves(then in 1u64..600, since in 0u64..600) {
        let leaves = leaves(then + since);
        let (_, store) = built_at_once(&leaves);
        let widest = |tile: Tile| {
            let now = Tile::in_tree(tile.level(), tile.index(), then + since)?;
            store.get(&now)
        };
        let root = root_of(leaves[..then as usize].iter().copied());
        prop_assert_eq!(root_at(&TileNodes::new(then, widest), then), Ok(root));
        prop_assert_eq!(TileBuilder::resume(then, widest).unwrap().root(), root);
    }

    #[test]
    fn a_node_is_found_if_the_tree_has_filled_it(
        size: u64, small in 0u32..64, level in 0u32..80, near in 0u64..3, far: u64,
    ) {
        let size = size >> small;
        let edge = size.checked_shr(level).unwrap_or(0);
        let index = if small == 0 { far } else { (edge + 1).saturating_sub(near) };
        let found = TileNodes::new(size, |_| Some([0; 8192])).node(level, index).is_some();
        let end = (u128::from(index) + 1).checked_shl(level);
        prop_assert_eq!(found, level < 64 && end.is_some_and(|end| end <= size.into()));
    }

    #[test]
    fn names_survive_being_written(size: u64, level in 0u8..8, index: Index) {
        let tiles = (size >> (8 * level)).div_ceil(256);
        prop_assume!(tiles > 0);
        let index = index.index(usize::try_from(tiles).unwrap()) as u64;
        let tile = Tile::in_tree(level, index, size).unwrap();
        prop_assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
        prop_assert!(tile.to_string().len() <= 64);
        let bundle = Bundle::in_tree(index, size).unwrap();
        prop_assert_eq!(bundle.to_string().parse::<Bundle>(), Ok(bundle));
    }

    #[test]
    fn any_name_is_read_or_refused(text in "(tile/)?[0-9x/.pentris+-]{0,24}|.{0,30}") {
        if let Ok(path) = text.parse::<LogPath>() {
            prop_assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn bundles_survive_being_written(
        entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..256),
    ) {
        let bundle = encode_bundle(entries.iter().map(Vec::as_slice)).unwrap();
        prop_assert_eq!(decode_bundle(&bundle, entries.len() as u16).unwrap(), entries);
    }

    #[test]
    fn any_bundle_is_read_or_refused(
        bytes in proptest::collection::vec(prop_oneof![Just(0u8), 0u8..4, any::<u8>()], 0..200),
        width: u16,
    ) {
        if let Ok(entries) = decode_bundle(&bytes, width) {
            prop_assert_eq!(encode_bundle(entries).unwrap(), bytes);
        }
        // Nobody who lies about the width is given memory for it.
        let _ = decode_bundle(&[], u16::MAX);
    }
}
