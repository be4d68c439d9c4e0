//! Who may join the others, and who had better not.

use super::agree::{stop, three};
use crate::{
    ground::Ground,
    home::{Home, docket, said},
};
use std::fs;

/// A key of the same sort that is somebody else's.
fn another(name: &str) -> Vec<u8> {
    fs::read(Home::at(Ground::file()).data().join("keys").join(name)).unwrap()
}

#[test]
fn whoever_has_other_keys_or_another_name_for_the_log_does_not_join_and_is_told_what_to_share() {
    let Some((home, servers)) = three() else { return };
    let (config, key) = (home.config(), home.data().join("keys/log.pem"));
    let (written, ours) = (fs::read_to_string(&config).unwrap(), fs::read(&key).unwrap());
    let renamed = written.replace("origin = \"docket/", "origin = \"docket/not-");
    for (written, key_of_log) in [(&written, &another("log.pem")), (&renamed, &ours)] {
        fs::write(&config, written).unwrap();
        fs::write(&key, key_of_log).unwrap();
        for command in ["serve", "work"] {
            let mut other = docket(&[command, "--config", &config, "--allow-root"]);
            let refused = other.env("DOCKET_LISTEN", "127.0.0.1:0").output().unwrap();
            assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
            for part in ["is not one to be continued from here", "share one `origin` and the keys"]
            {
                assert!(said(&refused).contains(part), "`{part}` is missing: {}", said(&refused));
            }
        }
    }
    fs::write(&config, &written).unwrap();
    fs::write(&key, &ours).unwrap();
    home.serve().stop();
    stop(servers);
    home.verify_log();
}
