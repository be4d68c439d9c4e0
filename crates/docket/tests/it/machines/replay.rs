//! What was shown to one machine is known to all.

use super::agree::stop;
use crate::{
    ground::{Ground, shared},
    home::{Home, Server},
    http::{Client, Reply, request},
};
use serde_json::{Value, json};
use std::{fs, sync::Barrier, thread};

/// Where callers reach all of them.
const URL: &str = "https://docket.example";
const CREATE: &str = "/v1/tools/ticket.create";

/// A deployment behind one address, and three servers of it.
fn three() -> Option<(Home, [Server; 3])> {
    let _ = shared()?;
    let home = Home::at(Ground::new());
    let made = fs::read_to_string(home.config()).unwrap();
    fs::write(home.config(), format!("url = \"{URL}\"\n{made}")).unwrap();
    let servers = [(); 3].map(|()| home.serve());
    Some((home, servers))
}

fn captured(token: &str, path: &str, key: &str, input: &Value) -> Vec<u8> {
    let more = format!("content-type: application/json\r\nidempotency-key: {key}\r\n");
    request(URL, token, "POST", path, &more, input.to_string().as_bytes())
}

fn send(server: &Server, request: &[u8]) -> Reply {
    Client::connect(server.addr, "").unwrap().send(request).unwrap()
}

fn is_replayed(reply: &Reply) -> bool {
    reply.status == 401 && reply.json()["code"] == "proof.replayed"
}

#[test]
fn a_request_that_one_server_has_seen_is_refused_by_all_of_them_and_recorded() {
    let Some((home, servers)) = three() else { return };
    let token = home.bound_token(&home.dispatcher().to_string(), "dispatcher");
    let input = json!({ "site": home.site(), "summary": "door" });
    for (first, server) in servers.iter().enumerate() {
        let made = captured(&token, CREATE, &format!("made-{first}"), &input);
        // One that was refused has been seen, too.
        let refused = captured(&token, CREATE, &format!("refused-{first}"), &json!({}));
        assert_eq!(send(server, &made).status, 201);
        assert_eq!(send(server, &refused).status, 400);
        for other in &servers {
            for request in [&made, &refused] {
                let reply = send(other, request);
                assert!(is_replayed(&reply), "{reply:?}");
            }
        }
    }
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), ["3"]);
    let recorded = "select count(*) from audit_entry
                    where body like '%\"refusal\":\"proof.replayed\"%'";
    assert_eq!(home.ground.ask("data", recorded), ["3"], "each server says so once a minute");
    stop(servers);
    home.verify_log();
}

#[test]
fn of_servers_that_are_shown_a_proof_at_the_same_moment_one_takes_it() {
    let Some((home, servers)) = three() else { return };
    let token = home.bound_token(&home.dispatcher().to_string(), "dispatcher");
    for round in 0..20 {
        let input = json!({ "site": home.site(), "summary": "door" });
        let request = captured(&token, CREATE, &format!("round-{round}"), &input);
        let ready = Barrier::new(servers.len());
        let replies: Vec<Reply> = thread::scope(|scope| {
            let callers: Vec<_> = servers
                .iter()
                .map(|server| {
                    let (ready, request) = (&ready, &request);
                    scope.spawn(move || {
                        ready.wait();
                        send(server, request)
                    })
                })
                .collect();
            callers.into_iter().map(|caller| caller.join().unwrap()).collect()
        });
        let taken = replies.iter().filter(|reply| reply.status == 201).count();
        let refused = replies.iter().filter(|reply| is_replayed(reply)).count();
        assert_eq!((taken, refused), (1, 2), "{replies:?}");
    }
    assert_eq!(home.ground.ask("data", "select count(*) from ticket"), ["20"]);
    assert_eq!(home.ground.ask("data", "select count(*) from replay_nonce"), ["20"]);
    stop(servers);
}
