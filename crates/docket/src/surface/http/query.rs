//! What a path and a query say, as the input of a look.
//!
//! A query holds only text; the schema of the look says what each text stands
//! for. What the schema does not name is refused and not ignored: a filter with
//! a typing error would otherwise show everything.

use kernel::refusal::{Code, Refusal};
use schemars::Schema;
use serde_json::{Map, Value};

/// What a text in a query can stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Whole,
    Flag,
    /// Said as often as there are items.
    Texts,
}

/// The shape of a field of an input, if a query can say it.
pub(super) fn shape_of(schema: &Schema, field: &str) -> Option<Shape> {
    shape(schema.get("properties")?.get(field)?)
}

/// The fields that an input cannot do without.
pub(super) fn required(schema: &Schema) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn shape(schema: &Value) -> Option<Shape> {
    if schema.get("const").is_some_and(Value::is_string) {
        return Some(Shape::Text);
    }
    if let Some(ways) = schema.get("anyOf").or_else(|| schema.get("oneOf")) {
        let mut shapes = ways.as_array()?.iter().filter(|way| !is_null(way)).map(shape);
        let first = shapes.next()??;
        return shapes.all(|shape| shape == Some(first)).then_some(first);
    }
    let kind = match schema.get("type")? {
        Value::Array(kinds) => kinds.iter().find(|kind| *kind != "null")?,
        kind => kind,
    };
    match kind.as_str()? {
        "string" => Some(Shape::Text),
        "integer" => Some(Shape::Whole),
        "boolean" => Some(Shape::Flag),
        "array" if shape(schema.get("items")?)? == Shape::Text => Some(Shape::Texts),
        _ => None,
    }
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// Makes the input of a look.
///
/// # Errors
/// `input.malformed`, with the name of the parameter.
pub(super) fn input(
    schema: &Schema,
    path: &[(String, String)],
    query: &[(String, String)],
) -> Result<Value, Box<Refusal>> {
    let mut input = Map::new();
    for (name, text) in path {
        input.insert(name.clone(), Value::from(text.as_str()));
    }
    for (name, text) in query {
        let named_by_path = path.iter().any(|(taken, _)| taken == name);
        let Some(shape) = shape_of(schema, name).filter(|_| !named_by_path) else {
            return Err(malformed(name, "there is no such query parameter"));
        };
        put(&mut input, name, shape, text)?;
    }
    Ok(Value::Object(input))
}

fn put(
    input: &mut Map<String, Value>,
    name: &str,
    shape: Shape,
    text: &str,
) -> Result<(), Box<Refusal>> {
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(malformed(name, "the text is not UTF-8"));
    }
    let value = match shape {
        Shape::Text | Shape::Texts => Value::from(text),
        Shape::Whole => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| malformed(name, "expected a whole number"))?,
        Shape::Flag => text
            .parse::<bool>()
            .map(Value::from)
            .map_err(|_| malformed(name, "expected `true` or `false`"))?,
    };
    if shape == Shape::Texts {
        let all = input.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(all) = all {
            all.push(value);
        }
        return Ok(());
    }
    match input.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(malformed(name, "the parameter is there twice")),
    }
}

fn malformed(name: &str, why: &str) -> Box<Refusal> {
    Refusal::new(Code::InputMalformed, why).at(name)
}
