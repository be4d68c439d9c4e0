//! A refusal, as a person reads it.

use serde_json::Value;

/// The code and the sentence, and below them whatever helps.
pub(in crate::cli) fn told(problem: &Value) -> String {
    let text = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
    let mut told = format!("{}: {}", text("code"), text("detail"));
    for (name, label) in LINES {
        if let Some(value) = line(&problem[*name]) {
            told += &format!("\n  {label}: {value}");
        }
    }
    for (name, value) in problem["facts"].as_object().into_iter().flatten() {
        told += &format!("\n  {}: {}", name.replace('_', " "), line(value).unwrap_or_default());
    }
    told
}

const LINES: &[(&str, &str)] = &[
    ("hint", "hint"),
    ("path", "at"),
    ("missing", "missing"),
    ("from", "the ticket is"),
    ("allowed_from", "works from"),
    ("version", "current version"),
    ("audit_entry", "audit entry"),
];

fn line(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let words: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            Some(words.join(", ")).filter(|words| !words.is_empty())
        }
        other => Some(other.to_string()),
    }
}
