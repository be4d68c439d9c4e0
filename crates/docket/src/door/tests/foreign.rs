//! An id of another tenant answers exactly like an id of nothing.
//!
//! Every id that a tool reads is found in its schema. That of a ticket is tried
//! on every tool that has one; each other is a line of the table below. One that
//! is neither fails the last test, so a new tool cannot be forgotten.

use crate::{
    door::{Call, Denied, tools},
    identity::Caller,
    import,
    testing::{World, person},
};
use kernel::{
    id::{self, Id, Identified},
    role::Role,
    tool::{Subject, Tool},
};
use serde_json::{Map, Value, json};

/// One id that a tool reads, and a call that differs in nothing else.
struct Case {
    tool: Tool,
    /// Where the id is in the input.
    path: &'static str,
    input: Value,
    foreign: Value,
    missing: Value,
}

/// An id that nothing has.
fn missing<T: Identified>(_: Id<T>) -> Value {
    json!(Id::<T>::from_parts(9, 9))
}

/// The table.
async fn cases(world: &World) -> Vec<Case> {
    let (home, other) = (world.home(), world.other());
    let (account, site, technician) = (other.account, other.site, other.technicians[0]);
    let (contact, asset, card) = (other.contact, other.asset, other.rate_card);
    let somebody = person(7 + other.people);
    let ours = ticket(world, &world.dispatcher(), json!({ "site": home.site })).await;
    let (theirs, their_entry) = their_ticket(world).await;

    let mut cases = Vec::new();
    macro_rules! case {
        ($tool:ident $path:literal = $foreign:expr, $($input:tt)+) => {
            cases.push(Case {
                tool: Tool::$tool,
                path: $path,
                input: json!($($input)+),
                foreign: json!($foreign),
                missing: missing($foreign),
            });
        };
    }

    let person = json!({ "name": "x", "may_request": true, "may_approve": true });
    let place = json!({ "name": "x", "address": "x", "zone": "UTC" });
    let worker = json!({ "name": "x", "active": true, "skills": [], "territories": [],
        "zone": "UTC", "shifts": [] });
    let prices = world.call(&world.admin(), Tool::RateCardList, json!({})).await.unwrap();
    let prices = &prices["items"][0]["card"];

    case!(TicketCreate "site" = site, { "summary": "x" });
    case!(TicketCreate "contact" = contact, { "summary": "x", "site": home.site });
    case!(TicketCreate "asset" = asset, { "summary": "x", "site": home.site });
    case!(TicketList "site" = site, {});
    case!(TicketList "technician" = technician, {});
    case!(TicketTriage "contact" = contact, { "ticket": ours, "outcome": "triaged" });
    case!(TicketTriage "asset" = asset, { "ticket": ours, "outcome": "triaged" });
    case!(AccountPut "id" = account, { "name": "x" });
    case!(AccountPut "rate_card" = card, { "name": "x" });
    case!(SitePut "id" = site, with(&place, "account", home.account));
    case!(SitePut "account" = account, place);
    case!(SiteList "account" = account, {});
    case!(ContactPut "id" = contact, with(&person, "account", home.account));
    case!(ContactPut "account" = account, person);
    case!(ContactPut "site" = site, with(&person, "account", home.account));
    case!(ContactPut "principal" = somebody, with(&person, "account", home.account));
    case!(ContactList "account" = account, {});
    case!(ContactList "site" = site, {});
    case!(AssetPut "id" = asset, { "site": home.site, "tag": "x" });
    case!(AssetPut "site" = site, { "tag": "x" });
    case!(AssetList "site" = site, {});
    case!(TechnicianPut "id" = technician, worker);
    case!(TechnicianPut "principal" = somebody, worker);
    case!(TechnicianAbsent "technician" = technician, { "start": "2026-03-03T00:00:00Z" });
    case!(RateCardPut "id" = card, { "name": "x", "card": prices });
    case!(TenantConfigure "rate_card" = card, {});
    case!(PrincipalPut "principal" = somebody, { "kind": "user", "name": "x", "roles": [] });
    case!(PrincipalRevoke "principal" = somebody, {});
    case!(OutboxList "ticket" = theirs, {});
    case!(OutboxReplay "outgoing[]" = their_text(world, theirs).await, {});
    let job = their_job(world).await;
    case!(JobEnqueue "after[]" = job, { "kind": "ext.dig", "payload": {} });
    case!(JobGet "job" = job, {});
    case!(JobCancel "job" = job, {});
    case!(JobRetry "jobs[]" = job, {});
    case!(JobRenew "job" = job, { "lease": 1 });
    case!(JobComplete "job" = job, { "lease": 1 });
    case!(JobFail "job" = job, { "lease": 1, "error": "crm.gone" });
    let action =
        json!({ "project": "p", "action": "act.dig", "resource": "hole/1", "payload": {} });
    case!(PolicyMint "bearer" = somebody, action);
    // Nobody keeps a list of tokens, so any id can be revoked, in one's own tenant.
    case!(PolicyRevoke "policy" = Id::<id::Policy>::from_parts(4, 4), {});
    let import = their_import(world).await;
    case!(ImportGet "import" = import, {});
    case!(ImportQuarantine "import" = import, {});
    case!(AuditList "ticket" = theirs, {});
    case!(AuditReceipt "entry" = their_entry, {});
    for tool in Tool::ALL.iter().filter(|tool| tool.contract().subject == Subject::Ticket) {
        let input = example(tools::schema(*tool).as_value());
        let (foreign, missing) = (json!(theirs), missing(theirs));
        cases.push(Case { tool: *tool, path: "ticket", input, foreign, missing });
    }
    cases
}

