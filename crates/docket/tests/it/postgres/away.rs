//! PostgreSQL goes away under a running server, and comes back.

use crate::{
    cluster::Cluster,
    ground::{Database, Ground},
    home::{Home, Server, docket, said as said_by},
    http::{Client, Reply},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

const CONNECTIONS: usize = 4;

fn home() -> Option<(Cluster, Home)> {
    let cluster = Cluster::make()?;
    cluster.wake("");
    let home = Home::at(Ground::on(Database::new(&cluster.url())));
    Some((cluster, home))
}

fn is_away(reply: &Reply) -> bool {
    if reply.status != 503 {
        return false;
    }
    assert_eq!(reply.json()["code"], "server.unready");
    assert_eq!(reply.header("retry-after"), Some("1"));
    true
}

fn get(client: &mut Client, path: &str, token: &str) -> Reply {
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    client.send(request.as_bytes()).unwrap()
}

fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(done) = attempt() {
            return done;
        }
        thread::yield_now();
    }
}

#[test]
fn while_the_database_is_away_everybody_is_told_to_wait_and_nobody_has_to_start_anything() {
    let Some((cluster, home)) = home() else { return };
    let (server, token) = (home.serve(), home.dispatcher_token());
    let mut client = Client::connect(server.addr, &token).unwrap();
    let input = json!({ "site": home.site(), "summary": "front door sticks" });
    assert_eq!(client.call("ticket.create", "a", None, &input).unwrap().status, 201);
    assert_eq!(get(&mut client, "/readyz", "").status, 200);

    cluster.stop("fast");
    // What was looked up a moment ago is still believed, and the call gets as
    // far as the door; after that it does not.
    for _ in 0..20 {
        assert!(is_away(&client.call("ticket.create", "b", None, &input).unwrap()));
        assert!(is_away(&get(&mut client, "/v1/tickets", &token)));
        assert!(is_away(&client.call("ticket.create", "b", None, &json!({})).unwrap()));
        assert_eq!(get(&mut client, "/readyz", "").status, 503);
        assert_eq!(get(&mut client, "/healthz", "").status, 200);
    }

    cluster.wake("");
    let made = until(|| {
        let reply = client.call("ticket.create", "b", None, &input).unwrap();
        (!is_away(&reply)).then_some(reply)
    });
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(get(&mut client, "/readyz", "").status, 200);
    let again = client.call("ticket.create", "a", None, &input).unwrap();
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), ["2"]);
    drop(client);
    what_was_logged_is_that_it_went_and_came(server, 1);
    home.verify_log();
}

#[test]
fn without_the_database_a_server_neither_starts_nor_ends_well_and_says_why() {
    let Some((cluster, home)) = home() else { return };
    let server = home.serve();
    cluster.stop("fast");
    let (ended, said) = server.end();
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("docket: the database cannot be reached"), "{said}");

    let words = ["serve", "--config", &home.config(), "--allow-root"];
    let refused = docket(&words).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{}", said_by(&refused));
    assert!(said_by(&refused).contains("the database cannot be reached"));

    cluster.wake("");
    home.serve().stop();
    home.verify_log();
}

