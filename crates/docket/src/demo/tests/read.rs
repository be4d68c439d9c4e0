use super::super::{
    SAMPLE,
    call::{Course, OnFile},
    read::{BadFile, Batch, Form, Reading, read},
};
use crate::ticket::Channel;
use std::collections::BTreeSet;

fn reading() -> Reading {
    Reading { zone: "America/Chicago".to_owned(), limit: None }
}

fn batch(text: &str) -> Batch {
    read(text.as_bytes(), &reading()).unwrap()
}

fn reasons(batch: &Batch) -> Vec<String> {
    batch.quarantined.iter().map(|row| format!("{}: {}", row.line, row.reason)).collect()
}

const NYC: &str = include_str!("nyc311.csv");

#[test]
fn the_sample_is_whole_and_as_large_as_it_says() {
    let batch = batch(SAMPLE);
    assert_eq!(batch.form, Form::Own);
    assert_eq!(reasons(&batch), Vec::<String>::new());
    assert!(batch.calls.len() >= 240, "{} calls", batch.calls.len());
    let courses: BTreeSet<_> = batch.calls.iter().map(|call| call.course).collect();
    assert_eq!(courses.len(), Course::ALL.len(), "every course is taken by some call");
    let zones: BTreeSet<_> = batch.calls.iter().map(|call| &call.place.zone).collect();
    assert!(zones.len() >= 4, "{zones:?}");
    assert!(batch.calls.is_sorted_by_key(|call| call.at));
}

#[test]
fn nobody_in_the_sample_could_be_reached() {
    for call in batch(SAMPLE).calls {
        if let Some(phone) = &call.caller.phone {
            assert_eq!(&phone.as_str()[5..10], "55501", "{}", call.reference);
        }
        if let Some(email) = &call.caller.email {
            assert!(email.as_str().ends_with(".example.com"), "{}", call.reference);
        }
    }
}

