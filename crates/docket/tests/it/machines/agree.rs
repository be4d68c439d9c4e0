//! What holds at one server holds at all of them.

use crate::{
    ground::{Ground, shared},
    home::{Home, Server},
    http::{Client, Reply, claims},
};
use serde_json::{Value, json};
use std::{
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// A deployment and three servers of it, if there is a database that they can share.
pub fn three() -> Option<(Home, [Server; 3])> {
    let _ = shared()?;
    let home = Home::at(Ground::new());
    let servers = [(); 3].map(|()| home.serve());
    Some((home, servers))
}

pub fn get(server: &Server, token: &str, path: &str) -> Reply {
    Client::connect(server.addr, token).unwrap().ask("GET", path, "", b"").unwrap()
}

pub fn stop(servers: [Server; 3]) {
    servers.into_iter().for_each(|server| drop(server.stop()));
}

/// Sends the same command to every server at the same moment.
fn at_once(servers: &[Server; 3], token: &str, key: &str, input: &Value) -> Vec<Reply> {
    let ready = Barrier::new(servers.len());
    thread::scope(|scope| {
        let callers: Vec<_> = servers
            .iter()
            .map(|server| {
                let mut client = Client::connect(server.addr, token).unwrap();
                let ready = &ready;
                scope.spawn(move || {
                    ready.wait();
                    client.call("ticket.create", key, None, input).unwrap()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

#[test]
fn a_command_sent_to_every_server_at_once_is_done_by_one_and_answered_alike_by_all() {
    let Some((home, servers)) = three() else { return };
    let token = home.dispatcher_token();
    for round in 0..20 {
        let (key, input) =
            (format!("same-{round}"), json!({ "site": home.site(), "summary": "door" }));
        let replies = at_once(&servers, &token, &key, &input);
        assert!(replies.iter().all(|reply| reply.status == 201), "{replies:?}");
        assert!(replies.iter().all(|reply| reply.body == replies[0].body), "{replies:?}");
        let first = replies.iter().filter(|reply| reply.header("idempotency-replayed").is_none());
        assert_eq!(first.count(), 1, "{replies:?}");
    }
    let other = json!({ "site": home.site(), "summary": "window" });
    for reply in at_once(&servers, &token, "same-0", &other) {
        assert_eq!(reply.json()["code"], "idempotency.key_reused", "{reply:?}");
    }
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), ["20"]);
    stop(servers);
    home.verify_log();
}

/// How long after this nobody may be let in any more.
const WITHIN: Duration = Duration::from_secs(1);

/// Calls until it is refused; whatever is sent after the time has to be.
fn is_out(server: &Server, token: &str, path: &str, since: Instant) {
    loop {
        let late = since.elapsed() >= WITHIN;
        let reply = get(server, token, path);
        if reply.status == 401 {
            assert_eq!(reply.json()["code"], "token.revoked");
            return;
        }
        assert_eq!(reply.status, 200, "{reply:?}");
        assert!(!late, "{WITHIN:?} after it was revoked at another server, a token was let in");
    }
}

#[test]
fn what_is_revoked_at_one_server_is_refused_by_all_of_them_within_a_second() {
    let Some((home, servers)) = three() else { return };
    let admin = home.bound_token(&home.admin().to_string(), "admin");
    let auditor = home.hire(&servers[0], "auditor");
    let tokens = [(); 2].map(|()| home.token(&auditor, "auditor"));
    let revokes = [
        ("token.revoke", json!({ "token": claims(&tokens[0])["jti"] })),
        ("principal.revoke", json!({ "principal": auditor })),
    ];
    let path = "/v1/log/checkpoint";
    for (at, (tool, revoke)) in revokes.iter().enumerate() {
        for (server, token) in
            servers.iter().flat_map(|server| tokens[at..].iter().map(move |token| (server, token)))
        {
            assert_eq!(get(server, token, path).status, 200, "it holds until then");
        }
        let mut client = Client::connect(servers[at].addr, &admin).unwrap();
        let reply = client.call(tool, "out", None, revoke).unwrap();
        let since = Instant::now();
        assert!(reply.status < 300, "{reply:?}");
        thread::scope(|scope| {
            for server in &servers {
                scope.spawn(|| is_out(server, &tokens[at], path, since));
            }
        });
    }
    stop(servers);
}
