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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::World;

    fn check(file: &Path, key: Option<&str>) -> Result<(), Trouble> {
        Packet::Verify { file: file.to_owned(), key: key.map(str::to_owned) }.run()
    }

    #[tokio::test]
    async fn each_way_to_fail_has_its_own_exit_code() {
        let world = World::new();
        let ticket = world.closed().await;
        let packet = world.packet(ticket, None).await.unwrap();
        let file = world.folder.path().join("packet.json");
        fs::write(&file, &packet).unwrap();
        let exit = |done: Result<(), Trouble>| done.map_err(|trouble| trouble.exit());
        let pem = world.folder.path().join("key.pem");
        let key = ed25519_dalek::pkcs8::EncodePrivateKey::to_pkcs8_pem(
            &SigningKey::from_bytes(&[7; 32]),
            Default::default(),
        );
        fs::write(&pem, key.unwrap().as_bytes()).unwrap();
        let ours = world.door.seal().key_id();

        assert_eq!(exit(check(&file, None)), Ok(()));
        assert_eq!(exit(check(&file, Some(&ours))), Ok(()));
        assert_eq!(exit(check(&file, pem.to_str())), Ok(()));
        assert_eq!(exit(check(&file, Some("no key"))), Err(2));
        let other = hex::encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
        assert_eq!(exit(check(&file, Some(&other))), Err(4));
        assert_eq!(exit(check(&world.folder.path().join("nothing"), None)), Err(1));
        fs::write(&file, packet.replace("\"held\":true", "\"held\":false")).unwrap();
        assert_eq!(exit(check(&file, None)), Err(4));
    }
}
