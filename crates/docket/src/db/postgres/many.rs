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

#[cfg(test)]
mod tests {
    use super::{ask, put, puts_values};
    use tokio_postgres::types::Type;

    const TEXT_AND_NUMBER: &[Type] = &[Type::TEXT, Type::INT8];

    #[test]
    fn a_row_of_parameters_becomes_rows_of_lists() {
        let one = "-- Why.\ninsert into site (\n    id,\n    at\n)\nvalues ($2, $1)\n";
        assert_eq!(
            put(one, TEXT_AND_NUMBER).unwrap(),
            "insert into site (id, at) select many_.p2_, many_.p1_ \
             from unnest($1::text[], $2::int8[]) as many_(p1_, p2_)"
        );
    }

    #[test]
    fn what_does_more_than_insert_its_parameters_is_said_one_by_one() {
        let more = [
            "insert into site (id) values (1)",
            "insert into site (id) values ($1) on conflict do nothing",
            "insert into site (id) values (lower($1))",
            "insert into site (id) select $1",
            "update site set id = $1",
            "delete from site where id = $1",
        ];
        for one in more {
            assert!(!puts_values(one), "{one}");
            assert_eq!(put(one, &[Type::TEXT]), None, "{one}");
        }
    }

    #[test]
    fn a_question_becomes_one_of_many_with_its_number() {
        let asked = ask("select at from site where id = $1 and at > $2", TEXT_AND_NUMBER).unwrap();
        assert!(asked.contains("where id = many_.p1_ and at > many_.p2_) as one_"), "{asked}");
        assert!(asked.contains("$1::text[], $2::int8[]) with ordinality"), "{asked}");
        assert!(asked.starts_with("select answer_.*, many_.number_ from "), "{asked}");
    }

    #[test]
    fn what_locks_writes_or_takes_lists_is_asked_one_by_one() {
        let one = &[Type::TEXT];
        assert_eq!(ask("select id from site where id = $1 for update", one), None);
        assert_eq!(ask("update site set id = $1 returning id", one), None);
        assert_eq!(ask("select id from site where id = any($1)", &[Type::TEXT_ARRAY]), None);
        assert_eq!(ask("select 1", &[]), None);
    }
}
