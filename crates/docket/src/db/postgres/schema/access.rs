//! What the tables show to whom, as statements.

use super::tables::{Key, Right, TABLES, Table};
use std::fmt::Write;

/// The tenant that a transaction is for. A setting that an earlier transaction
/// made reads as an empty text afterwards, and that is nobody.
const TENANT: &str = "nullif(current_setting('docket.tenant', true), '')";
/// That a transaction is Docket's own, across tenants.
const EVERYONE: &str = "current_setting('docket.everyone', true) = 'on'";

/// Nothing is left of what was allowed earlier.
const BEFORE: &str = include_str!("../../../../migrations/postgres/before.sql");
/// A table that the list leaves out undoes all of it.
const AFTER: &str = include_str!("../../../../migrations/postgres/after.sql");

/// Statements that give every table its policies, and the serving role its
/// rights and no others. They are for the owner of the tables, in a
/// transaction, after the steps; run again they change nothing.
pub fn policies_and_grants(serving_role: &str) -> String {
    let role = quoted(serving_role);
    let mut text = BEFORE.replace(":role", &role);
    for table in TABLES {
        write_table(&mut text, table, &role);
    }
    text + AFTER
}

/// A name as SQL says it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn write_table(text: &mut String, table: &Table, role: &str) {
    let name = table.name;
    // Writing into a text does not fail.
    let _ = writeln!(text, "alter table {name} enable row level security;");
    let _ = writeln!(text, "alter table {name} force row level security;");
    match table.key {
        Key::Tenant(column) => {
            let own = format!("{column} = {TENANT}");
            let _ = writeln!(text, "create policy own on {name} using ({own}) with check ({own});");
            for right in table.everyone {
                let _ = writeln!(text, "{}", for_everyone(name, *right));
            }
        }
        Key::Shared => {
            let seen = format!("{TENANT} is not null");
            let _ = writeln!(text, "create policy shared on {name} for select using ({seen});");
            let all = format!("using ({EVERYONE}) with check ({EVERYONE})");
            let _ = writeln!(text, "create policy everyone on {name} {all};");
        }
    }
    let rights: Vec<_> = table.serving.iter().map(|right| right.name()).collect();
    let _ = writeln!(text, "grant {} on {name} to {role};", rights.join(", "));
}

fn for_everyone(table: &str, right: Right) -> String {
    let checks = match right {
        Right::Select | Right::Delete => format!("using ({EVERYONE})"),
        Right::Insert => format!("with check ({EVERYONE})"),
        Right::Update => format!("using ({EVERYONE}) with check ({EVERYONE})"),
    };
    let right = right.name();
    format!("create policy everyone_{right} on {table} for {right} {checks};")
}
