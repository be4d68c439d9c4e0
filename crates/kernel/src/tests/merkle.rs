use crate::merkle::{
    Frontier, Hash, Nodes, NotProvable, NotProven, SIZE_MAX, prove_consistency, prove_inclusion,
    root_at, root_of, verify_consistency, verify_inclusion,
};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use proptest::{prelude::*, sample::Index};
use sha2::Sha256;

/// The entries that the first implementation of Certificate Transparency was
/// tested with, and everybody's since.
const ENTRIES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];

const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(hash: &Hash) -> String {
    hex::encode(hash.0)
}

fn known_leaves() -> Vec<Hash> {
    ENTRIES.iter().map(|entry| Hash::leaf(&hex::decode(entry).unwrap())).collect()
}

fn entry(index: usize) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| Hash::leaf(&entry(index))).collect()
}

/// Looks a node up the slow way.
fn over(leaves: &[Hash]) -> impl Nodes {
    |level: u32, index: u64| {
        let start = usize::try_from(index << level).ok()?;
        let end = usize::try_from((index + 1) << level).ok()?;
        leaves.get(start..end).map(|leaves| root_of(leaves.iter().copied()))
    }
}

/// The same tree in another implementation.
fn oracle(size: usize) -> MemoryBackedTree<Sha256, Vec<u8>> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|index| tree.push(entry(index)));
    tree
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    let leaves = known_leaves();
    let mut frontier = Frontier::new();
    assert_eq!(hex(&frontier.root()), ROOTS[0]);
    for (size, leaf) in leaves.iter().enumerate() {
        frontier.push(*leaf);
        assert_eq!(hex(&frontier.root()), ROOTS[size + 1]);
        assert_eq!(root_at(&over(&leaves), size as u64 + 1), Ok(frontier.root()));
    }
}

