//! What a token has to say of itself. Pure.

use super::{
    invalid,
    standing::{Asked, Roles as AskedRoles, Who},
};
use crate::identity::{LIFE_MAX, SKEW, token::Claims};
use kernel::{
    id::{Id, Principal},
    refusal::{Code, Refusal},
};
use serde_json::Value;

/// Whether a token of our own issuer is for us and valid now.
pub(super) fn own(claims: &Claims, audience: &str, now: i64) -> Result<(), Box<Refusal>> {
    if claims.nbf.is_none() {
        return Err(invalid("the token has no `nbf`"));
    }
    life(claims, audience, now)
}

/// Whether a token is for us, valid now, and for no longer than it may be.
pub(super) fn life(claims: &Claims, audience: &str, now: i64) -> Result<(), Box<Refusal>> {
    let skew = SKEW.as_secs();
    if !claims.aud.iter().any(|name| name == audience) {
        return Err(invalid("the token is meant for somebody else"));
    }
    let from = claims.nbf.unwrap_or(claims.iat);
    // `iat` too: a token from the future could otherwise outlive the limit.
    if from.max(claims.iat) > now.saturating_add(skew) {
        return Err(invalid("the token is not valid yet"));
    }
    if claims.exp.saturating_sub(from.min(claims.iat)) > LIFE_MAX.as_secs() {
        let detail = format!("the token lives longer than {} minutes", LIFE_MAX.as_mins());
        return Err(invalid(detail));
    }
    if now >= claims.exp.saturating_add(skew) {
        return Err(Refusal::new(Code::TokenExpired, "the token has expired"));
    }
    Ok(())
}

/// What a token of our own issuer asks for.
pub(super) fn asked(claims: &Claims) -> Result<Asked, Box<Refusal>> {
    let tenant = claims.all.get("tenant").and_then(Value::as_str);
    let tenant = tenant.and_then(|text| text.parse().ok());
    let roles = claims.all.get("roles").and_then(Value::as_array).and_then(|roles| {
        roles.iter().map(|role| role.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    Ok(Asked {
        tenant: tenant.ok_or_else(|| invalid("the token names no tenant"))?,
        subject: Who::Ours(principal(&claims.sub)?),
        actor: claims.act.as_deref().map(principal).transpose()?.map(Who::Ours),
        roles: AskedRoles::All(roles.ok_or_else(|| invalid("the token names no roles"))?),
    })
}

fn principal(text: &str) -> Result<Id<Principal>, Box<Refusal>> {
    text.parse().map_err(|_| invalid("the token names no principal of ours"))
}
