//! The reference pages are printed from the contract, and this keeps them so.
//! To print them again: `DOCKET_PRINT=1 cargo test -p docket reference`.

use crate::{door::tools, surface::http::route};
use kernel::{
    refusal::Code,
    role::Role,
    tool::{Reach, Subject, Tool},
};
use serde_json::Value;
use std::{fmt::Write, fs, path::Path};

#[test]
fn the_page_of_tools_is_what_the_contract_says() {
    let mut page = String::from(
        "# Tools\n\nPrinted from the toolset. Every tool is `POST /v1/tools/{tool}` with its input as \
         JSON; looks also have addresses of their own, in `/openapi.json`. *Look* changes nothing, \
         *undoable* changes our records, *final* has left the building.\n\n\
         Commands need `Idempotency-Key`; on a ticket they also need `If-Match` with the version \
         that was read.\n",
    );
    for tool in Tool::ALL.iter().filter(|tool| route::called_by_name(**tool)) {
        describe(&mut page, *tool);
    }
    check("docs/tools.md", &page);
}

fn describe(page: &mut String, tool: Tool) {
    let contract = tool.contract();
    let schema = tools::schema(tool).as_value().clone();
    let reach = match tool.reach() {
        Reach::Look => "look",
        Reach::Undoable => "undoable",
        Reach::Final => "final",
    };
    let about = schema["description"].as_str().unwrap_or_default().replace('\n', " ");
    let _ = write!(page, "\n## `{tool}`\n\n{about}\n\n");
    for way in contract.moves {
        let roles: Vec<_> = way.roles.iter().map(Role::name).collect();
        let from: Vec<_> = way.from.iter().map(|state| state.name()).collect();
        let _ = write!(page, "- {reach}, for {}", roles.join(", "));
        let all = kernel::state::State::ALL.len();
        match contract.subject {
            Subject::Ticket if from.len() < all => {
                let _ = write!(page, "; from {}", from.join(", "));
            }
            Subject::Ticket => page.push_str("; from any state"),
            _ => {}
        }
        if let kernel::tool::To::OneOf(states) = way.to {
            let to: Vec<_> = states.iter().map(|state| state.name()).collect();
            let _ = write!(page, "; to {}", to.join(" or "));
        }
        page.push('\n');
    }
    fields(page, &schema);
}

fn fields(page: &mut String, schema: &Value) {
    let Some(properties) = schema["properties"].as_object().filter(|all| !all.is_empty()) else {
        return;
    };
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    page.push_str("\n| field | | |\n|---|---|---|\n");
    for (name, property) in properties {
        let need = if required.contains(&name.as_str()) { "required" } else { "" };
        let about = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ = writeln!(page, "| `{name}` | {need} | {} |", about.replace('|', "\\|"));
    }
}

#[test]
fn the_page_of_refusals_is_what_the_list_says() {
    let mut page = String::from(
        "# Refusals\n\nPrinted from the list. A refusal is an answer: it changed nothing, it has an \
         entry in the audit log, and its code is stable across releases. Over HTTP it is a problem \
         document (RFC 9457) with `code`, `dimension`, `detail` and `hint`.\n\n\
         | code | dimension | kind | what to do |\n|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let dimension = serde_json::to_value(code.dimension()).unwrap();
        let _ = writeln!(
            page,
            "| `{}` | {} | {:?} | {} |",
            code.name(),
            dimension.as_str().unwrap(),
            code.kind(),
            code.hint().replace('|', "\\|"),
        );
    }
    check("docs/refusals.md", &page);
}

fn check(path: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    if std::env::var_os("DOCKET_PRINT").is_some() {
        fs::write(&path, printed).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == printed,
        "{path:?} is out of date: DOCKET_PRINT=1 cargo test -p docket reference"
    );
}

#[test]
fn every_refusal_is_raised_somewhere_and_seen_by_a_test() {
    let (mut code, mut tests) = (String::new(), String::new());
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut code, &mut tests);
    let none = &mut String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests"), none, &mut tests);
    for refusal in Code::ALL {
        let raised = format!("Code::{refusal:?}");
        assert!(code.contains(&raised), "nothing refuses with `{}`", refusal.name());
        let seen = tests.contains(refusal.name()) || tests.contains(&raised);
        assert!(seen, "no test has seen `{}`", refusal.name());
    }
}

/// Reads every source file into what it is: code, or a test with what it expects.
fn collect(folder: &Path, code: &mut String, tests: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, code, tests);
            continue;
        }
        let name = path.to_str().unwrap();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if name.ends_with(".snap") || name.contains("/tests") || name.contains("/testing") {
            *tests += &text;
        } else if name.ends_with(".rs") {
            *code += &text;
        }
    }
}
