use super::{Format, Kind, Report};
use crate::{
    audit::Recorded,
    db::{Committed, Scope},
    door::{Call, Denied},
    failure::Failure,
    identity::Caller,
    job::{self, Want},
    testing::{World, code, crowd::Crowd},
};
use jiff::SignedDuration;
use kernel::{
    id::{self, Id},
    refusal::Refusal,
    role::Role,
    tool::Tool,
};
use proptest::prelude::*;
use serde_json::{Value, json};

struct Imported {
    seen: Value,
    report: Report,
    bad: Vec<Value>,
}

async fn import(world: &World, kind: Kind, format: Format, file: &str) -> Imported {
    import_as(world, &world.admin(), kind, format, file.as_bytes()).await.unwrap()
}

async fn import_as(
    world: &World,
    caller: &Caller,
    kind: Kind,
    format: Format,
    file: &[u8],
) -> Result<Imported, Failure> {
    let import = begin(world, caller, kind, format, file).await?;
    world.work_off().await;
    let Imported { seen, report, bad } = ended(world, import).await;
    assert_eq!((&seen["standing"], &seen["done"]), (&json!("ended"), &seen["size"]));
    Ok(Imported { seen, report, bad })
}

/// Asks for a file to be taken in, and nobody does it yet.
async fn begin(
    world: &World,
    caller: &Caller,
    kind: Kind,
    format: Format,
    file: &[u8],
) -> Result<Id<id::Import>, Failure> {
    // Whoever works later asks what they were granted.
    let roles: Vec<Role> = caller.roles.iter().collect();
    let (actor, roles) = (caller.actor, serde_json::to_string(&roles).unwrap());
    world.behind_the_door(&format!("update principal set roles = '{roles}' where id = '{actor}'"));
    let mut call = Call::new(Tool::ImportStart, Vec::new(), "test");
    let begun: i64 = world.value("select count(*) from import");
    call.key = Some(format!("import-{begun}"));
    let file = file.to_vec().into();
    match world.door.import(caller, call, kind, format, file).await {
        Ok(answer) => {
            let said: Value = serde_json::from_str(&answer.body).unwrap();
            Ok(said["result"]["import"].as_str().unwrap().parse().unwrap())
        }
        Err(Denied::Refused(refusal, entry)) => {
            assert!(entry.is_some(), "every refusal leaves an entry");
            Err(refusal.into())
        }
        Err(Denied::Broke(fault)) => Err(fault.into()),
    }
}

/// What is read of an import: how it stands, and the rows that were set aside.
async fn ended(world: &World, import: Id<id::Import>) -> Imported {
    let look = json!({ "import": import });
    let seen = world.call(&world.admin(), Tool::ImportGet, look).await.unwrap();
    let report: Report = serde_json::from_value(seen["report"].clone()).unwrap();
    let counted = report.created + report.updated + report.unchanged + report.quarantined;
    assert_eq!(report.rows, counted, "every row is taken or quarantined");
    let (mut bad, mut after) = (Vec::new(), json!(0));
    while !after.is_null() {
        let look = json!({ "import": import, "limit": 3, "after": after });
        let page = world.call(&world.admin(), Tool::ImportQuarantine, look).await.unwrap();
        bad.extend(page["items"].as_array().unwrap().iter().cloned());
        after = page["next"].clone();
    }
    assert_eq!(bad.len() as u64, report.quarantined);
    Imported { seen, report, bad }
}

fn refused(no: Result<Imported, Failure>) -> Box<Refusal> {
    match no {
        Err(Failure::Refused(refusal)) => refusal,
        Err(Failure::Broke(fault)) => panic!("{fault:?}"),
        Ok(Imported { report, .. }) => panic!("{report:?}"),
    }
}

