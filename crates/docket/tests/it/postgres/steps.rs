//! `docket migrate`.

use crate::{
    ground::{Database, OWNER, SERVING, shared},
    home::{Home, docket, printed, said},
};
use std::thread;

/// The steps that were taken, as it says.
fn steps(said: &str) -> Vec<String> {
    said.lines().filter_map(|line| line.strip_prefix("step   ")).map(str::to_owned).collect()
}

#[test]
fn the_owner_takes_the_steps_once_and_says_which_and_what_it_allowed() {
    let Some(cluster) = shared() else { return };
    let (home, fresh) = (Home::new(), Database::new(&cluster));
    let migrate = || {
        let words = ["migrate", "--config", &home.config(), "--owner", &fresh.url(OWNER)];
        let mut migrate = docket(&words);
        migrate.env("DOCKET_DATABASE", fresh.url(SERVING));
        printed(migrate)
    };
    let (first, second) = (migrate(), migrate());
    assert_eq!(
        steps(&first),
        fresh.ask("select name from migration where name ~ '^\\d' order by 1")
    );
    assert_eq!(steps(&first)[0], "0001_tenancy");
    assert!(steps(&second).is_empty(), "{second}");
    for said in [&first, &second] {
        assert!(said.contains("grant  insert on audit_entry to docket_serving\n"), "{said}");
        assert!(!said.contains("delete on audit_entry"), "{said}");
    }
}

#[test]
fn of_owners_who_take_the_steps_at_once_one_takes_each_and_the_others_wait() {
    let Some(cluster) = shared() else { return };
    let (home, fresh) = (Home::new(), Database::new(&cluster));
    let owner = fresh.url(OWNER);
    let taken = thread::scope(|scope| {
        let migrate = || {
            let words = ["migrate", "--config", &home.config(), "--owner", &owner];
            let mut migrate = docket(&words);
            migrate.env("DOCKET_DATABASE", fresh.url(SERVING));
            steps(&printed(migrate))
        };
        let owners = [(); 3].map(|()| scope.spawn(migrate));
        owners.map(|owner| owner.join().unwrap())
    });
    let mut sizes = taken.each_ref().map(Vec::len);
    sizes.sort_unstable();
    assert_eq!(sizes[..2], [0, 0], "{taken:?}");
    let all: Vec<String> = taken.into_iter().flatten().collect();
    assert_eq!(all, fresh.ask("select name from migration where name ~ '^\\d' order by 1"));
}

#[test]
fn whoever_serves_takes_no_steps() {
    if shared().is_none() {
        return;
    }
    let home = Home::new();
    let serving = home.ground.database().unwrap().url(SERVING);
    let words = ["migrate", "--config", &home.config(), "--owner", &serving];
    let refused = docket(&words).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("it takes the steps, so it owns the tables"));
}

#[test]
fn a_file_takes_its_steps_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let words = ["init", data.to_str().unwrap(), "--tenant", "Hinge", "--admin", "Ann"];
    printed(docket(&words));
    let config = data.join("docket.toml");
    let migrated = docket(&["migrate", "--config", config.to_str().unwrap()]).output().unwrap();
    assert_eq!(migrated.status.code(), Some(0), "{}", said(&migrated));
    assert!(said(&migrated).contains("is up to date"), "{}", said(&migrated));
}
