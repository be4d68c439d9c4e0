//! `docket packet`: checking closeout packets, with no server.

use super::{Trouble, print};
use crate::{
    failure::Fault,
    packet::verify::{Verified, verify},
};
use clap::Subcommand;
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey, DecodePublicKey},
};
use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug, Subcommand)]
pub enum Packet {
    /// Check a packet: its form, digest, signature, and that it makes sense.
    Verify {
        /// The packet, as `closeout.packet` answered it.
        file: PathBuf,
        /// Whose signature it has to be: a PEM file, or the public key as 64
        /// hexadecimal digits.
        #[arg(long)]
        key: Option<String>,
    },
}

impl Packet {
    pub fn run(self) -> Result<(), Trouble> {
        let Self::Verify { file, key } = self;
        let text = read(&file)?;
        let key = key.map(|key| public_key(&key)).transpose()?;
        let verified = verify(&text, key.as_ref()).map_err(|not| {
            Trouble::DoesNotHold(format!("{}: {}", file.display(), kernel::refusal::Chain(&not)))
        })?;
        print(&report(&verified, key.is_some()));
        Ok(())
    }
}

fn report(verified: &Verified, compared: bool) -> String {
    let Verified { ticket, version, digest, key_id, checked } = verified;
    let mut lines: Vec<String> = checked.iter().map(|what| format!("holds  {what}")).collect();
    lines.push(format!("packet of {ticket}, version {version}, sha256 {digest}"));
    lines.push(format!("signed by {key_id}"));
    if !compared {
        lines.push("nobody said whose key that is: compare it, or give --key".to_owned());
    }
    lines.join("\n")
}

fn public_key(said: &str) -> Result<VerifyingKey, Trouble> {
    let path = Path::new(said);
    let text = if path.exists() {
        String::from_utf8_lossy(&read(path)?).trim().to_owned()
    } else {
        said.to_owned()
    };
    let public = VerifyingKey::from_public_key_pem(&text).ok();
    let private = || SigningKey::from_pkcs8_pem(&text).ok().map(|key| key.verifying_key());
    let spelled = || {
        let mut bytes = [0; 32];
        hex::decode_to_slice(&text, &mut bytes).ok()?;
        VerifyingKey::from_bytes(&bytes).ok()
    };
    public.or_else(private).or_else(spelled).ok_or_else(|| {
        Trouble::Usage("`--key` is neither a PEM file nor 64 hexadecimal digits".to_owned())
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    fs::read(path)
        .map_err(|cause| Trouble::Broke(Fault::File { path: path.display().to_string(), cause }))
}
