//! Processes that only work, beside a server that does no jobs.

use crate::{
    ground::Ground,
    home::{Home, docket, printed, said},
    http::Client,
};
use serde_json::json;
use std::thread;

/// Has a server that does no jobs take one, and ends it.
fn a_job_is_taken(home: &Home) {
    home.configured("[jobs]\nslots = 0\n");
    let server = home.serve();
    let token = home.bound_token(&home.dispatcher().to_string(), "dispatcher");
    let mut client = Client::connect(server.addr, &token).unwrap();
    let input = json!({ "site": home.site(), "summary": "front door sticks" });
    let made = client.call("ticket.create", "a", None, &input).unwrap();
    let asked = json!({ "ticket": made.json()["ticket"]["id"], "questions": ["Which door?"] });
    let reply = client.call("ticket.request_info", "b", Some(1), &asked).unwrap();
    assert!(reply.status < 300, "{reply:?}");
    drop(client);
    server.stop();
    assert_eq!(waiting(home), ["1"]);
}

fn waiting(home: &Home) -> Vec<String> {
    home.ground.ask("data", "select count(*) from job where kind = 'outgoing.deliver'")
}

#[test]
fn a_worker_does_what_a_server_took_and_ends_well_when_it_is_asked_to() {
    let home = Home::new();
    if home.ground.database().is_none() {
        return;
    }
    a_job_is_taken(&home);

    let worker = home.work(&[]);
    assert_eq!(worker.slots, "8 jobs at once", "nobody said how many");
    let who = format!("/{}", worker.process.id());
    let done = "select worker from job_done where kind = 'outgoing.deliver'";
    let by = loop {
        if let Some(by) = home.ground.ask("data", done).pop() {
            break by;
        }
        thread::yield_now();
    };
    assert!(by.ends_with(&who), "{by} is {who}");
    let (ended, said) = worker.end();
    assert!(ended.success(), "{said}");
    assert_eq!(home.ground.ask("data", "select count(*) from job where phase = 'running'"), ["0"]);
    home.verify_log();
}

#[test]
fn a_worker_does_the_kinds_it_is_told_to_and_no_others() {
    let home = Home::new();
    if home.ground.database().is_none() {
        return;
    }
    a_job_is_taken(&home);

    let picky = home.work(&["--kinds", "packet.make,hold.expire", "--slots", "3"]);
    assert_eq!(picky.slots, "3 jobs at once");
    // All kinds are taken together: whoever has taken this one has passed over the other.
    let another = "insert into job (tenant, id, kind, phase, priority, due_at, attempts_max,
                       timeout_us, payload, digest, created_at)
                   select tenant, 'job_' || substr(id, 5), 'hold.expire', 'queued', 0, 0, 12,
                       60000000, '{}', '', 0
                   from ticket";
    home.ground.tamper("data", another);
    let done = "select phase from job_done where kind = 'hold.expire'";
    while home.ground.ask("data", done).is_empty() {
        thread::yield_now();
    }
    assert!(picky.end().0.success());
    assert_eq!(waiting(&home), ["1"]);

    let words = ["work", "--config", &home.config(), "--allow-root", "--kinds", "packet.burn"];
    let unknown = docket(&words).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2), "{}", said(&unknown));
    assert!(said(&unknown).contains("the kinds are answers.forget, "), "{}", said(&unknown));
}

#[test]
fn a_file_is_no_place_for_a_second_process_and_whoever_tries_is_told_what_to_do() {
    let home = Home::at(Ground::file());
    let refused = docket(&["work", "--config", &home.config(), "--allow-root"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    for part in ["docket.db` is a file", "`[jobs] slots`", "PostgreSQL"] {
        assert!(said(&refused).contains(part), "`{part}` is missing: {}", said(&refused));
    }
    let help = printed(docket(&["work", "--help"]));
    assert!(help.contains("--slots") && help.contains("--kinds"), "{help}");
}