/// Ids that need a ticket far along its way in both tenants. The tests of their
/// tools try them. This list may only get shorter.
const ELSEWHERE: &[(Tool, &str)] = &[
    (Tool::TicketIntake, "site.id"),
    (Tool::TicketIntake, "contact"),
    (Tool::TicketIntake, "asset"),
    (Tool::ScheduleRelease, "message"),
    (Tool::AssignmentDispatch, "technician"),
    (Tool::AssignmentDispatch, "recommendation"),
    (Tool::AssignmentDispatch, "countersign"),
    (Tool::TechRequestChange, "evidence[]"),
    (Tool::ApprovalDecide, "approval"),
    (Tool::CloseoutLogLabor, "replaces"),
    (Tool::CloseoutLogPart, "replaces"),
    (Tool::CloseoutExceptEvidence, "countersign"),
    (Tool::TicketForceClose, "countersign"),
    (Tool::InvoiceGet, "invoice"),
    (Tool::InvoiceDocument, "invoice"),
];

#[tokio::test]
async fn a_foreign_id_answers_exactly_like_a_missing_one() {
    let world = World::new();
    let mut strayed = Vec::new();
    for case in cases(&world).await {
        let theirs = answer(&world, &case, &case.foreign).await;
        let nothing = answer(&world, &case, &case.missing).await;
        assert_eq!(theirs, nothing, "`{}` tells by `{}`", case.tool, case.path);
        let about_it = ["not_found", "lease_lost", "items", "entries", "revoked_at"]
            .iter()
            .any(|word| theirs.contains(word));
        if !about_it {
            strayed.push(format!("`{}` never came to `{}`: {theirs}", case.tool, case.path));
        }
    }
    assert_eq!(strayed, [""; 0]);
}

#[tokio::test]
async fn every_id_that_a_tool_reads_is_tried() {
    let world = World::new();
    let cases = cases(&world).await;
    let mut untried = Vec::new();
    for tool in Tool::ALL {
        let mut found = Vec::new();
        ids(tools::schema(*tool).as_value(), "", &mut found);
        // A cursor says where to begin, and is nothing that could be there.
        found.retain(|path| path != "after");
        let tried =
            |path: &String| cases.iter().any(|case| case.tool == *tool && case.path == path);
        let elsewhere = |path: &String| ELSEWHERE.contains(&(*tool, path.as_str()));
        found.retain(|path| !tried(path) && !elsewhere(path));
        untried.extend(found.into_iter().map(|path| format!("{tool} {path}")));
    }
    assert_eq!(untried, [""; 0], "add a line to the table");
}

/// What somebody who may use the tool is told, without the id itself.
async fn answer(world: &World, case: &Case, id: &Value) -> String {
    let input = match case.path.strip_suffix("[]") {
        Some(list) => with(&case.input, list, [id]),
        None => with(&case.input, case.path, id),
    };
    let roles: Vec<Role> = case.tool.roles().iter().collect();
    let call = Call {
        key: Some(format!("{}-{}-{id}", case.tool, case.path).replace('"', "")),
        if_match: Some(1),
        ..Call::new(case.tool, input.to_string(), "test")
    };
    let told = match world.send(&world.caller(1, &roles), call).await {
        // Every call has an entry of its own.
        Ok(answer) => answer.body.split("\"entry\"").next().unwrap().to_owned(),
        Err(Denied::Refused(refusal, _)) => format!("{} {refusal:?}", refusal.code.name()),
        Err(Denied::Broke(fault)) => panic!("`{}`: {fault:?}", case.tool),
    };
    told.replace(id.as_str().unwrap(), "…")
}

