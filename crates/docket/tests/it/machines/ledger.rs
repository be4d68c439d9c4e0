//! What there has to be once everything has gone wrong and is well again.

use super::{
    desk::{Desk, Done},
    fleet::until,
    post::Post,
};
use crate::home::{Home, docket, printed};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub struct Ledger<'a> {
    pub home: &'a Home,
    pub post: &'a Post,
    pub done: BTreeMap<String, Done>,
}

impl Ledger<'_> {
    fn ask(&self, sql: &str) -> Vec<String> {
        self.home.ground.ask("data", sql)
    }

    fn count(&self, sql: &str) -> usize {
        self.ask(&format!("select count(*) from {sql}"))[0].parse().unwrap()
    }

    fn none(&self, sql: &str) {
        assert_eq!(self.ask(sql), Vec::<String>::new(), "{sql}");
    }

    fn of(&self, tool: &str) -> usize {
        self.done.values().filter(|done| done.tool == tool).count()
    }

    /// Every job comes to its end, and nothing waits to become a leaf.
    pub fn everything_comes_to_its_end(&self) {
        let soon = "extract(epoch from now() + interval '10 minutes') * 1000000";
        let left = format!("select kind || ' ' || phase from job where due_at < {soon} limit 5");
        until("every job to be done", || self.ask(&left).is_empty().then_some(()));
    }

    /// Whatever went wrong was not ours, and is said to have passed.
    pub fn nothing_broke(&self, said: &str) {
        let lines = said.lines().filter(|line| line.contains("\"level\":\"ERROR\""));
        let broke: Vec<_> = lines.filter(|line| !line.contains("the database is away")).collect();
        assert!(broke.is_empty(), "{broke:#?}");
    }

    /// Every answer is kept as it was given, and has an entry of its own; and
    /// nothing else was done.
    pub fn what_was_acknowledged_was_done_once(&self) {
        let kept: BTreeMap<String, String> = self
            .ask("select key || ' ' || body from idempotency where key like 'desk-%'")
            .into_iter()
            .map(|row| row.split_once(' ').map(|(key, body)| (key.to_owned(), body.to_owned())))
            .map(Option::unwrap)
            .collect();
        let said = self.done.iter().map(|(key, done)| (key.clone(), done.answer.clone()));
        assert!(kept == said.collect(), "what was answered is what is kept, and nothing else is");

        let answers = self.done.values().map(|done| serde_json::from_str::<Value>(&done.answer));
        let entries: BTreeSet<String> =
            answers.map(|answer| answer.unwrap()["entry"].as_str().unwrap().to_owned()).collect();
        assert_eq!(entries.len(), self.done.len(), "every command has an entry of its own");
        let recorded: BTreeSet<String> =
            self.ask("select id from audit_entry").into_iter().collect();
        assert!(entries.is_subset(&recorded), "no entry was lost");

        let tools: BTreeSet<_> = self.done.values().map(|done| done.tool).collect();
        for tool in tools {
            let entries = self.count(&format!(
                "audit_entry where tool = '{tool}' and outcome = 'committed'
                    and body::jsonb->>'surface' = 'http'"
            ));
            assert_eq!(entries, self.of(tool), "{tool}");
        }
        assert_eq!(self.count("ticket"), self.of("ticket.create"));
        assert_eq!(self.count("message where direction <> 'out'"), self.of("ticket.add_message"));
        assert_eq!(self.count("hold"), self.of("schedule.hold"));
        assert_eq!(self.count("evidence"), self.of("closeout.add_evidence"));
        assert_eq!(self.count("closure"), self.of("ticket.close"));
    }

    /// Said again, at whichever server, it is answered as before.
    pub fn it_is_answered_again_as_before(&self, desk: &mut Desk<'_>) {
        for (key, done) in self.done.iter().step_by(self.done.len() / 200 + 1) {
            let Done { who, tool, version, input, answer } = done;
            let reply = desk.insist(who, |line| line.call(tool, key, *version, input));
            assert_eq!(&reply.body, answer, "{key}");
            assert_eq!(reply.header("idempotency-replayed"), Some("true"), "{key}");
        }
    }

    /// No job was lost: whatever queues one has one, and it succeeded. None did
    /// its work twice.
    pub fn every_job_was_done_and_had_its_effect_once(&self) {
        self.none("select kind || ' ' || phase || ' ' || coalesce(error, '') from job_done where phase <> 'succeeded'");
        for (kind, what) in
            [("hold.expire", "hold"), ("packet.make", "closure"), ("outgoing.deliver", "outgoing")]
        {
            let jobs = "(select kind from job union all select kind from job_done) j where kind";
            assert_eq!(self.count(&format!("{jobs} = '{kind}'")), self.count(what), "{kind}");
            assert!(self.count(what) > 0, "there was something to do: {what}");
        }
        self.holds_ended_once();
        self.packets_were_made_once();
        self.texts_left();
        self.broken_promises_were_noted_once();
    }

    fn holds_ended_once(&self) {
        self.none("select id from hold where ended_at is null and until_at < extract(epoch from now()) * 1000000");
        let passed = "audit_entry where tool = 'schedule.rollback'";
        assert_eq!(self.count(passed), self.of("schedule.hold") - self.of("schedule.release"));
        let holds = "(select distinct body::jsonb->'subjects'->>0 from audit_entry
            where tool = 'schedule.rollback') h";
        assert_eq!(self.count(passed), self.count(holds), "each of another hold");
    }

    fn packets_were_made_once(&self) {
        let closings = self.of("ticket.close");
        assert_eq!(self.count("packet"), closings);
        assert_eq!(self.count("audit_entry where tool = 'packet.make'"), closings);
    }

    /// A text may leave twice, under one key; that it left is written down once.
    fn texts_left(&self) {
        self.none("select id || ' ' || standing from outgoing where standing not in ('delivered', 'superseded')");
        let delivered: BTreeSet<_> =
            self.ask("select id from outgoing where standing = 'delivered'").into_iter().collect();
        let all: BTreeSet<_> = self.ask("select id from outgoing").into_iter().collect();
        let letters: BTreeSet<_> = self.post.letters().into_keys().collect();
        assert!(delivered.is_subset(&letters), "whatever is delivered was brought");
        assert!(letters.is_subset(&all), "and nothing else");
        assert_eq!(self.count("message where direction = 'out'"), delivered.len());
        let entries = "audit_entry where tool = 'outgoing.deliver'
            and body::jsonb->'payload'->>'standing' = 'delivered'";
        assert_eq!(self.count(entries), delivered.len());
    }

    fn broken_promises_were_noted_once(&self) {
        let breaches = self.count("breach");
        assert_eq!(self.count("audit_entry where tool = 'clock.breach'"), breaches);
        assert!(breaches > 0, "some promises were broken");
    }

    /// Every entry is a leaf, once, and every checkpoint that anybody has seen
    /// is one of this log.
    pub fn there_is_one_log_without_a_gap(&self, seen: &BTreeMap<u64, String>) {
        let entries = self.count("audit_entry");
        let leaves = "select coalesce(max(size), 0) from log_checkpoint";
        assert_eq!(self.ask(leaves), [entries.to_string()], "every entry is a leaf");
        for (size, root) in seen {
            let kept = format!("select root from log_checkpoint where size = {size}");
            assert_eq!(self.ask(&kept), [root.as_str()], "the log of size {size}");
        }
        self.home.verify_log();
        let data = self.home.data();
        let data = data.to_str().unwrap();
        let key = printed(docket(&["audit", "key", "--data", data]));
        let folder = self.home.ground.path();
        let (tiles, export) = (folder.join("tiles"), folder.join("export.jsonl"));
        let (tiles, export) = (tiles.to_str().unwrap(), export.to_str().unwrap());
        printed(docket(&["audit", "tiles", tiles, "--data", data]));
        printed(docket(&["audit", "export", "--output", export, "--data", data]));
        for words in [["--log", tiles], ["--export", export]] {
            let words = [&["audit", "verify", "--key", key.trim()][..], &words].concat();
            let held = printed(docket(&words));
            assert!(held.contains(&entries.to_string()), "{held}");
        }
    }
}
