//! A folder: each letter a file named by its id, so that a second delivery
//! replaces the first. It is there for trying Docket, and for what picks up files.

use super::{Address, Letter, NotCarried};
use jiff::Timestamp;
use kernel::id::{Contact, Id, Outgoing, Ticket};
use serde::Serialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

pub(in crate::outgoing) struct Folder(PathBuf);

/// A letter as the folder keeps it.
#[derive(Serialize)]
struct File<'a> {
    id: Id<Outgoing>,
    ticket: Id<Ticket>,
    kind: &'a str,
    subject: &'a str,
    body: &'a str,
    queued_at: Timestamp,
    contact: Option<Id<Contact>>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
}

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub async fn carry(&self, letter: &Letter) -> Result<(), NotCarried> {
        let (folder, id) = (self.0.clone(), letter.id);
        let text = serde_json::to_vec_pretty(&File::of(letter));
        let text = text.map_err(|_| NotCarried::permanent("folder.encoding"))?;
        let wrote = tokio::task::spawn_blocking(move || write(&folder, id, &text)).await;
        // Which part of the path was in the way is for whoever owns the machine.
        match wrote {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(NotCarried::transient("folder.unwritable")),
        }
    }
}

impl<'a> File<'a> {
    fn of(letter: &'a Letter) -> Self {
        let (phone, email) = match &letter.to {
            Address::Phone(phone) => (Some(phone.as_str()), None),
            Address::Email(email) => (None, Some(email.as_str())),
        };
        Self {
            id: letter.id,
            ticket: letter.ticket,
            kind: letter.kind.name(),
            subject: &letter.subject,
            body: &letter.body,
            queued_at: letter.queued_at,
            contact: letter.contact,
            phone,
            email,
        }
    }
}

/// Written beside and moved into place: a reader sees a whole letter or none.
/// Others beside this one may write the same letter, so each has a name of its own.
fn write(folder: &Path, id: Id<Outgoing>, text: &[u8]) -> io::Result<()> {
    static WRITTEN: AtomicU64 = AtomicU64::new(0);
    let (process, count) = (std::process::id(), WRITTEN.fetch_add(1, Ordering::Relaxed));
    let half = folder.join(format!(".{id}.{process}-{count}"));
    fs::create_dir_all(folder)?;
    let mut open = fs::File::create(&half)?;
    io::Write::write_all(&mut open, text)?;
    open.sync_all()?;
    fs::rename(&half, folder.join(format!("{id}.json")))?;
    // What is marked as delivered has to survive a power cut too.
    fs::File::open(folder)?.sync_all()
}
