//! Workers of others, over HTTP and beside a real server; and what somebody at a
//! terminal sees of their jobs.

use crate::{
    home::{Home, Server, docket, printed, said},
    http::{Client, Reply},
};
use serde_json::{Value, json};
use std::{
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

/// One program that calls.
struct Program {
    client: Client,
    calls: AtomicUsize,
}

impl Program {
    /// A service with one role.
    fn new(home: &Home, server: &Server, role: &str) -> Self {
        let id = home.hire_service(server, role);
        let client = Client::connect(server.addr, &home.token(&id, role)).unwrap();
        Self { client, calls: AtomicUsize::new(0) }
    }

    fn call(&mut self, tool: &str, input: Value) -> Reply {
        let key = format!("key-{}", self.calls.fetch_add(1, Ordering::Relaxed));
        self.client.call(tool, &key, None, &input).unwrap()
    }

    fn done(&mut self, tool: &str, input: Value) -> Value {
        let reply = self.call(tool, input);
        assert_eq!(reply.status, 200, "{tool}: {reply:?}");
        reply.json()["result"].clone()
    }

    fn enqueue(&mut self) -> Value {
        let input = json!({ "kind": "ext.sync_crm", "payload": { "account": "a-1" } });
        self.done("job.enqueue", input)["job"].clone()
    }

    fn claim(&mut self) -> Value {
        let input = json!({ "kinds": ["ext.sync_crm"], "worker": "crm-1" });
        self.done("job.claim", input)["jobs"][0].clone()
    }

    fn see(&mut self, job: &Value) -> Value {
        let reply = self.call("job.get", json!({ "job": job }));
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }
}

#[test]
fn a_worker_of_somebody_else_takes_a_job_goes_on_with_it_and_completes_it() {
    let home = Home::new();
    let server = home.serve();
    let mut integration = Program::new(&home, &server, "integration");
    let mut worker = Program::new(&home, &server, "worker");
    assert_eq!(worker.claim(), Value::Null);
    let queued = integration.enqueue();

    let job = worker.claim();
    assert_eq!((&job["job"], &job["payload"]["account"]), (&queued, &json!("a-1")));
    let on = json!({ "job": job["job"], "lease": job["lease"] });
    let renewed = worker.done("job.renew", on.clone());
    assert_eq!(renewed["cancel_asked"], false);
    let mut ended = on.clone();
    ended["result"] = json!({ "contacts": 3 });
    assert_eq!(worker.done("job.complete", ended)["state"], "succeeded");

    let late = worker.call("job.renew", on);
    assert_eq!((late.status, &late.json()["code"]), (409, &json!("job.lease_lost")));
    let seen = integration.see(&queued);
    assert_eq!((&seen["state"], &seen["result"]), (&json!("succeeded"), &json!({ "contacts": 3 })));
    drop((integration, worker));
    server.stop();
    home.verify_log();
}

#[test]
fn neither_program_may_do_what_the_other_does_nor_anything_else() {
    let home = Home::new();
    let server = home.serve();
    let mut integration = Program::new(&home, &server, "integration");
    let mut worker = Program::new(&home, &server, "worker");
    let claim = json!({ "kinds": ["ext.sync_crm"] });
    assert_eq!(integration.call("job.claim", claim).json()["code"], "role.forbidden");
    let enqueue = json!({ "kind": "ext.sync_crm", "payload": {} });
    assert_eq!(worker.call("job.enqueue", enqueue).json()["code"], "role.forbidden");
    for program in [&mut integration, &mut worker] {
        assert_eq!(program.call("ticket.list", json!({})).json()["code"], "role.forbidden");
        assert_eq!(program.call("job.list", json!({})).json()["code"], "role.forbidden");
    }
    drop((integration, worker));
    server.stop();
}

/// The command line, as the admin.
fn job(home: &Home, server: &Server, words: &str) -> Command {
    let words: Vec<_> = ["job"].into_iter().chain(words.split_whitespace()).collect();
    let mut command = docket(&words);
    command
        .env("DOCKET_SERVER", format!("http://{}", server.addr))
        .env("DOCKET_TOKEN", home.bound_token(&home.admin().to_string(), "admin"))
        .env("DOCKET_PROOF_KEY", home.proof_key());
    command
}

#[test]
fn a_dead_job_is_found_read_and_put_back_from_the_command_line_and_a_waiting_one_cancelled() {
    let home = Home::new();
    let server = home.serve();
    let mut integration = Program::new(&home, &server, "integration");
    let mut worker = Program::new(&home, &server, "worker");
    let id = integration.enqueue().as_str().unwrap().to_owned();
    let taken = worker.claim();
    let vain = json!({ "job": id, "lease": taken["lease"], "error": "crm.gone", "retry": false });
    assert_eq!(worker.done("job.fail", vain)["state"], "dead");

    let dead = printed(job(&home, &server, "dead"));
    assert!(dead.contains(&id) && dead.contains("ext.crm.gone"), "{dead}");
    let show = printed(job(&home, &server, &format!("show {id}")));
    assert!(show.contains("gave_up") && show.contains("crm-1"), "{show}");
    let listed = printed(job(&home, &server, "list kind=ext.sync_crm phase=dead --format json"));
    let listed: Value = serde_json::from_str(&listed).unwrap();
    assert_eq!(listed["items"][0]["id"], json!(id));

    printed(job(&home, &server, &format!("retry {id}")));
    let again = job(&home, &server, &format!("retry {id}")).output().unwrap();
    assert_eq!(again.status.code(), Some(3), "{}", said(&again));
    assert!(said(&again).contains("job.not_dead"), "{}", said(&again));
    let cancelled = printed(job(&home, &server, &format!("cancel {id} --format json")));
    let cancelled: Value = serde_json::from_str(&cancelled).unwrap();
    assert_eq!(cancelled["result"], json!({ "job": id, "running": false }));
    assert_eq!(worker.claim(), Value::Null);
    drop((integration, worker));
    server.stop();
}
