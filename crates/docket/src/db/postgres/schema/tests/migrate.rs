use super::{
    super::{NotMigrated, check, migrate, policies_and_grants, serving_role_faults, steps},
    filled::{Fresh, is_there},
};
use crate::db::sqlite::STEPS;

async fn again(fresh: &Fresh) -> Result<Vec<&'static str>, NotMigrated> {
    migrate(&mut fresh.owner().await, &fresh.serving_role(), 2).await
}

/// Writes as somebody whom the policies keep from nothing.
async fn by_root(fresh: &Fresh, statement: &str) {
    fresh.root().await.batch_execute(statement).await.unwrap();
}

#[tokio::test]
async fn every_step_is_taken_once_and_written_down_under_the_same_name_as_on_sqlite() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("steps").await;
    again(&fresh).await.unwrap();
    let taken =
        "select name from migration where at = 1 and name not like 'access of %' order by name";
    let rows = fresh.root().await.query(taken, &[]).await.unwrap();
    let taken: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(taken, STEPS.iter().map(|step| step.0).collect::<Vec<_>>());
    assert_eq!(taken, steps().map(|step| step.0).collect::<Vec<_>>());
}

#[tokio::test]
async fn two_that_begin_at_once_take_every_step_once() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::empty("twice").await;
    let (one, two) = tokio::join!(again(&fresh), again(&fresh));
    one.unwrap();
    two.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("newer").await;
    by_root(&fresh, "insert into migration values ('9999_jump', '', 0)").await;
    assert!(matches!(again(&fresh).await, Err(NotMigrated::Newer(step)) if step == "9999_jump"));
}

#[tokio::test]
async fn a_step_that_has_changed_since_is_refused() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("changed").await;
    by_root(&fresh, "update migration set sha256 = 'x' where name = '0004_ticket'").await;
    assert!(matches!(again(&fresh).await, Err(NotMigrated::Changed("0004_ticket"))));
}

