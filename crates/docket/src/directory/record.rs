//! Putting a record: the same words make it and change it.
//!
//! A `put` names its record by our id, or by the tenant's own reference, or by
//! neither, which makes a new one. So a list from another system can be sent
//! again and again and settles instead of piling up.

use crate::{
    db::{Snap, Sql, Tx, args, statements},
    failure::{Broken, Failure, Fault},
};
use kernel::{
    id::{Id, Identified, Principal, Tenant},
    refusal::{Code, Refusal},
    text::Line,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Serialize,
    de::{self, Deserializer, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{borrow::Cow, fmt, marker::PhantomData};

statements! {
    USER_EXISTS = "user_exists.sql";
}

/// Another record, by our id or by the tenant's own reference: `"acc_01J8…"` or
/// `{ "reference": "k-17" }`.
#[derive(Debug)]
pub enum Named<T: Identified> {
    Id(Id<T>),
    Reference(Line<64>),
}

/// What was put.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Put<T: Identified> {
    pub id: Id<T>,
    /// Whether it is new.
    pub created: bool,
}

/// Has its turn at a reference and a record, and asks ahead for [`target`].
pub(super) fn foresee<T: Identified>(
    tx: &mut Tx<'_>,
    named: &'static Sql,
    tenant: Id<Tenant>,
    id: Option<Id<T>>,
    reference: Option<&str>,
) {
    if let Some(reference) = reference {
        tx.lock(T::PREFIX, format_args!("reference {reference}"));
    }
    if let Some(id) = id {
        tx.lock(T::PREFIX, id);
    }
    tx.foresee(named, args![tenant, id, reference]);
}

/// Asks ahead for [`resolve`].
pub(super) fn foresee_named<T: Identified>(
    snap: &Snap<'_>,
    named: &'static Sql,
    tenant: Id<Tenant>,
    who: &Named<T>,
) {
    let (id, reference) = who.parts();
    snap.foresee(named, args![tenant, id, reference]);
}

/// Which record a `put` is about. `named` finds those with the id `$2` or the
/// reference `$3`. Nobody else gives or takes that reference, or changes that
/// record, until the end of the transaction.
///
/// # Errors
/// `record.not_found`, if the id is of none; `record.taken`, if the reference
/// is of another.
pub(super) fn target<T: Identified>(
    tx: &mut Tx<'_>,
    named: &'static Sql,
    tenant: Id<Tenant>,
    id: Option<Id<T>>,
    reference: Option<&str>,
) -> Result<Put<T>, Failure> {
    foresee(tx, named, tenant, id, reference);
    let look = |tx: &Tx<'_>| -> Result<Vec<Id<T>>, Fault> {
        tx.all(named, args![tenant, id, reference], |row| row.get(0))
    };
    let found = look(tx)?;
    let Some(id) = id else {
        let Some(known) = found.first().copied() else {
            return Ok(Put { id: tx.new_id(), created: true });
        };
        tx.lock(T::PREFIX, known);
        if look(tx)?.contains(&known) {
            return Ok(Put { id: known, created: false });
        }
        return Err(Fault::Moved(format!("`{known}` has another reference by now")).into());
    };
    if !found.contains(&id) {
        return Err(none(id, "id"));
    }
    if found.iter().any(|other| *other != id) {
        let detail = "another record has that reference";
        return Err(Refusal::new(Code::RecordTaken, detail).at("reference").into());
    }
    Ok(Put { id, created: false })
}

/// The record that is named. `named` finds those with the id `$2` or the
/// reference `$3`.
///
/// # Errors
/// `record.not_found`, whether there is none or it is another tenant's.
pub(super) fn resolve<T: Identified>(
    snap: &Snap<'_>,
    named: &'static Sql,
    tenant: Id<Tenant>,
    who: &Named<T>,
    path: &str,
) -> Result<Id<T>, Failure> {
    let (id, reference) = who.parts();
    let found = snap.maybe(named, args![tenant, id, reference], |row| row.get(0))?;
    found.ok_or_else(|| match who {
        Named::Id(id) => none(*id, path),
        Named::Reference(_) => {
            let detail = "there is no record with that reference";
            Refusal::new(Code::RecordNotFound, detail).at(format!("{path}.reference")).into()
        }
    })
}

/// Said of an id that is nobody's, and of one that is another tenant's.
pub(super) fn none<T: Identified>(id: Id<T>, path: &str) -> Failure {
    Refusal::new(Code::RecordNotFound, format!("there is no record `{id}`")).at(path).into()
}

/// Says what a constraint of the tables says, as a refusal, where it is the one
/// to know: who else signs in as the same user, what else belongs to a record.
/// On PostgreSQL nothing but that refusal can follow.
pub(super) fn written(done: Result<usize, Fault>) -> Result<(), Failure> {
    let Err(fault) = done else { return Ok(()) };
    Err(match fault.broken() {
        Some(Broken::Unique) => {
            Refusal::new(Code::RecordTaken, "another record has that name or reference").into()
        }
        Some(Broken::Belonging) => {
            let detail = "something else belongs to the record as it was, or it to something else";
            Refusal::new(Code::RecordConflict, detail).into()
        }
        None => fault.into(),
    })
}

/// Whether somebody can sign in as this. Agents and services are nobody's
/// contact, and carry no tools to a door.
///
/// # Errors
/// `record.not_found`, if there is no such user of the tenant.
pub(super) fn check_user(
    snap: &Snap<'_>,
    tenant: Id<Tenant>,
    principal: Option<Id<Principal>>,
) -> Result<(), Failure> {
    let Some(id) = principal else { return Ok(()) };
    let found = snap.maybe(&USER_EXISTS, args![tenant, id], |_| Ok(()))?;
    found.ok_or_else(|| none(id, "principal"))
}

impl<T: Identified> Named<T> {
    fn parts(&self) -> (Option<Id<T>>, Option<&str>) {
        match self {
            Self::Id(id) => (Some(*id), None),
            Self::Reference(reference) => (None, Some(reference.as_str())),
        }
    }
}

impl<'de, T: Identified> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(NamedVisitor(PhantomData))
    }
}

/// Reads both forms by hand: a derived one would say of either mistake only
/// that it is neither.
struct NamedVisitor<T>(PhantomData<fn() -> T>);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByReference {
    /// Your own key for it.
    reference: Line<64>,
}

impl<'de, T: Identified> Visitor<'de> for NamedVisitor<T> {
    type Value = Named<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id like `{}_01J8Z…` or an object with a `reference`", T::PREFIX)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Named<T>, E> {
        text.parse().map(Named::Id).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Named<T>, A::Error> {
        let by = ByReference::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Named::Reference(by.reference))
    }
}

impl<T: Identified> JsonSchema for Named<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Named_{}", T::PREFIX).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (id, by) = (Id::<T>::json_schema(generator), ByReference::json_schema(generator));
        json_schema!({ "anyOf": [id, by] })
    }
}
