use super::{
    filled::{Fresh, TENANTS, is_there},
    statements::{for_many, texts},
};
use serde_json::Value;
use tokio_postgres::Client;

/// Tables that do not grow with the work that is done.
const SMALL: &[&str] = &[
    "identity_revision",
    "incident_type",
    "incident_type_active",
    "invoice_number",
    "job_chore",
    "job_limit",
    "log_settled",
    "migration",
    "pause",
    "pg_authid",
    "rate_card",
    "rate_card_version",
    "technician",
    "tenant",
];

/// Statements that read all there is, or all that is open, and why.
const ALL: &[(&str, &str)] = &[
    ("entry_all.postgres.sql", "a verification reads the log from its beginning"),
    ("log_checkpoints.sql", "a verification reads the log from its beginning"),
    ("log_runs.sql", "a verification reads the log from its beginning"),
    ("entry_export.postgres.sql", "an entry's run is found by the greatest number up to its own"),
    ("breach_count.sql", "promises that were broken are few, and each is counted"),
    ("between.sql", "visits that go on are as many as technicians"),
];

/// What of its tables a plan reads more than is named by their columns. What
/// stops after the first rows it finds is fine, too.
fn unbounded(plan: &Value, limited: bool, found: &mut Vec<String>) {
    let text = |name: &str| plan[name].as_str().unwrap_or_default();
    let (node, table) = (text("Node Type"), text("Relation Name"));
    let condition = text("Index Cond").to_owned() + text("Recheck Cond");
    // The tenant alone is everything that it ever did.
    let named = condition.split(" AND ").any(|part| !part.is_empty() && !part.contains("tenant"));
    let scans = node.ends_with("Scan") && node != "Tid Scan" && !table.is_empty();
    if scans && !SMALL.contains(&table) && !named && !limited {
        found.push(format!("{node} of {table} {condition}"));
    }
    // What a sort, a sum or a join reads, it reads to its end; so does a loop
    // that first finds rows and then looks which of them are wanted.
    let limited = match node {
        "Limit" => true,
        "Nested Loop" => limited && plan["Join Filter"].is_null(),
        "LockRows" | "Result" | "Append" => limited,
        _ => false,
    };
    for below in plan["Plans"].as_array().into_iter().flatten() {
        unbounded(below, limited, found);
    }
}

async fn plan(client: &Client, text: &str) -> Value {
    client.batch_execute(&format!("deallocate all; prepare it as {text}")).await.unwrap();
    let row = "select cardinality(parameter_types) from pg_prepared_statements where name = 'it'";
    let count: i32 = client.query_one(row, &[]).await.unwrap().get(0);
    let nulls = vec!["null"; usize::try_from(count).unwrap()].join(", ");
    let given = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
    let explain = format!("explain (format json) execute it{given}");
    let messages = client.simple_query(&explain).await.unwrap();
    let line = messages.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    serde_json::from_str::<Value>(line.unwrap()).unwrap()[0]["Plan"].take()
}

#[tokio::test]
async fn no_statement_reads_more_than_it_names_where_work_piles_up() {
    if !is_there() {
        return;
    }
    let database = Fresh::filled("plans").await;
    // As if there were so many rows that it matters how they are found.
    let large = "update pg_class set reltuples = 1e7, relpages = 1
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')";
    database.root().await.batch_execute(large).await.unwrap();
    let client = database.serving().await;
    let settings = format!(
        "set docket.tenant = '{}'; set enable_seqscan = off;
         set plan_cache_mode = force_generic_plan",
        TENANTS[0]
    );
    client.batch_execute(&settings).await.unwrap();
    let mut all = Vec::new();
    for (path, text) in texts() {
        let file = path.file_name().unwrap().to_str().unwrap();
        let mut found = Vec::new();
        unbounded(&plan(&client, &text).await, false, &mut found);
        if let (Some(many), true) = (for_many(&client, &text).await, found.is_empty()) {
            unbounded(&plan(&client, &many).await, false, &mut found);
        }
        match ALL.iter().any(|(known, _)| *known == file) {
            true => assert!(!found.is_empty(), "{file} reads no more than it names, after all"),
            false => all.extend(found.into_iter().map(|what| format!("{file}: {what}"))),
        }
    }
    assert_eq!(all, Vec::<String>::new());
}

/// What a plan reads, down to the leaves.
fn reads(plan: &Value, of: &str, found: &mut Vec<String>) {
    if plan["Relation Name"] == of && plan["Node Type"] != "ModifyTable" {
        let text = |name: &str| plan[name].as_str().unwrap_or_default();
        found.push(format!("{} {}", text("Node Type"), text("Index Name")).trim().to_owned());
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        reads(below, of, found);
    }
}

#[tokio::test]
async fn jobs_that_end_are_found_by_their_keys_though_nothing_is_known_of_the_table() {
    if !is_there() {
        return;
    }
    let database = Fresh::migrated("guesses").await;
    let client = database.serving().await;
    let running = "set docket.everyone = 'on'; set plan_cache_mode = force_generic_plan;
        insert into job (tenant, id, kind, phase, priority, due_at, attempts_max, lease,
            lease_until, started_at, timeout_us, payload, digest, created_at)
        select 't', n::text, 'k', 'running', 1, 1, 1, 1, 1, 1, 1, '{}', '', 1
        from generate_series(1, 2000) n";
    client.batch_execute(running).await.unwrap();
    for (path, text) in texts() {
        let file = path.file_name().unwrap().to_str().unwrap();
        if !["done.postgres.sql", "renew.postgres.sql"].contains(&file) {
            continue;
        }
        let mut found = Vec::new();
        reads(&plan(&client, &text).await, "job", &mut found);
        found.sort();
        assert_eq!(found, ["Index Scan job_pkey", "Tid Scan"], "{file}");
    }
}
