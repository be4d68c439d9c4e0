use super::{
    super::{Key, Right, TABLES},
    filled::{FILLED, InCatalogue, TENANTS, is_forbidden, is_there, tables},
};
use std::collections::BTreeSet;
use tokio_postgres::{Client, Transaction};

/// Begins what acts for a tenant, or for everyone.
async fn begin<'a>(client: &'a mut Client, setting: &str, to: &str) -> Transaction<'a> {
    let tx = client.transaction().await.unwrap();
    let set = format!("select set_config('docket.{setting}', $1, true)");
    tx.execute(&set, &[&to]).await.unwrap();
    tx
}

/// Runs something that must not go through, and takes back what it broke.
async fn forbids(tx: &mut Transaction<'_>, statement: &str) {
    let part = tx.transaction().await.unwrap();
    assert!(is_forbidden(part.batch_execute(statement).await), "{statement}");
    part.rollback().await.unwrap();
}

async fn seen(tx: &Transaction<'_>, table: &str) -> i64 {
    tx.query_one(&format!("select count(*) from {table}"), &[]).await.unwrap().get(0)
}

async fn of_tenants() -> Vec<InCatalogue> {
    let mut all = tables(&FILLED.root().await).await;
    all.retain(|table| table.tenant.is_some());
    all
}

#[tokio::test]
async fn every_table_is_in_the_list_guarded_and_owned_by_the_role_that_made_it() {
    if !is_there() {
        return;
    }
    let catalogue = "select c.relname::text, c.relrowsecurity and c.relforcerowsecurity,
            pg_get_userbyid(c.relowner) = current_user,
            (select count(*) from pg_policies where tablename = c.relname),
            exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant')
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind not in ('i', 'S')
        order by 1";
    let rows = FILLED.owner().await.query(catalogue, &[]).await.unwrap();
    let names: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, TABLES.iter().map(|table| table.name).collect::<Vec<_>>());
    for (row, table) in rows.iter().zip(TABLES) {
        assert!(row.get::<_, bool>(1), "{} is guarded, even from its owner", table.name);
        assert!(row.get::<_, bool>(2), "{} is owned by whoever made it", table.name);
        assert!(row.get::<_, i64>(3) > 0, "{} has a policy", table.name);
        assert_eq!(row.get::<_, bool>(4), table.key == Key::Tenant("tenant"), "{}", table.name);
    }
}

#[tokio::test]
async fn nobody_sees_or_changes_a_row() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    let all = tables(&client).await;
    let mut tx = client.transaction().await.unwrap();
    for table in all {
        let name = &table.name;
        assert_eq!(seen(&tx, name).await, 0, "{name}");
        forbids(&mut tx, &table.insert(TENANTS[0])).await;
        for statement in [
            format!("update {name} set {0} = {0}", table.any_column()),
            format!("delete from {name}"),
        ] {
            let part = tx.transaction().await.unwrap();
            match part.execute(&statement, &[]).await {
                Ok(rows) => assert_eq!(rows, 0, "{statement}"),
                no => assert!(is_forbidden(no), "{statement}"),
            }
            part.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_serving_role_changes_nothing_but_rows() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    let all = tables(&client).await;
    let mut tx = begin(&mut client, "everyone", "on").await;
    for InCatalogue { name, tenant, .. } in all {
        let policy = if tenant.is_some() { "own" } else { "shared" };
        for statement in [
            format!("truncate {name} cascade"),
            format!("drop table {name} cascade"),
            format!("alter table {name} disable row level security"),
            format!("alter table {name} no force row level security"),
            format!("alter table {name} add column more text"),
            format!("alter table {name} disable trigger all"),
            format!("drop policy {policy} on {name}"),
            format!("create policy mine on {name} using (true)"),
            format!(
                "create trigger mine before update on {name} for each row execute function refuse()"
            ),
        ] {
            forbids(&mut tx, &statement).await;
        }
    }
    for statement in [
        "create table mine (id bigint)",
        "create temporary table ticket (id bigint)",
        "create schema mine",
        "create view mine as select 1",
        "create function mine() returns bigint language sql as 'select 1::bigint'",
        "create or replace function refuse() returns trigger language plpgsql as 'begin return new; end'",
        "drop function refuse() cascade",
        "set session_replication_role = replica",
    ] {
        forbids(&mut tx, statement).await;
    }
}

#[tokio::test]
async fn a_tenant_sees_its_rows_and_no_other_ones() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    for tenant in TENANTS {
        let tx = begin(&mut client, "tenant", tenant).await;
        for InCatalogue { name, tenant: column, .. } in of_tenants().await {
            let column = column.unwrap();
            let whose = format!("select {column} from {name}");
            let rows = tx.query(&whose, &[]).await.unwrap();
            let whose: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
            assert_eq!(whose, [tenant], "{name}");
        }
    }
}

