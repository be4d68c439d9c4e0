//! The command line as a client of a server that runs.

use crate::home::{Home, Server, docket, printed, said};
use serde_json::{Value, json};
use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

/// The binary with these words, as the dispatcher.
fn client(home: &Home, server: &Server, words: &str) -> Command {
    let mut command = docket(&words.split_whitespace().collect::<Vec<_>>());
    command
        .env("DOCKET_SERVER", format!("http://{}", server.addr))
        .env("DOCKET_TOKEN", home.bound_token(&home.dispatcher().to_string(), "dispatcher"))
        .env("DOCKET_PROOF_KEY", home.proof_key());
    command
}

/// Runs a command and gives it something to read.
fn fed(mut command: Command, input: &Value) -> Output {
    let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = pipes.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_ticket_is_made_listed_shown_and_followed_from_the_command_line() {
    let home = Home::new();
    let server = home.serve();
    let input = json!({ "site": home.site(), "summary": "front door sticks" });
    let call = "call ticket.create --input - --key front-1";

    let made = fed(client(&home, &server, call), &input);
    assert!(made.status.success(), "{}", said(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let ticket = made["ticket"]["id"].as_str().unwrap();

    let again = fed(client(&home, &server, call), &input);
    assert_eq!(serde_json::from_slice::<Value>(&again.stdout).unwrap(), made);
    assert!(errors(&again).contains("earlier, identical call"), "{}", said(&again));

    let list = printed(client(&home, &server, "ticket list state=new"));
    assert!(list.contains(ticket) && list.contains("TICKET"), "{list}");
    let show = printed(client(&home, &server, &format!("ticket show {ticket}")));
    assert!(show.contains("front door sticks"), "{show}");
    let timeline = printed(client(&home, &server, &format!("ticket timeline {ticket}")));
    assert!(timeline.contains("ticket.create"), "{timeline}");
    let json = printed(client(&home, &server, &format!("ticket show {ticket} --json")));
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["id"], ticket);

    let tools = printed(client(&home, &server, "tools"));
    assert!(tools.contains("ticket.create") && !tools.contains("audit.list"), "{tools}");
    let all = printed(client(&home, &server, "tools --all"));
    assert!(all.contains("`audit.list` is for auditor"), "{all}");
    let one = printed(client(&home, &server, "tools ticket.create"));
    assert!(one.contains("\"input_schema\""), "{one}");
    server.stop();
}

#[test]
fn a_refusal_is_told_with_what_helps_and_has_its_exit_code() {
    let home = Home::new();
    let server = home.serve();
    let input = json!({ "site": home.site(), "summary": "front door" });
    let made = fed(client(&home, &server, "call ticket.create --input -"), &input);
    assert!(errors(&made).starts_with("idempotency key: "), "{}", said(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let on = json!({ "ticket": made["ticket"]["id"] });

    let unversioned = fed(client(&home, &server, "call ticket.close --input -"), &on);
    assert_eq!(unversioned.status.code(), Some(3), "{}", said(&unversioned));
    assert!(errors(&unversioned).contains("version.missing: "), "{}", said(&unversioned));

    let early = fed(client(&home, &server, "call ticket.close --input - --if-match 1"), &on);
    let told = errors(&early);
    assert_eq!(early.status.code(), Some(3));
    for part in ["docket: ticket.state: ", "hint: ", "the ticket is: new", "works from: verified"] {
        assert!(told.contains(part), "`{part}` is missing: {told}");
    }
    let words = "call ticket.close --input - --if-match 1 --json --key k";
    let problem = errors(&fed(client(&home, &server, words), &on));
    let problem = problem.trim().strip_prefix("docket: ").unwrap();
    assert_eq!(serde_json::from_str::<Value>(problem).unwrap()["code"], "ticket.state");

    let odd = client(&home, &server, "call ../../healthz").output().unwrap();
    assert_eq!(odd.status.code(), Some(3), "{}", said(&odd));
    server.stop();
}

#[test]
fn what_cannot_be_asked_at_all_says_why() {
    let home = Home::new();
    let server = home.serve();
    let mut no_token = client(&home, &server, "tools");
    let no_token = no_token.env_remove("DOCKET_TOKEN").output().unwrap();
    assert_eq!(no_token.status.code(), Some(2));
    assert!(errors(&no_token).contains("DOCKET_TOKEN"), "{}", said(&no_token));

    let mut clear = client(&home, &server, "tools --server http://docket.example");
    let clear = clear.output().unwrap();
    assert_eq!(clear.status.code(), Some(2), "a token is not sent in the clear");

    let file = home.data().join("token");
    std::fs::write(
        &file,
        format!("{}\n", home.bound_token(&home.dispatcher().to_string(), "dispatcher")),
    )
    .unwrap();
    let mut by_file = client(&home, &server, "tools --token-file");
    let by_file = by_file.arg(&file).env_remove("DOCKET_TOKEN").output().unwrap();
    assert!(by_file.status.success(), "{}", said(&by_file));

    let gone = client(&home, &server, "tools");
    server.stop();
    let mut gone = gone;
    let gone = gone.output().unwrap();
    assert_eq!(gone.status.code(), Some(1));
    assert!(errors(&gone).contains("cannot be reached"), "{}", said(&gone));
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(printed(docket(&["completions", shell])).contains("timeline"), "{shell}");
    }
}
