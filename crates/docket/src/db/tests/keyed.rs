//! What a statement says it is about, it is about.

use super::sources;
use std::{collections::BTreeMap, fs};

/// The files of the statements that say `by` how many parameters, and how many.
fn keyed() -> BTreeMap<String, usize> {
    let mut keyed = BTreeMap::new();
    for path in sources(".rs") {
        let code = fs::read_to_string(&path).unwrap();
        for line in code.lines() {
            let Some((said, key)) = line.trim().trim_end_matches(';').rsplit_once(" by ") else {
                continue;
            };
            let (Some((_, file)), Ok(key)) = (said.split_once(" = \""), key.parse()) else {
                continue;
            };
            let file = file.trim_end_matches('"');
            keyed.insert(path.parent().unwrap().join("sql").join(file).display().to_string(), key);
        }
    }
    keyed
}

/// The columns that a statement compares with parameters or fills from them, by
/// the number of the parameter.
fn named(text: &str) -> BTreeMap<usize, String> {
    let code: String =
        text.lines().filter(|line| !line.starts_with("--")).collect::<Vec<_>>().join(" ");
    let number = |word: &str| word.trim().strip_prefix('$').and_then(|word| word.parse().ok());
    if let Some((into, values)) = code.split_once(" values (") {
        let columns = into.split_once('(').unwrap().1.trim_end_matches([')', ' ']);
        let pairs = columns.split(',').zip(values.trim_end_matches([')', ' ']).split(','));
        return pairs
            .filter_map(|(column, value)| Some((number(value)?, column.trim().to_owned())))
            .collect();
    }
    let wanted = code.split_once(" where ").unwrap().1;
    let pairs = wanted.split(" and ").filter_map(|part| part.split_once(" = "));
    pairs.filter_map(|(column, value)| Some((number(value)?, column.trim().to_owned()))).collect()
}

#[test]
fn statements_about_the_same_table_that_say_what_they_are_about_say_it_by_the_same_columns() {
    let keyed = keyed();
    assert!(keyed.len() >= 6, "{keyed:?}");
    let mut by_size: BTreeMap<usize, Vec<Vec<String>>> = BTreeMap::new();
    for (file, key) in keyed {
        let named = named(&fs::read_to_string(&file).unwrap());
        let columns: Vec<_> = (1..=key).map(|at| named.get(&at).cloned()).collect();
        let columns = columns.into_iter().collect::<Option<Vec<_>>>();
        let columns = columns.unwrap_or_else(|| panic!("{file} does not name {key} columns"));
        assert_eq!(columns[0], "tenant", "{file}");
        by_size.entry(key).or_default().push(columns);
    }
    // A ticket is `id` in its own table, and `ticket` in those of what belongs to it.
    let same = |columns: &[String]| {
        columns.iter().map(|name| name.replace("ticket", "id")).collect::<Vec<_>>()
    };
    for columns in by_size.values() {
        assert!(columns.iter().all(|other| same(other) == same(&columns[0])), "{columns:?}");
    }
}
