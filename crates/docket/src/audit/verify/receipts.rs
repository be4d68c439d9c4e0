//! Checking receipts: one, or an export with one to a line.

use super::{Against, Found, Held, NotHeld, cosignatures, name_of, open};
use crate::failure::Fault;
use kernel::{
    checkpoint::Checkpoint,
    merkle::{Hash, verify_inclusion},
    receipt::Receipt,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::BufRead,
};

/// Checks every receipt, one to a line.
///
/// # Errors
/// The first that does not hold, or that the lines cannot be read.
pub fn receipts(lines: impl BufRead, against: &Against<'_>) -> Result<Held, NotHeld> {
    let mut all = All::default();
    let mut line_no = 0;
    for line in lines.lines() {
        line_no += 1;
        let line = line.map_err(|cause| Fault::File { path: "receipts".to_owned(), cause })?;
        if line.trim().is_empty() {
            continue;
        }
        let receipt: Receipt = serde_json::from_str(&line)
            .map_err(|bad| Found::new(format!("line {line_no}"), bad.to_string()))?;
        all.receipt(&receipt, against, line_no)?;
        (against.progress)(all.leaves.len() as u64, 0);
    }
    Ok(all.held())
}

/// Checks one receipt, however it is laid out.
///
/// # Errors
/// What does not hold about it.
pub fn receipt(text: &[u8], against: &Against<'_>) -> Result<Held, NotHeld> {
    let receipt: Receipt =
        serde_json::from_slice(text).map_err(|bad| Found::new("receipt", bad.to_string()))?;
    let mut all = All::default();
    all.receipt(&receipt, against, 1)?;
    Ok(all.held())
}

#[derive(Default)]
struct All {
    /// The checkpoint of the line before, because most lines share one.
    head: Option<(String, Checkpoint)>,
    roots: BTreeMap<u64, Hash>,
    leaves: BTreeSet<u64>,
    cosignatures: u64,
}

impl All {
    fn receipt(
        &mut self,
        receipt: &Receipt,
        against: &Against<'_>,
        line_no: u64,
    ) -> Result<(), NotHeld> {
        let place = || {
            let name = name_of(receipt.index, receipt.entry.as_bytes());
            format!("line {line_no}, {name}")
        };
        let (size, root) = self.open(receipt, against, &place)?;
        let leaf = Hash::leaf(receipt.entry.as_bytes());
        verify_inclusion(leaf, receipt.index, size, &receipt.proof, root)
            .map_err(|not| Found::new(place(), not.to_string()))?;
        if !self.leaves.insert(receipt.index) {
            return Err(Found::new(place(), "it was there before").into());
        }
        Ok(())
    }

    fn held(self) -> Held {
        let (checkpoints, entries) = (self.roots.len() as u64, self.leaves.len() as u64);
        let head = self.head.map(|(_, head)| head);
        Held { entries, checkpoints, cosignatures: self.cosignatures, waiting: 0, head }
    }

    fn open(
        &mut self,
        receipt: &Receipt,
        against: &Against<'_>,
        place: &dyn Fn() -> String,
    ) -> Result<(u64, Hash), NotHeld> {
        if let Some((text, head)) = &self.head
            && *text == receipt.checkpoint
        {
            return Ok((head.size, head.root));
        }
        let head = open(&receipt.checkpoint, against.keys)
            .map_err(|found| Found { place: place(), ..found })?;
        self.cosignatures += cosignatures(&receipt.checkpoint, against.keys);
        let (size, root) = (head.size, head.root);
        // Two roots for one size are two logs: somebody was shown another past.
        if *self.roots.entry(size).or_insert(root) != root {
            let what =
                format!("its checkpoint and an earlier one of size {size} contradict each other");
            return Err(Found::new(place(), what).into());
        }
        self.head = Some((receipt.checkpoint.clone(), head));
        Ok((size, root))
    }
}