#[tokio::test]
async fn a_step_sees_every_row_and_the_tables_are_guarded_again_afterwards() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("rows").await;
    let forget = "insert into tenant (id, name, settings, created_at) values ('t', 'T', '{}', 0);
        insert into technician (tenant, id, name, active, skills, territories, zone, shifts, created_at)
        values ('t', 'x', 'X', 1, '', '', '', '', 0);
        drop table labor, part;
        delete from migration where name = '0033_work'";
    by_root(&fresh, forget).await;
    again(&fresh).await.unwrap();
    let owner = fresh.owner().await;
    let seen = "select count(*) from technician";
    assert_eq!(owner.query_one(seen, &[]).await.unwrap().get::<_, i64>(0), 0);
    owner.batch_execute("begin").await.unwrap();
    let open = include_str!("../../../../../migrations/postgres/open.sql");
    owner.batch_execute(open).await.unwrap();
    assert_eq!(owner.query_one(seen, &[]).await.unwrap().get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_mark_that_was_copied_from_another_cluster_does_not_hold_the_log_up() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("restored").await;
    by_root(&fresh, "update log_settled set mark_xact = '1000000000000'").await;
    again(&fresh).await.unwrap();
    let ahead = "select count(*) from log_settled where mark_xact > pg_current_xact_id()";
    assert_eq!(fresh.root().await.query_one(ahead, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_table_that_nobody_put_on_the_list_is_refused() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("forgotten").await;
    for forgotten in
        ["create table extra (id bigint)", "create view extra as select id from ticket"]
    {
        let mut owner = fresh.owner().await;
        let tx = owner.transaction().await.unwrap();
        tx.batch_execute(forgotten).await.unwrap();
        let refused = tx.batch_execute(&policies_and_grants(&fresh.serving_role())).await;
        let refused = refused.unwrap_err();
        let said = refused.as_db_error().unwrap().message();
        assert_eq!(said, "nothing says who may read extra", "{forgotten}");
    }
}

#[tokio::test]
async fn policies_and_rights_are_put_back_the_way_they_were_meant() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("rights").await;
    let (serving, root) = (fresh.serving_role(), fresh.root().await);
    let spoilt = format!(
        "alter table message no force row level security;
         grant update (body) on message to {serving};
         grant delete on audit_entry to {serving};
         grant truncate on part to public;
         revoke select on site from {serving};
         grant create on schema public to public;",
    );
    root.batch_execute(&spoilt).await.unwrap();
    let mut faults = serving_role_faults(&root, &serving).await.unwrap();
    faults.sort();
    let expected = [
        "it may delete on audit_entry",
        "it may make things in the schema",
        "it may not select on site",
        "it may truncate on part",
        "it may update on message",
        "the table `message` shows its rows to everybody",
    ];
    assert_eq!(faults, expected);

    again(&fresh).await.unwrap();
    assert!(serving_role_faults(&root, &serving).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_role_that_could_pass_over_the_tables_does_not_serve() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("roles").await;
    let (root, name) = (fresh.root().await, fresh.serving_role());
    for (made, undone, said) in [
        ("alter role R superuser", "alter role R nosuperuser", "it is a superuser"),
        ("alter role R bypassrls", "alter role R nobypassrls", "it passes over row level security"),
        ("alter role R createrole", "alter role R nocreaterole", "it may make other roles"),
        (
            "alter role R replication",
            "alter role R noreplication",
            "it may replicate, and so read everything",
        ),
        ("grant O to R", "revoke O from R", "it may become `O`, which may do more"),
        (
            "alter role R noinherit; grant O to R",
            "revoke O from R",
            "it may become `O`, which may do more",
        ),
        (
            "grant pg_write_all_data to R",
            "revoke pg_write_all_data from R",
            "it may become `pg_write_all_data`, which may do more",
        ),
        ("alter table part owner to R", "alter table part owner to O", "it owns the table `part`"),
        (
            "grant create on database D to R",
            "revoke create on database D from R",
            "it may make schemas in the database",
        ),
        (
            "grant temporary on database D to public",
            "revoke temporary on database D from public",
            "it may make temporary tables, which stand in front of ours",
        ),
    ] {
        let owner = name.replace("_serving", "_owner");
        let database = name.replace("_serving", "");
        let names = |text: &str| {
            let word = |word: &str| match word.trim_matches([';', '`', ',']) {
                "R" => word.replace('R', &name),
                "O" => word.replace('O', &owner),
                "D" => word.replace('D', &database),
                _ => word.to_owned(),
            };
            text.split(' ').map(word).collect::<Vec<_>>().join(" ")
        };
        root.batch_execute(&names(made)).await.unwrap();
        let faults = serving_role_faults(&root, &name).await.unwrap();
        assert!(faults.contains(&names(said)), "{made}: {faults:?}");
        root.batch_execute(&names(undone)).await.unwrap();
    }
}

#[tokio::test]
async fn a_role_that_is_not_there_or_owns_the_tables_does_not_serve() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::empty("unfit").await;
    let owner_role = fresh.serving_role().replace("_serving", "_owner");
    for (role, said) in [
        ("nobody; drop table ticket", "there is no such role"),
        ("no\"body", "there is no such role"),
        (owner_role.as_str(), "it takes the steps, so it owns the tables"),
    ] {
        match migrate(&mut fresh.owner().await, role, 1).await {
            Err(NotMigrated::Role { faults, .. }) => {
                assert!(faults.iter().any(|fault| fault == said))
            }
            other => panic!("{role}: {other:?}"),
        }
    }
    let tables = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(fresh.owner().await.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_role_may_have_any_name() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("names").await;
    let (root, role) = (fresh.root().await, format!("{} \"the :role\" $$", fresh.serving_role()));
    root.batch_execute(&format!("create role \"{}\"", role.replace('"', "\"\""))).await.unwrap();
    migrate(&mut fresh.owner().await, &role, 1).await.unwrap();
    assert!(serving_role_faults(&root, &role).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_serving_role_serves_where_every_step_is_taken_and_nobody_else_does() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::migrated("start").await;
    check(&mut fresh.serving().await).await.unwrap();
    let as_owner = check(&mut fresh.owner().await).await;
    assert!(matches!(as_owner, Err(NotMigrated::Role { .. })), "{as_owner:?}");
    by_root(&fresh, "delete from migration where name = '0033_work'").await;
    let behind = check(&mut fresh.serving().await).await;
    assert!(matches!(behind, Err(NotMigrated::Behind("0033_work"))), "{behind:?}");
}

#[tokio::test]
async fn nobody_serves_where_nothing_was_made_ready() {
    if !is_there() {
        return;
    }
    let fresh = Fresh::empty("start_empty").await;
    let refused = check(&mut fresh.serving().await).await;
    assert!(matches!(refused, Err(NotMigrated::Behind("0001_tenancy"))));
}