#[test]
fn an_export_of_311_reads_strictly_and_says_what_it_leaves_out() {
    let batch = batch(NYC);
    assert_eq!(batch.form, Form::Nyc311);
    insta::assert_snapshot!(reasons(&batch).join("\n"), @r#"
    9: the reference is that of line 2
    10: there is neither an address nor an intersection
    11: `created_date` is skipped or happens twice when clocks change
    12: `created_date` is no time like `2019-12-31T23:59:11`
    13: `open_data_channel_type` is none that is known
    14: `complaint_type` is empty
    15: `latitude` and `longitude` are not on Earth
    16: `unique_key`: invalid digit found in string
    17: 2 cells under 44 columns
    "#);
}

#[test]
fn complaints_map_the_same_way_every_time() {
    let (one, other) = (batch(NYC), batch(NYC));
    assert_eq!(one.calls, other.calls);
    let mapped: Vec<_> = one
        .calls
        .iter()
        .map(|call| {
            let kind = call.kind.as_ref().map_or("-", |kind| kind.key.as_str());
            format!(
                "{} {} {} {} {} {:?}",
                call.reference,
                kind,
                call.channel.name(),
                call.place.territory,
                call.course.name(),
                call.remarks
            )
        })
        .collect();
    insta::assert_snapshot!(mapped.join("\n"), @r#"
    90000001 heat_hot_water phone manhattan fixed []
    90000002 heat_hot_water phone manhattan fixed []
    90000003 hardware_replacement web brooklyn candidate []
    90000004 frame_or_glass_damage web manhattan candidate []
    90000005 traffic_signal_condition web queens cancelled []
    90000006 plumbing phone manhattan fixed ["closed before it was created"]
    90000007 elevator phone manhattan no_answer []
    90000016 heat_hot_water phone bronx no_answer []
    90000017 elevator phone staten_island fixed []
    90000018 electric phone queens fixed []
    90000019 paint_plaster phone bronx extra_denied []
    90000020 heat_hot_water phone staten_island force_closed []
    90000021 elevator phone queens fixed []
    90000022 electric phone bronx fixed []
    90000023 paint_plaster phone staten_island fixed []
    90000024 heat_hot_water phone queens qa_fails []
    90000025 elevator phone bronx fixed []
    90000026 electric phone staten_island fixed []
    90000027 paint_plaster phone queens fixed []
    "#);
}

#[test]
fn an_unknown_channel_proves_nobody_s_identity() {
    let batch = batch(NYC);
    let unknown = batch.calls.iter().find(|call| call.caller.on_file == OnFile::No).unwrap();
    assert_eq!(unknown.channel, Channel::Web);
}

#[test]
fn two_spellings_of_one_address_are_one_place() {
    let text = "service_request_id,status,requested_datetime,service_name,address,lat,long\n\
        a,open,2026-01-02T10:00:00Z,Pothole,1  Elm St,41.8,-87.6\n\
        b,open,2026-01-02T11:00:00Z,Pothole,1 elm st,41.9,-87.6\n";
    let batch = batch(text);
    assert_eq!(batch.form, Form::Open311);
    assert_eq!(batch.calls[0].place, batch.calls[1].place);
    assert_eq!(batch.calls[0].place.zone, "America/Chicago");
}

#[test]
fn bad_open311_rows_go_to_quarantine_with_line_and_reason() {
    let header = "service_request_id,status,requested_datetime,updated_datetime,service_code,description,address,lat,long\n";
    let rows = [
        "a,open,2026-01-02T10:00:00Z,,POT,Deep hole,1 Elm St,,",
        "a,open,2026-01-02T10:05:00Z,,POT,Deep hole,1 Elm St,,",
        "b,open,2026-01-02 10:05,,POT,Deep hole,1 Elm St,,",
        "c,fixed,2026-01-02T10:05:00Z,,POT,Deep hole,1 Elm St,,",
        "d,open,2026-01-02T10:05:00Z,,,Deep hole,1 Elm St,,",
        "e,open,2026-01-02T10:05:00Z,,POT,Deep hole,,,",
        "f,open,2026-01-02T10:05:00Z,,POT,Deep hole,1 Elm St,141.8,-87.6",
        "g,open,2026-01-02T10:05:00Z,,POT,Deep hole,1 Elm St,41.8,",
        "h,open,2026-01-02T10:05:00Z,,POT,Deep hole,1 Elm St",
        "i,closed,2026-01-02T10:05:00Z,2026-01-01T10:05:00Z,POT,Deep hole,1 Elm St,,",
    ];
    let mut bytes = format!("{header}{}\n", rows.join("\n")).into_bytes();
    bytes.extend(b"j,open,2026-01-02T10:05:00Z,,POT,\xFF,1 Elm St,,\n");
    bytes.extend("k,open,2026-01-02T10:05:00Z,,POT,left\u{202E}right,1 Elm St,,\n".bytes());
    let batch = read(&bytes, &reading()).unwrap();
    insta::assert_snapshot!(reasons(&batch).join("\n"), @r#"
    3: the reference is that of line 2
    4: `requested_datetime` is no time with an offset, as in RFC 3339
    5: `status` is neither `open` nor `closed`
    6: there is neither `service_name` nor `service_code`
    7: `address` is empty
    8: `lat` and `long` are not on Earth
    9: only one of `lat` and `long` is there
    10: 7 cells under 9 columns
    12: the row is not UTF-8
    13: the summary: character 5 is U+202E, which reorders or hides text; remove it
    "#);
    let remarks: Vec<_> = batch.calls.iter().map(|call| call.remarks.clone()).collect();
    assert_eq!(remarks, [vec![], vec!["updated before it was requested"]]);
}

#[test]
fn a_site_told_in_two_ways_is_not_chosen_between() {
    let (header, rest) = SAMPLE.split_once('\n').unwrap();
    let first = rest.lines().next().unwrap();
    let second = first.replace("C-1001", "C-2").replace("America/New_York", "America/Chicago");
    let batch = batch(&format!("{header}\n{first}\n{second}\n"));
    assert_eq!(reasons(&batch), ["3: the place is described otherwise on line 2"]);
}

#[test]
fn a_file_of_no_known_form_is_refused_as_a_whole() {
    assert!(matches!(read(b"a,b\n1,2\n", &reading()), Err(BadFile::UnknownForm)));
    assert!(matches!(read(b"", &reading()), Err(BadFile::UnknownForm)));
    assert!(matches!(read(b"\xFF,b\n", &reading()), Err(BadFile::NoHeader)));
    let twice = b"address,Address\n";
    assert!(
        matches!(read(twice, &reading()), Err(BadFile::ColumnTwice(name)) if name == "address")
    );
}

#[test]
fn a_limit_takes_the_first_calls() {
    let reading = Reading { limit: Some(7), ..reading() };
    assert_eq!(read(SAMPLE.as_bytes(), &reading).unwrap().calls.len(), 7);
}