#[test]
fn the_inclusion_proofs_are_those_of_certificate_transparency() {
    let paths: [(u64, u64, &[&str]); 5] = [
        (0, 1, &[]),
        (
            0,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            &[
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, &["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            &[
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (index, size, expected) in paths {
        let path = prove_inclusion(&over(&known_leaves()), index, size).unwrap();
        assert_eq!(path.iter().map(hex).collect::<Vec<_>>(), expected, "{index} of {size}");
    }
}

#[test]
fn the_consistency_proofs_are_those_of_certificate_transparency() {
    let paths: [(u64, u64, &[&str]); 4] = [
        (1, 1, &[]),
        (
            1,
            8,
            &[
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            &[
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            &[
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ];
    for (old, new, expected) in paths {
        let path = prove_consistency(&over(&known_leaves()), old, new).unwrap();
        assert_eq!(path.iter().map(hex).collect::<Vec<_>>(), expected, "{old} to {new}");
    }
}

#[test]
fn every_proof_between_small_trees_verifies() {
    let leaves = leaves(40);
    let nodes = over(&leaves);
    for new in 0..=leaves.len() as u64 {
        let root = root_at(&nodes, new).unwrap();
        for at in 0..new {
            let proof = prove_inclusion(&nodes, at, new).unwrap();
            assert_eq!(verify_inclusion(leaves[at as usize], at, new, &proof, root), Ok(()));
        }
        for old in 0..=new {
            let old_root = root_at(&nodes, old).unwrap();
            let proof = prove_consistency(&nodes, old, new).unwrap();
            assert_eq!(verify_consistency(old, old_root, new, root, &proof), Ok(()));
        }
    }
}

#[test]
fn what_cannot_be_proven_is_said() {
    let leaves = leaves(3);
    let refused = prove_inclusion(&over(&leaves), 3, 3).unwrap_err();
    assert_eq!(refused, NotProvable::OutOfRange { index: 3, size: 3 });
    let refused = prove_consistency(&over(&leaves), 3, 2).unwrap_err();
    assert_eq!(refused, NotProvable::Shrunk { old: 3, new: 2 });
    let refused = prove_inclusion(&over(&leaves), 0, 5).unwrap_err();
    assert_eq!(refused.to_string(), "the tree has no node 4 at level 0");
}

#[test]
fn nothing_is_consistent_with_an_empty_tree_that_is_not_empty() {
    let root = root_of(leaves(3));
    assert_eq!(verify_consistency(0, Hash::EMPTY, 3, root, &[]), Ok(()));
    let refused = verify_consistency(0, root, 3, root, &[]);
    assert_eq!(refused, Err(NotProven::Root { size: 0 }));
    let refused = verify_consistency(0, Hash::EMPTY, 0, root, &[]);
    assert_eq!(refused, Err(NotProven::Root { size: 0 }));
    let refused = verify_consistency(3, root, 3, root, &[root]);
    assert_eq!(refused, Err(NotProven::TooLong));
}

#[test]
fn a_frontier_takes_up_only_what_one_can_be() {
    let frontier: Frontier = leaves(11).into_iter().collect();
    let resumed = Frontier::resume(11, frontier.peaks().to_vec()).unwrap();
    assert_eq!(resumed, frontier);
    assert!(Frontier::resume(12, frontier.peaks().to_vec()).is_err());
    assert!(Frontier::resume(SIZE_MAX + 1, vec![Hash::EMPTY; 2]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn roots_and_proofs_are_those_of_another_implementation(
        new in 1usize..400, old in any::<Index>(), at in any::<Index>(),
    ) {
        let (old, at) = (old.index(new), at.index(new));
        let (leaves, tree) = (leaves(new), oracle(new));
        let nodes = over(&leaves);
        let root = root_of(leaves.iter().copied());
        prop_assert_eq!(root.0.to_vec(), tree.root().as_bytes().to_vec());

        let proof = prove_inclusion(&nodes, at as u64, new as u64).unwrap();
        let theirs = tree.prove_inclusion(at);
        prop_assert_eq!(proof.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), theirs.as_bytes());

        if old > 0 {
            let proof = prove_consistency(&nodes, old as u64, new as u64).unwrap();
            let theirs = tree.prove_consistency(new - old);
            prop_assert_eq!(proof.iter().flat_map(|hash| hash.0).collect::<Vec<_>>(), theirs.as_bytes());
        }
    }

    #[test]
    fn an_inclusion_proof_that_was_touched_does_not_verify(
        size in 2usize..300, at in any::<Index>(), bit in any::<Index>(), edit in 0..6,
    ) {
        let leaves = leaves(size);
        let (at, size) = (at.index(size) as u64, size as u64);
        let mut leaf = leaves[at as usize];
        let mut root = root_of(leaves.iter().copied());
        let mut index = at;
        let mut proof = prove_inclusion(&over(&leaves), at, size).unwrap();
        match edit {
            0 => flip(&mut proof, bit),
            1 => flip(std::slice::from_mut(&mut leaf), bit),
            2 => flip(std::slice::from_mut(&mut root), bit),
            3 => drop(proof.pop()),
            4 => proof.push(root),
            _ => index = (at + 1) % size,
        }
        prop_assert!(verify_inclusion(leaf, index, size, &proof, root).is_err());
    }

    #[test]
    fn a_consistency_proof_that_was_touched_does_not_verify(
        new in 2usize..300, old in any::<Index>(), bit in any::<Index>(), edit in 0..5,
    ) {
        let leaves = leaves(new);
        let old = 1 + old.index(new - 1);
        let mut old_root = root_of(leaves[..old].iter().copied());
        let mut new_root = root_of(leaves.iter().copied());
        let (old, new) = (old as u64, new as u64);
        let mut proof = prove_consistency(&over(&leaves), old, new).unwrap();
        match edit {
            0 => flip(&mut proof, bit),
            1 => flip(std::slice::from_mut(&mut old_root), bit),
            2 => flip(std::slice::from_mut(&mut new_root), bit),
            3 => drop(proof.pop()),
            _ => proof.push(new_root),
        }
        prop_assert!(verify_consistency(old, old_root, new, new_root, &proof).is_err());
    }

    #[test]
    fn any_proof_verifies_or_is_refused(
        at: u64, size: u64, old: u64, hash: [u8; 32], length in 0usize..70,
    ) {
        let hash = Hash(hash);
        let proof = vec![hash; length];
        prop_assert!(length == 0 || verify_inclusion(hash, at, size, &proof, hash).is_err());
        prop_assert!(length == 0 || verify_consistency(old, hash, size, hash, &proof).is_err());
        let _ = verify_consistency(old, hash, u64::MAX, hash, &proof);
        let _ = verify_inclusion(hash, at, u64::MAX, &proof, hash);
        let any = |_: u32, _: u64| Some(hash);
        let _ = (prove_inclusion(&any, at, size), prove_consistency(&any, old, size));
    }
}

fn flip(hashes: &mut [Hash], bit: Index) {
    let bit = bit.index(hashes.len() * 256);
    hashes[bit / 256].0[bit % 256 / 8] ^= 1 << (bit % 8);
}