fn with(input: &Value, name: &str, value: impl serde::Serialize) -> Value {
    let mut input = input.clone();
    input[name] = json!(value);
    input
}

async fn ticket(world: &World, caller: &Caller, input: Value) -> Value {
    let input = with(&input, "summary", "it sticks");
    let made = world.call(caller, Tool::TicketCreate, input).await.unwrap();
    made["ticket"]["id"].clone()
}

async fn their_ticket(world: &World) -> (Id<id::Ticket>, Id<id::Entry>) {
    let input = json!({ "site": world.other().site, "summary": "it sticks" });
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    let made = world.call(&stranger, Tool::TicketCreate, input).await.unwrap();
    let read = |value: &Value| value.as_str().unwrap().to_owned();
    (read(&made["ticket"]["id"]).parse().unwrap(), read(&made["entry"]).parse().unwrap())
}

/// Something that their customer is to be told.
async fn their_text(world: &World, ticket: Id<id::Ticket>) -> Id<id::Outgoing> {
    let input = json!({ "ticket": ticket, "questions": ["Which door is it?"] });
    let mut call = Call::new(Tool::TicketRequestInfo, input.to_string(), "test");
    (call.key, call.if_match) = (Some("ask".to_owned()), Some(1));
    let stranger = world.stranger(2, &[Role::Dispatcher]);
    let asked: Value =
        serde_json::from_str(&world.send(&stranger, call).await.unwrap().body).unwrap();
    asked["result"]["outgoing"].as_str().unwrap().parse().unwrap()
}

/// A job that an integration of theirs has queued.
async fn their_job(world: &World) -> Id<id::Job> {
    let stranger = world.stranger(2, &[Role::Integration]);
    let input = json!({ "kind": "ext.dig", "payload": {} });
    let queued = world.call(&stranger, Tool::JobEnqueue, input).await.unwrap();
    queued["result"]["job"].as_str().unwrap().parse().unwrap()
}

/// A file that they have taken in.
async fn their_import(world: &World) -> Id<id::Import> {
    let mut call = Call::new(Tool::ImportStart, Vec::new(), "test");
    call.key = Some("import".to_owned());
    let stranger = world.stranger(1, &[Role::Admin]);
    let (kind, format, file) = (import::Kind::Accounts, import::Format::Csv, "name\nA\n".into());
    let begun = world.door.import(&stranger, call, kind, format, file).await.unwrap();
    let begun: Value = serde_json::from_str(&begun.body).unwrap();
    begun["result"]["import"].as_str().unwrap().parse().unwrap()
}

/// The paths of all ids in a schema.
fn ids(schema: &Value, path: &str, found: &mut Vec<String>) {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    if id::PREFIXES.iter().any(|prefix| pattern.starts_with(&format!("^{prefix}_["))) {
        found.push(path.to_owned());
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        for inner in schema[key].as_array().into_iter().flatten() {
            ids(inner, path, found);
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        ids(inner, &path, found);
    }
    if schema["items"].is_object() {
        ids(&schema["items"], &format!("{path}[]"), found);
    }
}

/// The least that a schema takes. What it says matters to nobody here: the
/// ticket is looked for first.
fn example(schema: &Value) -> Value {
    if let Some(inner) = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].get(0)) {
        return example(inner);
    }
    if let Some(word) = schema.get("const").or_else(|| schema["enum"].get(0)) {
        return word.clone();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind.unwrap_or_default() {
        "object" => {
            let required = schema["required"].as_array().into_iter().flatten();
            let names = required.filter_map(Value::as_str);
            let fields = names.map(|name| (name.to_owned(), example(&schema["properties"][name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        "array" if schema["minItems"].as_u64().unwrap_or(0) > 0 => {
            json!([example(&schema["items"])])
        }
        "array" => json!([]),
        "integer" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        _ => text(schema),
    }
}

fn text(schema: &Value) -> Value {
    let pattern = schema["pattern"].as_str().unwrap_or_default();
    if let Some(prefix) = id::PREFIXES.iter().find(|p| pattern.starts_with(&format!("^{p}_["))) {
        return json!(format!("{prefix}_{}", "0".repeat(26)));
    }
    match (schema["format"].as_str(), pattern) {
        (Some("date-time"), _) => json!("2026-03-03T10:00:00Z"),
        (_, pattern) if pattern.starts_with("^\\d{4}-") => json!("2026-03-03T10:00:00Z"),
        (_, pattern) if pattern.contains("[A-Z]{3}") => json!("USD"),
        (_, pattern) if pattern.contains("{64}") => json!("0".repeat(64)),
        _ => json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1).max(1) as usize)),
    }
}
