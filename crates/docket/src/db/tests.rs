mod foresee;
mod glimpse;
mod keyed;
mod together;
mod turns;

use super::{Committed, Db};
use crate::{
    chance::{SystemChance, WallClock},
    failure::{Failure, Fault},
    testing::World,
};
use kernel::graph;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

fn files_under(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_under(&path, ending, found);
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
}

pub(super) fn sources(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), ending, &mut found);
    found.sort();
    found
}

/// A file with the schema of this release.
struct File {
    path: PathBuf,
    _folder: TempDir,
}

fn file() -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("docket.db");
    drop(Db::open(&path, Arc::new(WallClock), Arc::new(SystemChance)).unwrap());
    File { path, _folder: folder }
}

#[test]
fn every_statement_says_what_it_is_for_is_used_and_prepares() {
    let file = file();
    let connection = Connection::open(&file.path).unwrap();
    let code: String =
        sources(".rs").iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    for path in sources(".sql") {
        let (name, text) = (path.file_name().unwrap(), fs::read_to_string(&path).unwrap());
        assert!(text.starts_with("-- "), "{path:?} opens with a line that says what it is for");
        let name = name.to_str().unwrap();
        let used = ['"', '/'].iter().any(|before| code.contains(&format!("{before}{name}\"")));
        assert!(used, "nothing uses {path:?}");
        if name.ends_with(".postgres.sql") {
            continue;
        }
        let prepared = connection.prepare(&text.replace('$', "?"));
        assert!(prepared.is_ok(), "{path:?}: {:?}", prepared.err());
    }
}

#[test]
fn parameters_are_bound_by_their_number_not_by_where_they_appear() {
    static BOTH: super::Sql =
        super::Sql::new("test", "select cast($2 as bigint), cast($1 as bigint)");
    let world = World::new();
    let both = world.door.db().read_waiting(world.tenant, |snap| {
        Ok(snap
            .one(&BOTH, super::args![1, 2], |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?)
    });
    assert_eq!(both.unwrap(), (2, 1));
}

#[test]
fn the_check_on_transitions_is_the_one_the_toolset_prints() {
    let step: String =
        include_str!("../../migrations/0004_ticket.sql").split_whitespace().collect();
    let printed: String = graph::sql_check().split_whitespace().collect();
    assert!(step.contains(&printed), "print it again: {}", graph::sql_check());
    let step = include_str!("../../migrations/0079_step.postgres.sql");
    let (step, list): (String, _) = (step.split_whitespace().collect(), printed.find("('"));
    let list = printed[list.unwrap()..].trim_end_matches(')');
    assert!(step.contains(&format!("notin{list})then")), "print it again: {}", graph::sql_check());
}

#[test]
fn a_step_that_there_is_not_is_refused_by_the_table_itself() {
    let world = World::new();
    let step = |to: &str| {
        let tenant = world.tenant;
        world.back().run(&format!(
            "insert into transition values ('{tenant}', 'tkt', 1, 'new', '{to}', '', '', null, '', 0)"
        ))
    };
    let (none, one) = (step("closed").unwrap_err(), step("triaged").unwrap_err());
    assert!(none.contains("CHECK") || none.contains("no step from new to closed"), "{none}");
    // There is no such ticket, but that is all that is wrong with it.
    assert!(one.to_lowercase().contains("foreign key"), "{one}");
}

#[tokio::test]
async fn a_command_that_panics_takes_nobody_with_it() {
    let world = World::new();
    let panicked = world.door.db().write::<(), _>(world.tenant, |_| panic!("by design")).await;
    assert!(matches!(panicked, Err(Failure::Broke(Fault::Panic(_)))));
    let fine = world.door.db().write(world.tenant, |_| Committed::Unchanged(7)).await;
    assert_eq!(fine.unwrap(), 7);
}

#[test]
fn a_database_of_a_newer_release_is_refused() {
    let file = file();
    let connection = Connection::open(&file.path).unwrap();
    for step in 0..99 {
        connection
            .execute("insert into migration values (?1, '', 0)", [format!("z{step}")])
            .unwrap();
    }
    let opened = Db::open(&file.path, Arc::new(WallClock), Arc::new(SystemChance));
    assert!(opened.is_err());
}