async fn list(world: &World, tool: Tool) -> Vec<Value> {
    let list = world.call(&world.admin(), tool, json!({ "limit": 200 })).await.unwrap();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn good_rows_are_taken_and_bad_ones_are_set_aside_with_line_and_reason() {
    let world = World::new();
    let file = "reference,name,account.reference,address,zone,location.latitude,location.longitude\n\
        s1,First,corner,1 Elm St,America/New_York,42.6526,-73.7562\n\
        s2,Second,corner,2 Elm St,Mars/Olympus,,\n\
        s3,\"Two\nlines\",corner,3 Elm St,UTC,,\n\
        \n\
        s4,Fourth,nobody,4 Elm St,UTC,,\n\
        s5,Fifth,corner,5 Elm St\n\
        s6,Sixth,corner,6 Elm St,UTC,north,\n\
        s7,Seventh,corner,7 Elm St,UTC,,\n";
    let Imported { report, bad, .. } = import(&world, Kind::Sites, Format::Csv, file).await;
    assert_eq!((report.rows, report.created, report.quarantined), (7, 2, 5));

    let told: Vec<_> = bad
        .iter()
        .map(|bad| {
            (bad["line"].as_u64().unwrap(), bad["code"].as_str().unwrap(), bad["path"].as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            (3, "zone.unknown", Some("zone")),
            (4, "input.malformed", Some("name")),
            (7, "record.not_found", Some("account.reference")),
            (8, "input.malformed", None),
            (9, "input.malformed", Some("location.latitude")),
        ]
    );
    assert_eq!(bad[0]["row"], "s2,Second,corner,2 Elm St,Mars/Olympus,,");
    assert_eq!(bad[1]["row"], "s3,\"Two\nlines\",corner,3 Elm St,UTC,,");
    assert_eq!(report.reasons["input.malformed"], 3);

    let sites = list(&world, Tool::SiteList).await;
    let first = sites.iter().find(|site| site["reference"] == "s1").unwrap();
    let place = json!({ "latitude_e7": 426_526_000, "longitude_e7": -737_562_000 });
    assert_eq!(first["location"], place);
    assert_eq!(first["account"], json!(world.account()));
}

#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let world = World::new();
    let file = "name\nBakery\nBakery\nButcher\n";
    let first = import(&world, Kind::Accounts, Format::Csv, file).await;
    assert_eq!((first.report.created, first.report.unchanged), (3, 0));
    let before = list(&world, Tool::AccountList).await;
    let again = import(&world, Kind::Accounts, Format::Csv, file).await;
    assert_eq!((again.report.created, again.report.unchanged), (0, 3));
    assert_eq!(list(&world, Tool::AccountList).await, before);
}

#[tokio::test]
async fn a_corrected_row_is_taken_and_the_others_stay() {
    let world = World::new();
    let file = "reference,name,rate_card.reference\na,Bakery,\nb,Butcher,premium\n";
    let first = import(&world, Kind::Accounts, Format::Csv, file).await;
    assert_eq!(first.bad[0]["code"], "record.not_found");
    let file = file.replace("premium", "standard");
    let again = import(&world, Kind::Accounts, Format::Csv, &file).await;
    assert_eq!((again.report.created, again.report.unchanged), (1, 1));
    assert_eq!(again.report.quarantined, 0);
}

#[tokio::test]
async fn rows_are_taken_in_their_order() {
    let world = World::new();
    let rows: String = (0..300).map(|n| format!("last,Name {n}\n")).collect();
    let file = format!("reference,name\n{rows}");
    let done = import(&world, Kind::Accounts, Format::Csv, &file).await;
    assert_eq!((done.report.created, done.report.updated), (1, 299));
    let accounts = list(&world, Tool::AccountList).await;
    assert_eq!(accounts.last().unwrap()["name"], "Name 299");
}

#[tokio::test]
async fn of_rows_about_one_record_the_last_counts_whatever_they_call_it() {
    let world = World::new();
    let account = world.account();
    let row = |n: usize| match n % 2 {
        0 => json!({ "reference": "corner", "name": format!("Name {n}") }),
        _ => json!({ "id": account, "reference": "corner", "name": format!("Name {n}") }),
    };
    let file: Vec<_> = (0..40).map(row).collect();
    let file = json!(file).to_string();
    let done = import(&world, Kind::Accounts, Format::Json, &file).await;
    assert_eq!((done.report.created, done.report.updated), (0, 40));
    assert_eq!(list(&world, Tool::AccountList).await[0]["name"], "Name 39");
}

#[tokio::test]
async fn a_file_with_a_column_that_nobody_reads_is_refused_before_any_row() {
    let world = World::new();
    let before = list(&world, Tool::AccountList).await;
    for (header, unknown) in [
        ("name,nmae", json!(["nmae"])),
        ("name,Name", json!(["Name"])),
        ("name,name.first", json!(["name.first"])),
        ("name,", json!([""])),
    ] {
        let file = format!("{header}\nBakery,x\n");
        let admin = world.admin();
        let no = import_as(&world, &admin, Kind::Accounts, Format::Csv, file.as_bytes()).await;
        let no = refused(no);
        assert_eq!(no.code.name(), "input.malformed");
        assert_eq!(no.facts["unknown_columns"], unknown);
    }
    assert_eq!(list(&world, Tool::AccountList).await, before);
}

#[tokio::test]
async fn a_file_that_lacks_what_every_row_needs_is_refused() {
    let world = World::new();
    let file = b"reference\na\n";
    let no = refused(import_as(&world, &world.admin(), Kind::Accounts, Format::Csv, file).await);
    assert_eq!((no.code.name(), &no.missing[..]), ("input.malformed", &["name".to_owned()][..]));
    let file = b"name,name\na,b\n";
    let no = refused(import_as(&world, &world.admin(), Kind::Accounts, Format::Csv, file).await);
    assert_eq!((no.code.name(), no.path.as_deref()), ("input.malformed", Some("name")));
}

#[tokio::test]
async fn nothing_is_coerced() {
    let world = World::new();
    let header = "account.reference,name,may_request,may_approve";
    for (word, taken) in [("true", 1), ("yes", 0), ("TRUE", 0), ("1", 0), (" true", 0)] {
        let file = format!("{header}\ncorner,Ann,{word},false\n");
        let done = import(&world, Kind::Contacts, Format::Csv, &file).await;
        assert_eq!(done.report.created, taken, "{word}");
    }
    let header = "account.reference,name,address,zone,location.latitude_e7,location.longitude_e7";
    for (number, taken) in [("5", 1), ("-5", 1), ("5.0", 0), ("1e3", 0), ("+5", 0), ("007", 0)] {
        let file = format!("{header}\ncorner,Ann,1 Elm St,UTC,{number},0\n");
        let done = import(&world, Kind::Sites, Format::Csv, &file).await;
        assert_eq!(done.report.created, taken, "{number}");
    }
}

#[tokio::test]
async fn technicians_come_with_lists_and_hours() {
    let world = World::new();
    let file = "reference,name,active,skills,territories,zone,shifts,home.address\n\
        t9,Grace,true,doors; locks,north,UTC,\
        \"[{\"\"weekday\"\":\"\"monday\"\",\"\"from\"\":\"\"08:00:00\"\",\"\"to\"\":\"\"17:00:00\"\"}]\",9 Depot Rd\n\
        t10,Linus,true,doors;;locks,north,UTC,[],\n";
    let Imported { bad, .. } = import(&world, Kind::Technicians, Format::Csv, file).await;
    assert_eq!((bad.len(), &bad[0]["path"]), (1, &json!("skills[1]")));
    let technicians = list(&world, Tool::TechnicianList).await;
    let grace = technicians.last().unwrap();
    assert_eq!(grace["skills"], json!(["doors", "locks"]));
    assert_eq!(grace["shifts"][0]["weekday"], "monday");
    assert_eq!(grace["home"]["address"], "9 Depot Rd");
}

#[tokio::test]
async fn prices_and_types_come_with_dotted_columns() {
    let world = World::new();
    let file = "reference,name,card.currency,card.allowance_minutes,card.trip_fee.minor,\
        card.trip_fee.currency,card.part_markup,card.taxes,card.labor.regular.per_hour.minor,\
        card.labor.regular.per_hour.currency,card.labor.regular.increment_minutes,\
        card.labor.regular.minimum_minutes\n\
        basic,Basic,USD,0,5000,USD,100000,[],9000,USD,15,0\n\
        odd,Odd,USD,0,50.00,USD,100000,[],9000,USD,15,0\n";
    let Imported { report, bad, .. } = import(&world, Kind::RateCards, Format::Csv, file).await;
    assert_eq!((report.created, &bad[0]["path"]), (1, &json!("card.trip_fee.minor")));

    let file = "name,title,category,default_priority,duration_minutes,skills,evidence,response_minutes.urgent\n\
        roof_leak,Roof leak,roofs,urgent,60,roofs,photo_before_leak;photo_after_patch,30\n";
    let Imported { report, .. } = import(&world, Kind::Types, Format::Csv, file).await;
    assert_eq!(report.created, 1);
    let again =
        world.call(&world.admin(), Tool::TypeList, json!({ "latest": true })).await.unwrap();
    let roof = again["items"].as_array().unwrap().last().unwrap();
    assert_eq!(roof["template"]["response_minutes"], json!({ "urgent": 30 }));
}

#[tokio::test]
async fn json_is_read_as_an_array_or_as_lines() {
    let world = World::new();
    let array =
        "[\n  { \"name\": \"One\" },\n  { \"name\": 2 },\n  [],\n  { \"name\": \"Four\" }\n]\n";
    let Imported { report, bad, .. } = import(&world, Kind::Accounts, Format::Json, array).await;
    assert_eq!((report.created, report.quarantined), (2, 2));
    assert_eq!((&bad[0]["line"], &bad[0]["path"]), (&json!(3), &json!("name")));
    assert_eq!((&bad[1]["line"], &bad[1]["row"]), (&json!(4), &json!("[]")));

    let lines =
        "{\"name\": \"A\"}\n\n{\"name\": \"B\"\n{\"name\": \"C\", \"x\": 1}\n{\"name\": \"D\"}";
    let Imported { report, bad, .. } = import(&world, Kind::Accounts, Format::Json, lines).await;
    assert_eq!((report.created, report.quarantined), (2, 2));
    assert_eq!((&bad[0]["line"], &bad[1]["line"]), (&json!(3), &json!(4)));
}

#[tokio::test]
async fn an_array_that_never_ends_is_refused_as_a_whole() {
    let world = World::new();
    let file = b"[{\"name\": \"One\"},";
    let no = refused(import_as(&world, &world.admin(), Kind::Accounts, Format::Json, file).await);
    assert_eq!(no.code.name(), "input.malformed");
    assert_eq!(list(&world, Tool::AccountList).await.len(), 1);
}

#[tokio::test]
async fn bytes_that_are_not_text_are_set_aside() {
    let world = World::new();
    let file = b"\xEF\xBB\xBFname\r\nBakery\r\n\xFF\xFE\r\nButcher\r\n";
    let done = import_as(&world, &world.admin(), Kind::Accounts, Format::Csv, file).await.unwrap();
    assert_eq!((done.report.created, done.report.quarantined), (2, 1));
    assert_eq!(done.bad[0]["line"], 3);
    let file = b"{\"name\":\"Smith\"}\n\xFF\n";
    let done = import_as(&world, &world.admin(), Kind::Accounts, Format::Json, file).await.unwrap();
    assert_eq!((done.report.created, &done.bad[0]["line"]), (1, &json!(2)));
}

#[tokio::test]
async fn somebody_who_may_not_is_told_once_and_it_is_recorded() {
    let world = World::new();
    let finance = world.finance();
    let count = || world.value::<i64>("select count(*) from audit_entry where outcome = 'refused'");
    let before = count();
    let no = import_as(&world, &finance, Kind::Accounts, Format::Csv, b"name\nA\nB\n").await;
    assert_eq!(refused(no).code.name(), "role.forbidden");
    assert_eq!(count(), before + 1);
}

#[tokio::test]
async fn an_import_goes_on_when_the_token_has_ended_and_stops_when_its_principal_is_revoked() {
    let world = World::new();
    let file = b"name\nA\nB\n";
    let ours = begin(&world, &world.admin(), Kind::Accounts, Format::Csv, file).await.unwrap();
    let other = world.caller(9, &[Role::Admin]);
    let theirs = begin(&world, &other, Kind::Accounts, Format::Csv, file).await.unwrap();
    let revoke = json!({ "principal": other.actor });
    world.call(&world.admin(), Tool::PrincipalRevoke, revoke).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    world.work_off().await;

    assert_eq!(ended(&world, ours).await.report.created, 2);
    let theirs = ended(&world, theirs).await;
    assert_eq!((theirs.report.rows, &theirs.seen["standing"]), (0, &json!("stopped")));
    assert_eq!(theirs.seen["stopped"], "principal.revoked");
    assert_eq!(list(&world, Tool::AccountList).await.len(), 3);
}

#[tokio::test]
async fn a_role_that_was_taken_away_takes_no_more_rows() {
    let world = World::new();
    let import = begin(&world, &world.admin(), Kind::Accounts, Format::Csv, b"name\nA\n").await;
    let actor = world.admin().actor;
    world.behind_the_door(&format!(
        "update principal set roles = '[\"finance\"]' where id = '{actor}'"
    ));
    world.work_off().await;
    let stopped = ended(&world, import.unwrap()).await;
    assert_eq!((stopped.report.rows, &stopped.seen["stopped"]), (0, &json!("role.not_granted")));
}

/// Takes the job of an import and is never heard of again.
async fn take_and_die(world: &World) {
    let want = Want {
        kind: super::TAKE.name,
        max: 1,
        after: None,
        lease: SignedDuration::from_secs(60),
        worker: "gone".to_owned(),
        running_max: None,
        limited: false,
    };
    let taken = world.door.db().write(Scope::Everyone, move |tx| match job::claim(tx, &want) {
        Ok(taken) => Committed::Changed(taken.len(), Recorded::by_the_jobs()),
        Err(fault) => Committed::Failed(fault.into()),
    });
    assert_eq!(taken.await.unwrap(), 1);
}

#[tokio::test]
async fn after_a_worker_was_killed_another_goes_on_and_each_row_has_one_effect() {
    let world = World::new();
    let rows: String = (0..130).map(|n| format!("Name {n}\n")).collect();
    let file = format!("name\n{rows}bad,\nlast\n");
    let admin = world.admin();
    let import = begin(&world, &admin, Kind::Accounts, Format::Csv, file.as_bytes()).await.unwrap();
    take_and_die(&world).await;
    // It got through the first wave and wrote that down, and through a part of the
    // second and did not.
    let behind = file.find("Name 64").unwrap();
    let report = Report { rows: 64, created: 64, ..Report::default() };
    let report = serde_json::to_string(&report).unwrap();
    world.behind_the_door(&format!("update import set done = {behind}, report = '{report}'"));
    for n in 0..70 {
        let input = json!({ "name": format!("Name {n}") }).to_string();
        let digest = kernel::canonical::Digest::of_bytes(input.as_bytes());
        let mut call = Call::new(Tool::AccountPut, input, "import");
        call.key = Some(format!("import.{}.{digest}", n + 2));
        world.send(&admin, call).await.unwrap();
    }
    // Its lease passes, and then the time in which it could have given a sign of life.
    for seconds in [60, 5] {
        world.clock.advance(SignedDuration::from_secs(seconds));
        world.work_off().await;
    }

    let done = ended(&world, import).await;
    assert_eq!(done.seen["standing"], "ended");
    assert_eq!((done.report.rows, done.report.created, done.report.quarantined), (132, 131, 1));
    assert_eq!((&done.bad[0]["line"], &done.bad[0]["row"]), (&json!(132), &json!("bad,")));
    assert_eq!(world.value::<i64>("select count(*) from account where name like 'Name %'"), 130);
    assert_eq!(world.value::<i64>("select attempt from job_done where kind = 'import.take'"), 2);
}

#[tokio::test]
async fn two_who_have_the_same_import_do_not_count_its_rows_twice() {
    let crowd = Crowd::new();
    let world = &crowd.world;
    let rows: String = (0..200).map(|n| format!("last,Name {n}\n")).collect();
    let file = format!("reference,name\n{rows}");
    let admin = world.admin();
    let import = begin(world, &admin, Kind::Accounts, Format::Csv, file.as_bytes()).await.unwrap();
    let (other, carriers) = (crowd.door(1), world.carriers());
    tokio::join!(world.work_off(), world.work_off_at(&other, &carriers));
    let done = ended(world, import).await;
    assert_eq!((done.report.created, done.report.updated), (1, 199));
}

#[tokio::test]
async fn a_long_file_is_taken_in_turns_with_others_and_says_how_far_it_is() {
    let world = World::new();
    // Rows about one record are taken one after the other.
    let rows: String = (0..250).map(|n| format!("last,Name {n}\n")).collect();
    let file = format!("reference,name\n{rows}");
    let admin = world.admin();
    let import = begin(&world, &admin, Kind::Accounts, Format::Csv, file.as_bytes()).await.unwrap();
    assert_eq!(world.work_off().await, 3, "it took three turns");
    assert_eq!(ended(&world, import).await.report.updated, 249);
    assert_eq!(world.value::<i64>("select attempt from job_done where kind = 'import.take'"), 1);
}

#[tokio::test]
async fn the_stored_file_is_gone_when_the_import_has_ended_and_a_lost_one_is_said_to_be() {
    let world = World::new();
    let file = |import: Id<id::Import>| {
        world.folder.path().join(format!("evidence/imports/{}/{import}", world.tenant))
    };
    let import = begin(&world, &world.admin(), Kind::Accounts, Format::Csv, b"name\nA\n").await;
    let import = import.unwrap();
    assert!(file(import).exists());
    world.work_off().await;
    assert!(!file(import).exists());

    let lost = begin(&world, &world.admin(), Kind::Accounts, Format::Csv, b"name\nB\n").await;
    let lost = lost.unwrap();
    std::fs::remove_file(file(lost)).unwrap();
    world.work_off().await;
    assert_eq!(ended(&world, lost).await.seen["stopped"], "import.file_gone");
}

#[tokio::test]
async fn asked_for_twice_under_one_key_a_file_is_taken_in_once() {
    let world = World::new();
    let mut call = Call::new(Tool::ImportStart, Vec::new(), "test");
    call.key = Some("once".to_owned());
    let ask = async |file: &'static [u8]| {
        let call = call.clone();
        world.door.import(&world.admin(), call, Kind::Accounts, Format::Csv, file.into()).await
    };
    let first = ask(b"name\nA\n").await.unwrap();
    let again = ask(b"name\nA\n").await.unwrap();
    assert!(again.replayed && first.body == again.body);
    assert_eq!(code(ask(b"name\nB\n").await), "idempotency.key_reused");
    let stored = world.folder.path().join(format!("evidence/imports/{}", world.tenant));
    assert_eq!(std::fs::read_dir(stored).unwrap().count(), 1);
    assert_eq!(world.value::<i64>("select count(*) from job where kind = 'import.take'"), 1);
}

