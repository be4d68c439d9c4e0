//! A statement as it is said once for many.
//!
//! What a statement costs PostgreSQL is for the most part that there is one:
//! binding, locking tables, starting and ending. The rows are cheap. So the same
//! statement with other arguments is sent as one that takes a list for each
//! parameter, and is made from the text of the first.

use tokio_postgres::types::{Kind, Type};

/// The list of arguments, as a table. No statement has another of this name.
const ROWS: &str = "many_";

/// Whether a statement inserts a row of its parameters and does nothing else.
pub(in crate::db) fn puts_values(one: &str) -> bool {
    parts(&bare(one)).is_some()
}

/// The text that puts many rows, where `one` puts one and does nothing else.
///
/// `takes` are the types of its parameters.
pub(super) fn put(one: &str, takes: &[Type]) -> Option<String> {
    let one = bare(one);
    let (into, columns) = parts(&one)?;
    Some(format!("{into} select {columns} from {}", rows(takes, "")?))
}

/// What a statement inserts into, and which columns of the list it takes.
fn parts(one: &str) -> Option<(&str, String)> {
    let (into, values) = one.split_once(" values (")?;
    let columns = values.strip_suffix(')')?.split(',').map(|value| column(value.trim()));
    let columns = columns.collect::<Option<Vec<_>>>()?.join(", ");
    into.starts_with("insert into ").then_some((into, columns))
}

/// The text that asks many questions at once. It answers the rows of all, each
/// with the number of its question, counted from 1, as its last column.
pub(super) fn ask(one: &str, takes: &[Type]) -> Option<String> {
    let one = bare(one);
    let asks = ["select ", "with "].iter().any(|word| one.starts_with(word));
    // Rows that are locked would be locked in another order.
    if !asks || one.contains(" for ") || takes.is_empty() {
        return None;
    }
    let rows = rows(takes, " with ordinality")?;
    let one = named(&one);
    // Each question finds its own rows, as it would alone: `offset 0` keeps it from
    // being joined with the list in another way.
    Some(format!(
        "select answer_.*, {ROWS}.number_ from {rows}
        cross join lateral (select * from ({one}) as one_ offset 0) as answer_"
    ))
}

/// The text in one line, without what is said about it.
fn bare(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("--"));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    text.replace("( ", "(").replace(" )", ")")
}

/// The lists, side by side.
fn rows(takes: &[Type], numbered: &str) -> Option<String> {
    // Lists of lists are taken apart by PostgreSQL down to their elements.
    if takes.is_empty() || takes.iter().any(|kind| matches!(kind.kind(), Kind::Array(_))) {
        return None;
    }
    let numbers = 1..=takes.len();
    let lists = numbers.clone().zip(takes).map(|(number, kind)| format!("${number}::{kind}[]"));
    let columns = numbers.map(|number| format!("p{number}_"));
    let number = (!numbered.is_empty()).then(|| "number_".to_owned());
    Some(format!(
        "unnest({}){numbered} as {ROWS}({})",
        lists.collect::<Vec<_>>().join(", "),
        columns.chain(number).collect::<Vec<_>>().join(", ")
    ))
}

/// The column that a parameter is in, if that is all there is.
fn column(value: &str) -> Option<String> {
    let number: usize = value.strip_prefix('$')?.parse().ok()?;
    Some(format!("{ROWS}.p{number}_"))
}

/// The text with a column for each parameter.
fn named(text: &str) -> String {
    let mut parts = text.split('$');
    let mut named = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(end);
        named.push_str(&format!("{ROWS}.p{number}_{rest}"));
    }
    named
}
