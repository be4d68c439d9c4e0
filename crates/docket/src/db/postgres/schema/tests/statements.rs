use super::{
    super::{Right, TABLES},
    filled::{FILLED, is_there},
};
use crate::db::{postgres::many, tests::sources};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use tokio_postgres::{Client, types::Type};

/// The texts that PostgreSQL is given: a twin in place of what it is a twin of.
pub(super) fn texts() -> Vec<(PathBuf, String)> {
    let all = sources(".sql");
    let has_twin = |path: &Path| {
        let path = path.to_str().unwrap();
        let stem = path.strip_suffix(".sqlite.sql").or_else(|| path.strip_suffix(".sql")).unwrap();
        all.contains(&PathBuf::from(format!("{stem}.postgres.sql")))
    };
    let texts = all.iter().filter(|path| !has_twin(path));
    texts.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

#[tokio::test]
async fn every_statement_prepares_and_speaks_in_texts_numbers_and_bytes() {
    if !is_there() {
        return;
    }
    let client = FILLED.serving().await;
    for (path, text) in texts() {
        let prepared = client.prepare(&text).await;
        let prepared = prepared.unwrap_or_else(|no| panic!("{path:?}: {no:?}"));
        let given = [Type::TEXT, Type::INT8, Type::BYTEA, Type::TEXT_ARRAY, Type::INT8_ARRAY];
        for (at, kind) in prepared.params().iter().enumerate() {
            assert!(given.contains(kind), "{path:?} takes ${} as {kind}", at + 1);
        }
        let answered = [Type::TEXT, Type::INT8, Type::BYTEA, Type::BOOL];
        for column in prepared.columns() {
            let kind = column.type_();
            assert!(answered.contains(kind), "{path:?} answers {} as {kind}", column.name());
        }
    }
}

/// The text that says a statement for many, if there is one.
pub(super) async fn for_many(client: &Client, text: &str) -> Option<String> {
    let one = client.prepare(text).await.unwrap();
    let form = if many::puts_values(text) { many::put } else { many::ask };
    form(text, one.params())
}

#[tokio::test]
async fn what_is_said_for_many_at_once_prepares_and_answers_the_same_and_a_number() {
    if !is_there() {
        return;
    }
    let client = FILLED.serving().await;
    let (mut puts, mut asks) = (0, 0);
    for (path, text) in texts() {
        let Some(many) = for_many(&client, &text).await else { continue };
        let one = client.prepare(&text).await.unwrap();
        let prepared = client.prepare(&many).await;
        let prepared = prepared.unwrap_or_else(|no| panic!("{path:?}: {no:?}: {many}"));
        let kinds = |columns: &[tokio_postgres::Column]| {
            columns.iter().map(|column| column.type_().clone()).collect::<Vec<_>>()
        };
        let mut expected = kinds(one.columns());
        if many::puts_values(&text) {
            puts += 1;
        } else {
            asks += 1;
            expected.push(Type::INT8);
        }
        assert_eq!(kinds(prepared.columns()), expected, "{path:?}");
    }
    assert!(puts > 20 && asks > 100, "{puts} that put, {asks} that ask");
}

type Rights = BTreeMap<String, BTreeSet<Right>>;

/// The words of a statement, without what is said in comments and texts; a few
/// empty ones end it.
fn words(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split("--").next().unwrap());
    let code = lines.collect::<Vec<_>>().join(" ");
    let outside: String = code.split('\'').step_by(2).collect();
    let word = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let words = outside.split(word).filter(|word| !word.is_empty());
    words.chain(["", ""]).map(str::to_owned).collect()
}

/// Adds what a statement does to which table.
fn note_rights(text: &str, rights: &mut Rights) {
    let words = words(text);
    let has = |phrase: &[&str]| words.windows(phrase.len()).any(|part| part == phrase);
    let mut note = |table: &str, does: &[Right]| {
        if TABLES.iter().any(|known| known.name == table) {
            rights.entry(table.to_owned()).or_default().extend(does);
        }
    };
    for part in words.windows(3) {
        match [part[0].as_str(), part[1].as_str()] {
            ["insert", "into"] => {
                note(&part[2], &[Right::Insert]);
                if has(&["on", "conflict"]) || has(&["returning"]) {
                    note(&part[2], &[Right::Select]);
                }
                if has(&["do", "update"]) {
                    note(&part[2], &[Right::Update]);
                }
            }
            ["delete", "from"] => note(&part[2], &[Right::Delete, Right::Select]),
            ["from" | "join", table] => note(table, &[Right::Select]),
            ["update", table] => note(table, &[Right::Update, Right::Select]),
            _ => {}
        }
    }
}

#[test]
fn the_serving_role_may_do_what_the_statements_do_and_nothing_else() {
    let mut needed = Rights::new();
    texts().iter().for_each(|(_, text)| note_rights(text, &mut needed));
    let granted = TABLES.iter().map(|table| {
        (table.name.to_owned(), table.serving.iter().copied().collect::<BTreeSet<_>>())
    });
    for (table, granted) in granted {
        let mut needed = needed.remove(&table).unwrap_or_default();
        // Whatever a tenant has written it may look at.
        needed.insert(Right::Select);
        assert_eq!(granted, needed, "{table}: what is granted, and what is needed");
    }
}