#[test]
fn whatever_was_acknowledged_is_there_however_often_the_database_crashes() {
    let Some((cluster, home)) = home() else { return };
    let mut server = home.serve();
    let (site, token) = (home.site(), home.dispatcher_token());
    let (made, waited) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (tickets, done) = (Mutex::new(BTreeSet::new()), AtomicBool::new(false));

    thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let mut client = Client::connect(server.addr, &token).unwrap();
            let (site, made, waited) = (&site, &made, &waited);
            let (tickets, done) = (&tickets, &done);
            scope.spawn(move || {
                for number in 0.. {
                    if done.load(Ordering::Relaxed) {
                        return;
                    }
                    let key = format!("{connection}-{number}");
                    let input = json!({ "site": site, "summary": format!("door {key}") });
                    let ticket = until(|| ticket(&mut client, &key, &input, waited));
                    assert!(tickets.lock().unwrap().insert(ticket));
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..3 {
            let (some, away) = (made.load(Ordering::Relaxed), waited.load(Ordering::Relaxed));
            until(|| (made.load(Ordering::Relaxed) > some + 20).then_some(()));
            cluster.stop("immediate");
            until(|| (waited.load(Ordering::Relaxed) > away + CONNECTIONS).then_some(()));
            cluster.wake("");
        }
        let some = made.load(Ordering::Relaxed);
        until(|| (made.load(Ordering::Relaxed) > some + 20).then_some(()));
        done.store(true, Ordering::Relaxed);
    });

    assert!(server.process.try_wait().unwrap().is_none(), "nobody had to start it again");
    let kept: BTreeSet<_> = home.ground.ask("data", "select id from ticket").into_iter().collect();
    assert_eq!(kept, tickets.into_inner().unwrap(), "each once, and no other");
    what_was_logged_is_that_it_went_and_came(server, 3);
    home.verify_log();
}

#[test]
fn nobody_waits_for_ever_for_a_database_that_stands_still() {
    let Some((cluster, home)) = home() else { return };
    let (server, token) = (home.serve(), home.dispatcher_token());
    let input = json!({ "site": home.site(), "summary": "front door sticks" });
    let mut clients: Vec<_> =
        (0..CONNECTIONS + 2).map(|_| Client::connect(server.addr, &token).unwrap()).collect();
    for (name, client) in clients.iter_mut().enumerate() {
        assert_eq!(
            client.call("ticket.create", &format!("{name}"), None, &input).unwrap().status,
            201
        );
    }

    cluster.freeze();
    thread::scope(|scope| {
        for (name, client) in clients.iter_mut().enumerate() {
            let (key, input) = (format!("{name}-frozen"), &input);
            scope.spawn(move || {
                for _ in 0..3 {
                    assert!(is_away(&client.call("ticket.create", &key, None, input).unwrap()));
                }
            });
        }
    });
    assert_eq!(get(&mut clients[0], "/readyz", "").status, 503);
    assert_eq!(get(&mut clients[0], "/healthz", "").status, 200);

    cluster.thaw();
    for (name, client) in clients.iter_mut().enumerate() {
        let made = until(|| {
            let key = format!("{name}-frozen");
            let reply = client.call("ticket.create", &key, None, &input).unwrap();
            (!is_away(&reply)).then_some(reply)
        });
        assert_eq!(made.status, 201, "{made:?}");
    }
    let tickets = 2 * clients.len();
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), [tickets.to_string()]);
    drop(clients);
    what_was_logged_is_that_it_went_and_came(server, 1);
    home.verify_log();
}

#[test]
fn a_server_ends_although_its_database_stands_still() {
    let Some((cluster, home)) = home() else { return };
    let server = home.serve();
    cluster.freeze();
    let (ended, said) = server.end();
    cluster.thaw();
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("docket: the database cannot be reached"), "{said}");
    home.serve().stop();
    home.verify_log();
}

/// The ticket of this key, once somebody answers.
fn ticket(client: &mut Client, key: &str, input: &Value, waited: &AtomicUsize) -> Option<String> {
    let reply = client.call("ticket.create", key, None, input).unwrap();
    if is_away(&reply) {
        waited.fetch_add(1, Ordering::Relaxed);
        return None;
    }
    assert_eq!(reply.status, 201, "{reply:?}");
    Some(reply.json()["ticket"]["id"].as_str().unwrap().to_owned())
}

fn what_was_logged_is_that_it_went_and_came(server: Server, times: usize) {
    let lines = server.stop();
    let lines: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours: Vec<&str> = lines
        .iter()
        .filter(|line| line["target"] != "docket::http")
        .map(|line| line["message"].as_str().unwrap())
        .collect();
    let both = ["the database is away; calls are told to wait", "the database is back"];
    assert_eq!(ours, both.repeat(times));
}
