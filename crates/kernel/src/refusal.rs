//! Two ways to fail, kept apart: a refusal is an answer, a fault is ours.
//!
//! A refusal has a stable code, because agents branch on it; a sentence, which
//! is written where it is raised; and a hint, which says what to do next. All
//! codes stand in the one list below, with the dimension that refused and what
//! sort of no it is. A test reads the list and wants each code to have been
//! seen coming out of the door.

use crate::state::{State, States};
use schemars::JsonSchema;
use serde::Serialize;
use std::{error::Error, fmt};

/// What it was that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    Role,
    Tool,
    State,
    Scope,
    Ownership,
    Evidence,
    Identity,
    Approval,
    Autonomy,
    Replay,
    Schedule,
    Input,
    /// Not about the call: there is no room for it just now.
    Capacity,
}

/// What sort of no this is. Each surface turns it into its own dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Malformed,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    /// The version named is not the current one.
    Stale,
    TooLarge,
    UnsupportedMedia,
    /// The same idempotency key came with another request.
    Mismatch,
    /// A version has to be named and was not.
    VersionRequired,
    TooMany,
    Unavailable,
    /// The method is not one this address knows.
    Method,
    RangeUnsatisfiable,
    /// The request did not arrive in time.
    Late,
}

macro_rules! codes {
    ($($code:ident $name:literal $dimension:ident $kind:ident $hint:literal;)*) => {
        /// Every reason there is to refuse.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($code,)* }

        impl Code {
            pub const ALL: &[Self] = &[$(Self::$code),*];

            /// Stable across releases. Reads `noun.reason`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$code => $name),* }
            }

            pub const fn dimension(self) -> Dimension {
                match self { $(Self::$code => Dimension::$dimension),* }
            }

            pub const fn kind(self) -> Kind {
                match self { $(Self::$code => Kind::$kind),* }
            }

            /// What to do instead.
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$code => $hint),* }
            }
        }
    };
}

