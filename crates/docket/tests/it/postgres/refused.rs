//! What is not served, and what is not even begun.

use crate::{
    cluster::Cluster,
    ground::{Database, Ground, OWNER, SERVING, shared, url},
    home::{Home, docket, said},
};
use std::process::Output;

/// A way to spoil a deployment, what puts it right, whom to connect as, and
/// what is said of it.
struct Spoilt<'a> {
    made: &'a str,
    undone: &'a str,
    role: &'a str,
    said: &'a str,
}

fn start(command: &str, home: &Home, role: &str) -> Output {
    let mut start = docket(&[command, "--config", &home.config(), "--allow-root"]);
    start.env("DOCKET_DATABASE", home.ground.database().unwrap().url(role));
    start.env("DOCKET_LISTEN", "127.0.0.1:0").output().unwrap()
}

#[test]
fn nobody_serves_or_works_behind_the_schema_with_rights_too_many_or_without_waiting_for_the_disk() {
    if shared().is_none() {
        return;
    }
    let home = Home::new();
    let database = home.ground.database().unwrap();
    let (name, bold) = (database.name(), format!("{}_bold", database.name()));
    for Spoilt { made, undone, role, said: complaint } in [
        Spoilt {
            made: "create table kept as select * from migration;
                delete from migration where name = (
                    select max(name) from migration where name not like 'access %')",
            undone: "insert into migration select * from kept on conflict do nothing;
                drop table kept",
            role: SERVING,
            said: "is yet to be taken; `docket migrate` takes it",
        },
        Spoilt {
            made: "insert into migration values ('9999_jump', '', 0)",
            undone: "delete from migration where name = '9999_jump'",
            role: SERVING,
            said: "was written by a newer release, which took the step `9999_jump`",
        },
        Spoilt {
            made: "grant create on schema public to docket_serving",
            undone: "revoke create on schema public from docket_serving",
            role: SERVING,
            said: "it may make things in the schema",
        },
        Spoilt { made: "", undone: "", role: OWNER, said: "it owns the table" },
        Spoilt { made: "", undone: "", role: "postgres", said: "it is a superuser" },
        Spoilt {
            made: &format!("create role {bold} login bypassrls"),
            undone: &format!("drop role {bold}"),
            role: &bold,
            said: "it passes over row level security",
        },
        Spoilt {
            made: &format!("alter database {name} set synchronous_commit = off"),
            undone: &format!("alter database {name} reset synchronous_commit"),
            role: SERVING,
            said: "`synchronous_commit` is off",
        },
    ] {
        database.run(made);
        for command in ["serve", "work"] {
            let refused = start(command, &home, role);
            assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
            assert!(said(&refused).contains(complaint), "{complaint}: {}", said(&refused));
        }
        database.run(undone);
    }
    home.serve().stop();
}

#[test]
fn a_database_is_named_in_full_and_without_its_password_or_nothing_is_made() {
    let Some(cluster) = shared() else { return };
    let nobody = url(&cluster, "docket_nobody", "postgres");
    for (serving, owner, code, complaint) in [
        ("postgres://docket:hunter2@localhost/docket", "postgres://o@localhost/d", 3, "a password"),
        ("postgres://docket@localhost/d", "postgres://o:hunter2@localhost/d", 3, "a password"),
        ("postgres://docket@db.internal/d", "postgres://o@db.internal/d", 3, "`[postgres] ca`"),
        ("postgres://docket@10.0.0.1/d", "postgres://o@localhost/d", 3, "`[postgres] ca`"),
        ("sqlite:d.db", "postgres://o@localhost/d", 3, "use `postgres://"),
        (&nobody, &nobody, 1, "cannot be reached"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let words = ["init", "--tenant", "Hinge", "--admin", "Ann"];
        let mut init = docket(&words);
        init.args(["--database", serving, "--owner", owner]).current_dir(folder.path());
        let refused = init.output().unwrap();
        assert_eq!(refused.status.code(), Some(code), "{}", said(&refused));
        assert!(said(&refused).contains(complaint), "{}", said(&refused));
        assert!(!said(&refused).contains("hunter2"), "{}", said(&refused));
        assert!(folder.path().read_dir().unwrap().next().is_none(), "{serving}");
    }
}

#[test]
fn a_database_with_a_deployment_in_it_is_left_as_it_is() {
    if shared().is_none() {
        return;
    }
    let home = Home::new();
    let tenants = || home.ground.ask("data", "select count(*) from tenant");
    let before = tenants();
    let other = Ground::new();
    let mut again = docket(&["init", "--tenant", "Other", "--admin", "Eve"]);
    again.args(home.ground.words()).current_dir(other.path());
    let again = again.output().unwrap();
    assert_eq!(again.status.code(), Some(3), "{}", said(&again));
    assert!(said(&again).contains("share one configuration"), "{}", said(&again));
    assert!(other.path().read_dir().unwrap().next().is_none());
    assert_eq!(tenants(), before);
}

#[test]
fn a_server_says_that_a_power_cut_would_take_what_was_answered() {
    let Some(cluster) = Cluster::make() else { return };
    cluster.wake("-c full_page_writes=on");
    let home = Home::at(Ground::on(Database::new(&cluster.url())));
    let warned = |names: &[&str]| {
        let said = home.serve().end().1;
        for name in ["fsync", "full_page_writes"] {
            let told = said.contains(&format!("`{name}` is off: a power cut may take"));
            assert_eq!(told, names.contains(&name), "{said}");
        }
    };
    warned(&["fsync"]);
    cluster.stop("fast");
    cluster.wake("-c full_page_writes=off -c fsync=on");
    warned(&["full_page_writes"]);
    cluster.stop("fast");
    cluster.wake("-c fsync=on");
    warned(&[]);
}