#[tokio::test]
async fn everything_that_an_import_does_is_found_under_its_correlation_id() {
    let world = World::new();
    let actor = world.admin().actor;
    world.behind_the_door(&format!(
        "update principal set roles = '[\"admin\"]' where id = '{actor}'"
    ));
    let mut call = Call::new(Tool::ImportStart, Vec::new(), "test");
    (call.key, call.correlation) = (Some("one".to_owned()), Some("move-in".to_owned()));
    let file = "name\nA\nB\n".into();
    world.door.import(&world.admin(), call, Kind::Accounts, Format::Csv, file).await.unwrap();
    world.work_off().await;
    let tools: Vec<String> = world
        .back()
        .column("select tool from audit_entry where correlation = 'move-in' order by entry_no");
    assert_eq!(tools, ["import.start", "account.put", "account.put", "import.end"]);
}

#[tokio::test]
async fn another_tenant_sees_nothing_of_an_import() {
    let world = World::new();
    let import = begin(&world, &world.admin(), Kind::Accounts, Format::Csv, b"name\n\xFF\n").await;
    let import = import.unwrap();
    world.work_off().await;
    assert_eq!(ended(&world, import).await.bad.len(), 1);
    let stranger = world.stranger(1, &[Role::Admin]);
    let look = json!({ "import": import });
    let seen = world.call(&stranger, Tool::ImportGet, look.clone()).await;
    assert_eq!(code(seen), "record.not_found");
    let rows = world.call(&stranger, Tool::ImportQuarantine, look).await.unwrap();
    assert_eq!(rows["items"], json!([]));
}