codes! {
    // Who is calling.
    TokenMissing "token.missing" Identity Unauthenticated "send `Authorization: Bearer <access token>`; `docket token issue` makes one";
    TokenInvalid "token.invalid" Identity Unauthenticated "get a new access token from an issuer this server is configured to trust";
    TokenExpired "token.expired" Identity Unauthenticated "get a new access token; they live 15 minutes at most";
    TokenRevoked "token.revoked" Identity Unauthenticated "ask an admin why; a revoked token or principal does not come back";
    TokenUnbound "token.unbound" Identity Unauthenticated "get a token that is bound to a key: `docket token issue --bound-to`; that of a service is given with `principal.put`";
    ProofMissing "proof.missing" Identity Unauthenticated "send `Authorization: DPoP <access token>`, and in `DPoP` a proof (RFC 9449) with `bh`, the SHA-256 of the body; the command line takes `--proof-key`";
    ProofInvalid "proof.invalid" Identity Unauthenticated "send one proof as RFC 9449 describes it, signed with EdDSA or ES256; `docs/api.md` names its claims";
    ProofOtherKey "proof.other_key" Identity Unauthenticated "sign with the key that the token is bound to, `cnf.jkt`";
    ProofMismatch "proof.mismatch" Replay Unauthenticated "make a proof for each request: of its method, address, token and body";
    ProofTime "proof.time" Replay Unauthenticated "put your clock right; a proof holds for 30 seconds before and after its `iat`";
    ProofReplayed "proof.replayed" Replay Unauthenticated "make a new proof, with a `jti` of its own, for every request";
    RoleUnknown "role.unknown" Role Unauthenticated "the token names a role that does not exist; there are no aliases";
    RoleNotGranted "role.not_granted" Role Unauthenticated "the token claims a role that its principal was not given; ask an admin";

    RoleUnfit "role.unfit" Role Conflict "give agents agent roles, and users the roles of people";
    PrincipalKeyless "principal.no_key" Identity Conflict "register the thumbprint of its public key: `principal.put` with `key`; `docket key make` prints one";
    PrincipalRevoked "principal.revoked" Identity Conflict "make a new principal with `principal.put`; a revoked one does not come back";

    // May they.
    ToolUnknown "tool.unknown" Tool NotFound "`GET /v1/tools` lists what you may call";
    RouteUnknown "route.unknown" Tool NotFound "`/openapi.json` lists every address";
    RouteMethod "route.method" Tool Method "`/openapi.json` lists the methods of every address";
    RoleForbidden "role.forbidden" Role Forbidden "`GET /v1/tools` lists what your roles may call";
    StateForbidsRole "role.state_forbidden" Role Forbidden "another role may do this from here; `GET /v1/tools` shows which";
    TicketNotFound "ticket.not_found" Scope NotFound "check the id; what you may not see does not exist for you";
    RecordNotFound "record.not_found" Scope NotFound "check the id; what you may not see does not exist for you";
    TicketNotYours "ticket.not_yours" Ownership Forbidden "only the technician the ticket is assigned to may do this";
    TicketState "ticket.state" State Conflict "see `allowed_from` for where this tool works";
    TicketStale "ticket.stale" Replay Stale "read the ticket again and repeat with its current version in `If-Match`";
    VersionMissing "version.missing" Replay VersionRequired "send `If-Match` with the version you read, like `\"3\"`";
    VersionMalformed "version.malformed" Input Malformed "send `If-Match` with one quoted version, like `\"3\"`";

    // Is the call well made.
    InputMalformed "input.malformed" Input Malformed "`GET /v1/tools` has the JSON Schema of every tool";
    InputTooLarge "input.too_large" Input TooLarge "send less; evidence is uploaded apart from commands";
    InputMedia "input.media_type" Input UnsupportedMedia "send `Content-Type: application/json`";
    HeaderMalformed "header.malformed" Input Malformed "see the API document for what the header may hold";
    KeyMissing "idempotency.key_missing" Replay Malformed "send `Idempotency-Key` with a value of your own that is new for every new command";
    KeyMalformed "idempotency.key_malformed" Replay Malformed "use 1 to 255 visible ASCII characters";
    KeyReused "idempotency.key_reused" Replay Mismatch "a key stands for one request; use a new key for a new one";
    KeyForbidden "idempotency.not_yours" Replay Forbidden "the stored answer was given to roles you no longer have";

    // Intake and triage.
    IntakeDuplicate "intake.duplicate" Input Conflict "add to the call that is already open with `ticket.add_message`";
    SiteAmbiguous "site.ambiguous" Input Conflict "name one site; `site.list` shows those of the account";
    ContactMalformed "contact.malformed" Input Malformed "give a phone number with country code, or an e-mail address";
    TypeUnknown "type.unknown" Input Conflict "`type.list` names the incident types that are active";
    TypeIncomplete "type.incomplete" Input Conflict "give the type a duration, at least one skill and an evidence list first";
    FieldsMissing "intake.fields_missing" Input Conflict "ask for what `missing` names, or triage to `triaged` instead";
    IdentityUnverified "identity.unverified" Identity Conflict "verify the caller as the channel's policy says, or triage to `triaged` instead";
    CurrencyMismatch "money.currency" Input Conflict "use the currency of the ticket";
    MoneyOverflow "money.overflow" Input Malformed "amounts must fit in 64 bits of minor units";

    // Schedule and assignment.
    WindowMalformed "schedule.window" Schedule Malformed "give a start before its end, in UTC, with an offset, or as local time of the site";
    WindowGap "schedule.clock_gap" Schedule Malformed "that local time is skipped when clocks go forward; choose another or give UTC";
    WindowAmbiguous "schedule.clock_overlap" Schedule Malformed "that local time happens twice when clocks go back; give an offset";
    WindowPast "schedule.past" Schedule Conflict "offer a window that has not ended";
    WindowNotOffered "schedule.not_offered" Schedule Conflict "confirm one of the windows that `schedule.propose` offered";
    HoldExpired "schedule.hold_expired" Schedule Conflict "the window of the hold has passed; roll it back and offer another";
    HoldUnconfirmed "schedule.hold_unconfirmed" Schedule Conflict "name the customer's message that confirms, received after the hold";
    TechnicianUnknown "assignment.technician_unknown" Schedule Conflict "`technician.list` names who works here";
    TechnicianInactive "assignment.technician_inactive" Schedule Conflict "`assignment.recommend` names who can go";
    SkillMissing "assignment.skill_missing" Schedule Conflict "`assignment.recommend` names who has the skills";
    OutsideCoverage "assignment.outside_coverage" Schedule Conflict "`assignment.recommend` names who covers the territory";
    OutsideShift "assignment.outside_shift" Schedule Conflict "`assignment.recommend` names who works then";
    TechnicianAbsent "assignment.absent" Schedule Conflict "`assignment.recommend` names who is there";
    DoubleBooked "assignment.double_booked" Schedule Conflict "`assignment.recommend` names who is free";
    NotRecommended "assignment.not_recommended" Schedule Conflict "name a recommendation for this ticket, window and technician, or none";
    BypassDenied "assignment.bypass_denied" Schedule Conflict "a bypass needs priority `emergency`, a known incident type, a rationale and no open approval";

    // Two people.
    SecondPersonNeeded "approval.second_person" Approval Forbidden "somebody else has to do this";
    OwnRequest "approval.own_request" Approval Forbidden "somebody other than the one who asked decides";
    OwnWork "approval.own_work" Approval Forbidden "somebody other than the one who completed verifies";
    CountersignUnknown "countersign.unknown" Approval Conflict "call without `countersign` to ask, then let a second person call with the id it answers";
    CountersignExpired "countersign.expired" Approval Conflict "ask again; a countersign waits for 30 minutes";
    ApprovalUnknown "approval.unknown" Approval Conflict "`ticket.get` names the approval that is open";
    FactorMissing "approval.factor_missing" Approval Conflict "above the threshold send `code`: the one-time code of the contact on file";
    FactorWrong "approval.factor_wrong" Approval Forbidden "the code is not right; five tries, then the approval is void";
    FactorSpent "approval.factor_spent" Approval Forbidden "the code is expired or used up; deny, and request the change again";
    FactorUndeliverable "approval.factor_undeliverable" Approval Conflict "give the site a contact who may approve and has a phone number or e-mail address";

    // Money.
    OverNte "nte.exceeded" Approval Conflict "ask for more with `tech.request_change`";
    RateCardMissing "rate_card.missing" Input Conflict "give the account or the tenant a rate card with `rate_card.put`";
    RateUnknown "rate_card.rate_unknown" Input Conflict "`rate_card.list` names the kinds of labour";
    InvoiceCheckFailed "invoice.check_failed" Evidence Conflict "`missing` names the checks that failed; correct labour or parts, or ask for a change";

    DocumentMissing "invoice.no_document" State NotFound "a document is made right after an invoice or credit note is issued; ask again in a moment";

    // Evidence and closeout.
    EvidenceMissing "closeout.evidence_missing" Evidence Conflict "add what `missing` names with `closeout.add_evidence` and `closeout.set_checklist`";
    EvidenceUnheld "evidence.not_held" Evidence Conflict "upload the bytes first with `PUT /v1/evidence`";
    EvidenceKeyUnknown "evidence.key_unknown" Evidence Conflict "use a key that the incident type asks for, or one that begins with `extra_`";
    EvidenceTooLarge "evidence.too_large" Evidence TooLarge "send a smaller file";
    EvidenceDigest "evidence.digest_mismatch" Evidence Conflict "the bytes received are not the ones announced; upload them again";
    EvidenceMedia "evidence.media_type" Evidence UnsupportedMedia "upload a photograph, a PDF, plain text or an audio or video recording";
    EvidenceRange "evidence.range" Evidence RangeUnsatisfiable "ask for a range within the size";
    UploadOffset "upload.offset" Replay Conflict "ask for the offset with `HEAD` and go on from there";
    ChecklistUnknown "closeout.checklist_unknown" Evidence Conflict "use the items that the incident type asks for";
    HighRisk "closeout.high_risk" Evidence Conflict "a technician completes this one with `tech.complete`";
    ReasonsMissing "qa.reasons_missing" Input Malformed "a failed verification says why in `reasons`";
    ExceptionUnneeded "closeout.exception_unneeded" Evidence Conflict "name evidence keys that the incident type requires and that are missing";
    PacketMissing "packet.none" Evidence NotFound "a packet is made when the ticket closes";

    // Administration.
    RecordConflict "record.conflict" Scope Conflict "what belongs together has to: check the ids";
    RecordTaken "record.taken" Input Conflict "that name or reference is in use";
    ZoneUnknown "zone.unknown" Input Malformed "use an IANA time zone like `America/New_York`";
    OperatorOnly "tenant.operator_only" Scope Forbidden "this is for the tenant that operates this Docket; ask somebody there";

    ImportGone "import.file_gone" State Conflict "the stored file is no longer there; import it again";

    // Outbox.
    OutgoingNotStuck "outbox.not_stuck" State Conflict "`outbox.list` names what is stuck; only what is `dead`, `no_carrier` or `no_address` and no secret is put back";

    // Jobs.
    JobPayload "job.payload_too_large" Input TooLarge "send ids rather than copies; a payload has at most 64 KiB";
    JobKindOurs "job.kind_ours" Scope Forbidden "use a kind of your own, which begins with `ext.` or `act.`; what Docket does itself is tried again and limited, and neither queued nor taken nor cancelled from outside";
    ScheduleCron "job.schedule_malformed" Input Malformed "five fields, like `30 6 * * MON-FRI`, or one of @hourly, @daily, @weekly, @monthly, @yearly";
    JobKeyReused "job.key_reused" Replay Mismatch "a key stands for one payload; use a new key for a new one";
    JobCancelled "job.cancelled" State Conflict "somebody asked for it to be cancelled; stop the work";
    JobNotDead "job.not_dead" State Conflict "only a job that is `dead` is tried again; `job.list` with `phase` names those";
    JobEnded "job.ended" State Conflict "the job is over; `job.get` says how it ended";
    JobLeaseLost "job.lease_lost" Ownership Conflict "somebody else has the job by now, or it has ended; leave it";

    // Policy tokens.
    PolicyMissing "policy.missing" Approval Forbidden "have somebody who may approve it call `policy.mint` for exactly this, and send the token in `policy`";
    PolicyInvalid "policy.invalid" Approval Forbidden "send the token as `policy.mint` answered it or `docket policy narrow` printed it, unchanged";
    PolicyElsewhere "policy.elsewhere" Approval Forbidden "`differs` names what the token was not given for; have one minted for exactly this";
    PolicyExpired "policy.expired" Approval Forbidden "have a new token minted, and the job due and begun before it expires";
    PolicySpent "policy.spent" Replay Conflict "a token is used once; have a new one minted";
    PolicyRevoked "policy.revoked" Approval Forbidden "ask whoever permitted it; a revoked token does not come back";
    PolicyNoKey "policy.no_key" Identity Conflict "an operator makes one with `docket key rotate --policy`";

    // Audit.
    NotSequenced "audit.not_sequenced" State Conflict "the entry is committed; ask again in a second for its place in the log";

    // The edge.
    RequestMalformed "request.malformed" Input Malformed "send HTTP that a server can read";
    RequestLate "request.timeout" Input Late "send the whole request without pausing";
    TooManyRequests "request.too_many" Capacity TooMany "wait as `Retry-After` says";
    Unready "server.unready" Capacity Unavailable "wait as `Retry-After` says";
}

