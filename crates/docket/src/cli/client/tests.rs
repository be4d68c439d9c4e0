use super::{refusal, table, tools};
use insta::assert_snapshot;
use serde_json::json;

#[test]
fn a_refusal_reads_as_its_code_its_sentence_and_what_helps() {
    let problem = json!({
        "code": "closeout.evidence_missing",
        "detail": "the ticket is not ready",
        "hint": "add what `missing` names",
        "from": "in_progress",
        "allowed_from": ["in_progress"],
        "missing": ["photo_after", "signature"],
        "version": 7,
        "facts": { "limit_minor": 12_500 },
        "audit_entry": "aud_00000000010000000000000001",
    });
    assert_snapshot!(refusal::told(&problem), @"
    closeout.evidence_missing: the ticket is not ready
      hint: add what `missing` names
      missing: photo_after, signature
      the ticket is: in_progress
      works from: in_progress
      current version: 7
      audit entry: aud_00000000010000000000000001
      limit minor: 12500
    ");
    assert_snapshot!(refusal::told(&json!({ "code": "a.b", "detail": "no", "missing": [] })), @"a.b: no");
}

#[test]
fn tools_are_a_table_that_a_person_can_read() {
    let offers = [
        json!({ "name": "ticket.create", "reach": "undoable", "from": [], "description": "Ask for work." }),
        json!({ "name": "qa.verify", "reach": "undoable", "from": ["completed_pending_verification"],
            "why_not": { "detail": "`qa.verify` is for qa" } }),
    ];
    assert_snapshot!(tools::listed(&offers, false), @"
    TOOL           REACH     WORKS FROM                      WHAT IT DOES
    ticket.create  undoable  -                               Ask for work.
    qa.verify      undoable  completed_pending_verification  -
    ");
    assert_snapshot!(tools::listed(&offers, true), @"
    TOOL           REACH     WORKS FROM                      WHY NOT
    ticket.create  undoable  -                               -
    qa.verify      undoable  completed_pending_verification  `qa.verify` is for qa
    ");
}

#[test]
fn text_of_others_moves_no_cursor() {
    assert_eq!(table::cell(&json!("front\u{1b}[2J\r\ndoor\u{9b}1A")), "front [2J  door 1A");
}
