//! Whether an input has the shape that its schema publishes, where the reader
//! of an input would take more: it reads a list as the fields of an object, in
//! the order they are declared, and no schema says what that order is.

use super::tools;
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};
use serde_json::Value;

/// Refuses a list where the schema of the tool wants an object.
///
/// # Errors
/// `input.malformed`.
pub(super) fn check(tool: Tool, input: &[u8]) -> Result<(), Box<Refusal>> {
    // Most inputs have no list at all.
    if !input.contains(&b'[') {
        return Ok(());
    }
    // What is not JSON is refused by whoever reads it next, and says where.
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return Ok(()) };
    if fits(tools::schema(tool).as_value(), &value) {
        return Ok(());
    }
    let detail = "a list stands where an object with named fields belongs";
    Err(Refusal::new(Code::InputMalformed, detail))
}

fn fits(schema: &Value, value: &Value) -> bool {
    let choices = ["anyOf", "oneOf"].into_iter().find_map(|name| schema[name].as_array());
    if let Some(choices) = choices {
        return choices.iter().any(|choice| fits(choice, value));
    }
    match value {
        Value::Array(items) => {
            may_be_list(&schema["type"]) && items.iter().all(|item| fits(&schema["items"], item))
        }
        Value::Object(fields) => {
            fields.iter().all(|(name, field)| fits(&schema["properties"][name.as_str()], field))
        }
        _ => true,
    }
}

fn may_be_list(kind: &Value) -> bool {
    match kind {
        Value::String(kind) => kind == "array",
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "array"),
        _ => true,
    }
}