#[tokio::test]
async fn a_tenant_writes_no_row_of_another_and_gives_none_away() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    let mut tx = begin(&mut client, "tenant", TENANTS[0]).await;
    for table in of_tenants().await {
        forbids(&mut tx, &table.insert(TENANTS[1])).await;
        let (name, column) = (&table.name, table.tenant.as_ref().unwrap());
        let part = tx.transaction().await.unwrap();
        let given = part.execute(&format!("update {name} set {column} = 'tenant-b'"), &[]).await;
        assert!(given.is_err(), "{name}");
        part.rollback().await.unwrap();
        let part = tx.transaction().await.unwrap();
        let theirs = format!("delete from {name} where {column} = 'tenant-b'");
        assert!(part.execute(&theirs, &[]).await.map_or(true, |rows| rows == 0), "{name}");
        part.rollback().await.unwrap();
    }
    assert!(of_tenants().await.len() > 30);
}

#[tokio::test]
async fn everyone_is_shown_what_the_list_says_and_no_more() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    let tx = begin(&mut client, "everyone", "on").await;
    for table in TABLES {
        let shown = seen(&tx, table.name).await > 0;
        assert_eq!(shown, table.everyone.contains(&Right::Select), "{}", table.name);
    }
}

#[tokio::test]
async fn everyone_writes_what_the_list_says_and_no_more() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    let all = tables(&client).await;
    let mut tx = begin(&mut client, "everyone", "on").await;
    for (table, known) in all.iter().zip(TABLES) {
        for (right, statement) in [
            (Right::Insert, table.insert("tenant-c")),
            (Right::Update, format!("update {0} set {1} = {1}", table.name, table.any_column())),
            (Right::Delete, format!("delete from {}", table.name)),
        ] {
            let part = tx.transaction().await.unwrap();
            let through = match part.execute(&statement, &[]).await {
                Ok(rows) => rows > 0,
                no => !is_forbidden(no),
            };
            assert_eq!(through, known.everyone.contains(&right), "{statement}");
            part.rollback().await.unwrap();
        }
    }
}

#[test]
fn each_table_that_everyone_is_shown_says_why() {
    let open: Vec<_> = TABLES.iter().filter(|table| !table.everyone.is_empty()).collect();
    assert!(open.iter().all(|table| !table.why.is_empty()));
    // Whatever was said, seen or agreed on a ticket is never among them.
    let closed: BTreeSet<_> =
        ["ticket", "message", "evidence", "invoice", "approval", "site"].into();
    assert!(open.iter().all(|table| !closed.contains(table.name)));
}

#[tokio::test]
async fn what_a_transaction_was_for_ends_with_it() {
    if !is_there() {
        return;
    }
    let mut client = FILLED.serving().await;
    for (setting, to) in [("tenant", TENANTS[0]), ("everyone", "on")] {
        let tx = begin(&mut client, setting, to).await;
        assert!(seen(&tx, "principal").await > 0);
        tx.commit().await.unwrap();
        let tx = client.transaction().await.unwrap();
        let left = format!("select current_setting('docket.{setting}', true)");
        assert_eq!(tx.query_one(&left, &[]).await.unwrap().get::<_, &str>(0), "");
        for table in TABLES {
            assert_eq!(seen(&tx, table.name).await, 0, "{}", table.name);
        }
    }
}
