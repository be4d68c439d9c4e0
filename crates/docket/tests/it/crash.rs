//! The server is killed, really, while it works; and nothing that it said is untrue.

use crate::{
    home::{Home, Server},
    http::{Client, Reply},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

const KILLS: usize = 50;
const CONNECTIONS: usize = 8;

/// A command that was sent, and what it was answered with, if it was.
#[derive(Clone)]
struct Sent {
    tool: &'static str,
    version: Option<i64>,
    input: Value,
    answered: Option<String>,
}

/// Everything that was ever sent, by idempotency key.
type Book = Mutex<BTreeMap<String, Sent>>;

#[test]
fn a_server_killed_at_any_moment_keeps_its_word() {
    let home = Home::new();
    let site = home.site();
    let book = Book::default();
    let mut luck = StdRng::seed_from_u64(20_261_120);

    for round in 0..KILLS {
        let server = home.serve();
        work_until_killed(server, &home, &site, &book, round, luck.random_range(1..80));
    }

    let cut_off = book.lock().unwrap().values().filter(|sent| sent.answered.is_none()).count();
    assert!(cut_off > KILLS, "the server was killed in the middle of something: {cut_off}");
    let server = home.serve();
    what_was_answered_is_there_and_is_answered_again(&server, &home, &book);
    server.stop();
    home.verify_log();
    nothing_is_missing_half_there_or_doubled(&home, &book);
}

/// Many connections make tickets and write to them; the server dies after so
/// many answers, in the middle of the others.
fn work_until_killed(
    mut server: Server,
    home: &Home,
    site: &str,
    book: &Book,
    round: usize,
    kill_after: usize,
) {
    let (token, answers) = (home.dispatcher_token(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let Ok(mut client) = Client::connect(server.addr, &token) else { continue };
            let answers = &answers;
            scope.spawn(move || {
                for number in 0.. {
                    let key = format!("{round}-{connection}-{number}");
                    if one_ticket(&mut client, book, &key, site, answers).is_err() {
                        break;
                    }
                }
            });
        }
        while answers.load(Ordering::Relaxed) < kill_after {
            std::thread::yield_now();
        }
        server.kill();
    });
}

/// Makes a ticket and says something on it. Fails when nobody answers.
fn one_ticket(
    client: &mut Client,
    book: &Book,
    key: &str,
    site: &str,
    answers: &AtomicUsize,
) -> std::io::Result<()> {
    let input = json!({ "site": site, "summary": format!("door {key} does not latch") });
    let made = send(client, book, format!("{key}-make"), "ticket.create", None, input)?;
    answers.fetch_add(1, Ordering::Relaxed);
    let ticket = &made.json()["ticket"];
    let input = json!({ "ticket": ticket["id"], "text": "it swings" });
    send(
        client,
        book,
        format!("{key}-say"),
        "ticket.add_message",
        ticket["version"].as_i64(),
        input,
    )?;
    answers.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

fn send(
    client: &mut Client,
    book: &Book,
    key: String,
    tool: &'static str,
    version: Option<i64>,
    input: Value,
) -> std::io::Result<Reply> {
    let sent = Sent { tool, version, input: input.clone(), answered: None };
    book.lock().unwrap().insert(key.clone(), sent);
    let reply = client.call(tool, &key, version, &input)?;
    assert!(reply.status < 300, "{reply:?}");
    book.lock().unwrap().get_mut(&key).unwrap().answered = Some(reply.body.clone());
    Ok(reply)
}

/// Sends everything again. What was answered is answered with the same bytes;
/// what was not happens now, or had happened.
fn what_was_answered_is_there_and_is_answered_again(server: &Server, home: &Home, book: &Book) {
    let mut client = Client::connect(server.addr, &home.dispatcher_token()).unwrap();
    for (key, sent) in book.lock().unwrap().iter_mut() {
        let reply = client.call(sent.tool, key, sent.version, &sent.input).unwrap();
        assert!(reply.status < 300, "{key}: {reply:?}");
        match &sent.answered {
            Some(before) => {
                assert_eq!(&reply.body, before, "{key}");
                assert_eq!(reply.header("idempotency-replayed"), Some("true"), "{key}");
            }
            None => sent.answered = Some(reply.body),
        }
    }
}

/// One row, one step and one entry for each command, and nothing else.
fn nothing_is_missing_half_there_or_doubled(home: &Home, book: &Book) {
    let count = |sql: &str| home.ground.ask("data", sql)[0].parse::<usize>().unwrap();
    let book = book.lock().unwrap();
    let sent = |tool: &str| book.values().filter(|sent| sent.tool == tool).count();

    assert_eq!(count("select count(*) from ticket"), sent("ticket.create"));
    assert_eq!(count("select count(*) from transition"), sent("ticket.create"));
    assert_eq!(count("select count(*) from message"), sent("ticket.add_message"));

    let mut entries = BTreeMap::<String, usize>::new();
    for id in home.ground.ask("data", "select id from audit_entry") {
        *entries.entry(id).or_default() += 1;
    }
    let answered: BTreeSet<String> = book
        .values()
        .map(|sent| serde_json::from_str::<Value>(sent.answered.as_ref().unwrap()).unwrap())
        .map(|answer| answer["entry"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(answered.len(), book.len(), "every command has an entry of its own");
    assert!(answered.iter().all(|entry| entries.get(entry) == Some(&1)));
    let leaves = count("select max(size) from log_checkpoint");
    assert_eq!(leaves, entries.len(), "every entry is a leaf once");
}
