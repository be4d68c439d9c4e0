//! Private keys: one file each, Ed25519 in PKCS #8, readable by nobody else.

pub mod ring;
mod rotate;
mod thumbprint;

pub use ring::Ring;
pub use thumbprint::{BadThumbprint, Thumbprint};

use crate::failure::Fault;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{self, DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use secrecy::{ExposeSecret, SecretString};
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// The key that signs the checkpoints of the log.
pub const LOG: &str = "log.pem";
/// The public half of it, for those who check the log: beside the folder of the
/// private keys, since it is no secret.
pub const LOG_PUBLIC: &str = "log.vkey";
/// The key that signs closeout packets.
pub const PACKET: &str = "packet.pem";

/// Draws a key and writes it to a file that must not exist yet.
///
/// # Errors
/// If the file cannot be written.
pub fn make(path: &Path) -> Result<SigningKey, Fault> {
    // Not from a `Chance`: a test may count, and a key that can be counted to is none.
    let key = SigningKey::from_bytes(&rand::random());
    let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| bad(path, &error))?;
    write_new(path, pem.as_bytes()).map_err(|cause| unusable(path, cause))?;
    Ok(key)
}

/// Reads a key.
///
/// # Errors
/// If the file is not there, is not such a key, or others may read it.
pub fn read(path: &Path) -> Result<SigningKey, Fault> {
    check_private(path)?;
    let pem = fs::read_to_string(path).map_err(|cause| unusable(path, cause))?;
    of_pem(&pem.into()).map_err(|error| bad(path, &error))
}

/// The key in such a file.
///
/// # Errors
/// If that is none.
pub fn of_pem(pem: &SecretString) -> Result<SigningKey, pkcs8::Error> {
    SigningKey::from_pkcs8_pem(pem.expose_secret())
}

/// A key that others could have read is not a secret any more.
fn check_private(path: &Path) -> Result<(), Fault> {
    let mode = fs::metadata(path).map_err(|cause| unusable(path, cause))?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(Fault::Key(format!("`{path}` can be read by others; `chmod 600` it")));
    }
    Ok(())
}

/// What a key is called in tokens: the thumbprint of its public half (RFC 7638).
pub fn thumbprint(key: &VerifyingKey) -> String {
    Thumbprint::of_ed25519(key.as_bytes()).to_string()
}

/// Makes a folder for private things, with everything above it.
///
/// # Errors
/// If it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), Fault> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)))
        .map_err(|cause| unusable(path, cause))
}

/// Writes a file that must not exist yet and makes sure that it stays.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Puts a file in the place of another at once: a reader sees the one or the other.
pub(crate) fn write_over(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension(format!("{:08x}.new", rand::random::<u32>()));
    write_new(&fresh, bytes)?;
    fs::rename(&fresh, path)?;
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    // A bare name lies in the folder that we are in.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

pub(crate) fn unusable(path: &Path, cause: io::Error) -> Fault {
    Fault::File { path: path.display().to_string(), cause }
}

fn bad(path: &Path, error: &dyn std::error::Error) -> Fault {
    Fault::Key(format!("`{}`: {error}", path.display()))
}