/// A "no" that the caller can act on.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: Code,
    /// What is wrong, as a sentence: lower case, no full stop.
    pub detail: String,
    /// Where in the input, as a path like `windows[0].start`.
    pub path: Option<String>,
    /// Where the ticket stands.
    pub from: Option<State>,
    pub allowed_from: Vec<State>,
    pub to: Vec<State>,
    /// What is still needed, by its own names.
    pub missing: Vec<String>,
    /// The ticket's current version.
    pub version: Option<i64>,
    /// Facts that a program may want, already fit for the caller's eyes.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

impl Refusal {
    pub fn new(code: Code, detail: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            detail: detail.into(),
            path: None,
            from: None,
            allowed_from: Vec::new(),
            to: Vec::new(),
            missing: Vec::new(),
            version: None,
            facts: serde_json::Map::new(),
        })
    }

    #[must_use]
    pub fn at(mut self: Box<Self>, path: impl Into<String>) -> Box<Self> {
        self.path = Some(path.into());
        self
    }

    #[must_use]
    pub fn standing(mut self: Box<Self>, from: State, allowed: States, to: States) -> Box<Self> {
        self.from = Some(from);
        self.allowed_from = allowed.iter().collect();
        self.to = to.iter().collect();
        self
    }

    #[must_use]
    pub fn missing(mut self: Box<Self>, missing: Vec<String>) -> Box<Self> {
        self.missing = missing;
        self
    }

    #[must_use]
    pub fn version(mut self: Box<Self>, version: i64) -> Box<Self> {
        self.version = Some(version);
        self
    }

    #[must_use]
    pub fn fact(mut self: Box<Self>, name: &str, value: impl Into<serde_json::Value>) -> Box<Self> {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.detail)
    }
}

impl Error for Refusal {}

/// Walks an error and its causes into one line: `a: b: c`.
pub struct Chain<'a>(pub &'a dyn Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
