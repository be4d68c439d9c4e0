//! The Merkle tree under the audit log: RFC 6962 hashing in C2SP tiles.
//!
//! ```text
//!   entries ──▶ leaf hashes ──▶ tiles of 256 ──▶ tiles of 256 of those ──▶ root
//!                               tile/0/…         tile/1/…
//! ```
//!
//! What must stay true:
//!
//! * A full tile never changes again, and tiles do not depend on how their
//!   leaves were batched.
//! * Every proof can be made from tiles alone, and checked from nothing but the
//!   hashes in it and a root.
//! * A proof that was touched anywhere does not verify.
//!
//! Start with [`TileBuilder`] to write, with [`TileNodes`] and
//! [`prove_inclusion`] to read, and with [`verify_inclusion`] to check.

mod build;
mod bundle;
mod frontier;
mod hash;
mod nodes;
mod path;
mod proof;
mod tile;
mod verify;

pub use build::{BadEdge, TileBuilder};
pub use bundle::{
    BadBundle, ENTRY_BYTES_MAX, EntryTooLong, decode_bundle, encode_bundle, push_entry,
};
pub use frontier::{BadFrontier, Frontier, SIZE_MAX, root_of};
pub use hash::{BadHash, Hash};
pub use nodes::{MissingNode, Nodes, root_at};
pub use path::{BadPath, Bundle, LogPath, TILE_WIDTH, Tile};
pub use proof::{NotProvable, prove_consistency, prove_inclusion};
pub use tile::{TileNodes, tiles_for_consistency, tiles_for_inclusion, tiles_for_root};
pub use verify::{NotProven, verify_consistency, verify_inclusion};