#[tokio::test]
async fn another_tenants_record_is_not_found_by_its_reference() {
    let world = World::new();
    let stranger = world.stranger(1, &[Role::Admin]);
    let input = json!({ "reference": "theirs", "name": "Theirs" });
    world.call(&stranger, Tool::AccountPut, input).await.unwrap();
    let input = json!({
        "account": { "reference": "theirs" }, "name": "x", "address": "x", "zone": "UTC",
    });
    let put = world.call(&world.admin(), Tool::SitePut, input).await;
    assert_eq!(code(put), "record.not_found");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes are, each row is taken or set aside, and it ends.
    #[test]
    fn any_bytes_are_counted_row_by_row(file in prop::collection::vec(any::<u8>(), 0..200), json: bool) {
        let (mut file, format) = if json {
            (file, Format::Json)
        } else {
            ([b"name\n".to_vec(), file].concat(), Format::Csv)
        };
        file.retain(|byte| *byte != b'[');
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let done = runtime.block_on(async {
            let world = World::new();
            import_as(&world, &world.admin(), Kind::Accounts, format, &file).await
        });
        prop_assert!(done.is_ok());
    }

    /// Degrees keep every digit.
    #[test]
    fn degrees_keep_every_digit(e7 in -1_800_000_000_i64..=1_800_000_000) {
        let sign = if e7 < 0 { "-" } else { "" };
        let (whole, part) = (e7.abs() / 10_000_000, e7.abs() % 10_000_000);
        let text = format!("{sign}{whole}.{part:07}");
        prop_assert_eq!(super::cell::Cell::Degrees.read(&text), Ok(json!(e7)));
    }
}

#[tokio::test]
async fn who_is_behind_with_an_import_writes_nothing_of_it_down() {
    let world = World::new();
    let admin = world.admin();
    let file = b"name\nA\nB\n";
    let import = begin(&world, &admin, Kind::Accounts, Format::Csv, file).await.unwrap();
    let tenant = world.tenant;
    let note = move |before, end| {
        move |tx: &mut crate::db::Tx<'_>| {
            let taken = super::take::Taken { end, bad: Vec::new() };
            match super::work::note_in(tx, tenant, import, before, &taken, "{}") {
                Ok(()) => Committed::Changed((), Recorded::by_the_jobs()),
                Err(failure) => Committed::Failed(failure),
            }
        }
    };
    let db = world.door.db();
    db.write(tenant, note(0, 7)).await.unwrap();
    let late = db.write(tenant, note(0, 5)).await.unwrap_err();
    assert!(matches!(late, Failure::Refused(no) if no.code.name() == "job.lease_lost"));
    assert_eq!(world.value::<i64>("select done from import"), 7);
}
