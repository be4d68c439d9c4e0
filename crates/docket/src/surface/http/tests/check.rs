//! As much of JSON Schema as our own document uses, and a panic at the rest:
//! a word that the check does not know would otherwise pass for a check.

use serde_json::Value;

/// Says where `value` is not what `schema` wants.
pub fn against(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    at(document, schema, value, "$")
}

fn at(document: &Value, schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let Value::Object(words) = schema else {
        return if *schema == Value::Bool(true) {
            Ok(())
        } else {
            Err(format!("{path}: nothing may be here"))
        };
    };
    for (word, wanted) in words {
        word_holds(document, schema, word, wanted, value, path)?;
    }
    Ok(())
}

fn word_holds(
    document: &Value,
    schema: &Value,
    word: &str,
    wanted: &Value,
    value: &Value,
    path: &str,
) -> Result<(), String> {
    let fail = |what: String| Err(format!("{path}: {what}, got {value}"));
    let holds = match word {
        "$ref" => {
            let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
            let target = document.pointer(pointer).expect("a reference leads somewhere");
            return at(document, target, value, path);
        }
        "type" => is_of(wanted, value),
        "const" => value == wanted,
        "enum" => wanted.as_array().unwrap().contains(value),
        "required" => {
            let names = wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            let missing: Vec<_> = names.filter(|name| value.get(name).is_none()).collect();
            if value.is_object() && !missing.is_empty() {
                return fail(format!("wanted {missing:?}"));
            }
            true
        }
        "properties" => {
            for (name, inner) in wanted.as_object().unwrap() {
                if let Some(value) = value.get(name) {
                    at(document, inner, value, &format!("{path}.{name}"))?;
                }
            }
            true
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            for (name, inner) in value.as_object().into_iter().flatten() {
                if !known.is_some_and(|known| known.contains_key(name)) {
                    at(document, wanted, inner, &format!("{path}.{name}"))?;
                }
            }
            true
        }
        "items" => {
            for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                at(document, wanted, item, &format!("{path}[{index}]"))?;
            }
            true
        }
        "anyOf" | "oneOf" => {
            let fit = |way: &&Value| at(document, way, value, path).is_ok();
            let fits = wanted.as_array().unwrap().iter().filter(fit).count();
            fits == 1 || (word == "anyOf" && fits > 1)
        }
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "minLength" => length(value).is_none_or(|length| length >= wanted.as_u64().unwrap()),
        "maxLength" => length(value).is_none_or(|length| length <= wanted.as_u64().unwrap()),
        // What the types of the answer already guarantee, and what only tells.
        "pattern" | "format" | "description" | "title" | "default" | "$schema" => true,
        other => panic!("the check does not know `{other}`"),
    };
    if holds { Ok(()) } else { fail(format!("wanted {word} {wanted}")) }
}

fn length(value: &Value) -> Option<u64> {
    value.as_str().map(|text| text.chars().count() as u64)
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    let is = |kind: &Value| match kind.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("there is no type `{other}`"),
    };
    wanted.as_array().map_or_else(|| is(wanted), |kinds| kinds.iter().any(is))
}

#[test]
fn the_check_finds_what_does_not_fit() {
    use serde_json::json;
    let schema = json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": { "anyOf": [{ "type": "integer" }, { "type": "null" }] } },
        "additionalProperties": false,
    });
    let check = |value: Value| against(&json!({}), &schema, &value);
    assert_eq!(check(json!({ "a": 1 })), Ok(()));
    assert_eq!(check(json!({ "a": null })), Ok(()));
    assert!(check(json!({ "a": "1" })).is_err());
    assert!(check(json!({})).is_err());
    assert!(check(json!({ "a": 1, "b": 2 })).is_err());
}
