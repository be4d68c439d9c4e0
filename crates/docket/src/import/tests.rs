use super::{Format, Kind, Report, run};
use crate::{
    failure::Failure,
    identity::Caller,
    testing::{World, code},
};
use kernel::{clock::Clock, refusal::Refusal, role::Role, tool::Tool};
use proptest::prelude::*;
use serde_json::{Value, json};

struct Imported {
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
    let mut quarantine = Vec::new();
    let (mut last, mut progress) = (0, 0);
    let mut on = |bytes| {
        assert!(bytes >= last && bytes <= file.len());
        (last, progress) = (bytes, progress + 1);
    };
    let report = run(&world.door, caller, kind, format, file, &mut quarantine, &mut on).await?;
    assert_eq!(report.rows, progress);
    let counted = report.created + report.updated + report.unchanged + report.quarantined;
    assert_eq!(report.rows, counted, "every row is taken or quarantined");
    let lines = std::str::from_utf8(&quarantine).unwrap().lines();
    let bad: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(bad.len() as u64, report.quarantined);
    Ok(Imported { report, bad })
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
    let Imported { report, bad } = import(&world, Kind::Sites, Format::Csv, file).await;
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
    let Imported { report, bad } = import(&world, Kind::RateCards, Format::Csv, file).await;
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
    let Imported { report, bad } = import(&world, Kind::Accounts, Format::Json, array).await;
    assert_eq!((report.created, report.quarantined), (2, 2));
    assert_eq!((&bad[0]["line"], &bad[0]["path"]), (&json!(3), &json!("name")));
    assert_eq!((&bad[1]["line"], &bad[1]["row"]), (&json!(4), &json!("[]")));

    let lines =
        "{\"name\": \"A\"}\n\n{\"name\": \"B\"\n{\"name\": \"C\", \"x\": 1}\n{\"name\": \"D\"}";
    let Imported { report, bad } = import(&world, Kind::Accounts, Format::Json, lines).await;
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
async fn a_token_that_ends_on_the_way_stops_the_import() {
    let world = World::new();
    let caller = Caller { expires: world.clock.now(), ..world.admin() };
    let no = import_as(&world, &caller, Kind::Accounts, Format::Csv, b"name\nA\n").await;
    assert_eq!(refused(no).code.name(), "token.expired");
    assert_eq!(list(&world, Tool::AccountList).await.len(), 1);
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
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
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
