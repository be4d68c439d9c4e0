//! From a tool's name to the file that carries it out, and to the schema of
//! what that file reads. One list says both, so neither can be forgotten.

use super::{look::Glance, verb::Command};
use crate::{
    approval, assignment, audit, billing, closeout, directory, evidence, failure::Failure,
    identity, import, invoice, job, outgoing, packet, policy, qa, schedule, tech, tenant, ticket,
};
use kernel::{
    refusal::{Code, Refusal},
    tool::Tool,
};
use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use std::sync::OnceLock;

/// Makes the three matches below from one line per tool. They have no `_` arm: a
/// tool that is in the contract and not here does not compile. The word in the
/// middle says how the tool goes through the door: `verb`, `new_ticket`,
/// `on_ticket`, `look`, or `within` for what the door calls itself.
macro_rules! carried_out_by {
    ($($tool:ident => $way:ident $input:ty;)*) => {
        pub(super) fn command(tool: Tool, input: &[u8]) -> Result<Command, Failure> {
            match tool {
                $(Tool::$tool => carried_out_by!(@command $way $input, tool, input),)*
            }
        }

        pub(super) fn glance(tool: Tool, input: &[u8]) -> Result<Glance, Failure> {
            match tool {
                $(Tool::$tool => carried_out_by!(@glance $way $input, tool, input),)*
            }
        }

        fn generate(tool: Tool) -> Schema {
            match tool {
                $(Tool::$tool => schema_of::<$input>(),)*
            }
        }
    };

    (@command within $input:ty, $tool:ident, $bytes:ident) => { Err(unknown($tool)) };
    (@command look $input:ty, $tool:ident, $bytes:ident) => { Err(unknown($tool)) };
    (@command $way:ident $input:ty, $tool:ident, $bytes:ident) => { Command::$way::<$input>($bytes) };
    (@glance look $input:ty, $tool:ident, $bytes:ident) => { Glance::new::<$input>($bytes) };
    (@glance $way:ident $input:ty, $tool:ident, $bytes:ident) => { Err(unknown($tool)) };
}

carried_out_by! {
    TicketCreate => new_ticket ticket::create::Create;
    TicketIntake => new_ticket ticket::intake::Intake;
    TicketTriage => on_ticket ticket::triage::Triage;
    TicketAddMessage => on_ticket ticket::add_message::AddMessage;
    SchedulePropose => on_ticket schedule::propose::Propose;
    ScheduleHold => on_ticket schedule::hold::Hold;
    ScheduleRelease => on_ticket schedule::release::Release;
    ScheduleRollback => on_ticket schedule::rollback::Rollback;
    ScheduleConfirm => on_ticket schedule::confirm::Confirm;
    ScheduleReschedule => on_ticket schedule::reschedule::Reschedule;
    TicketRequestInfo => on_ticket ticket::request_info::RequestInfo;

    AssignmentRecommend => look assignment::recommend::Recommend;
    AssignmentDispatch => on_ticket assignment::dispatch::Dispatch;
    AssignmentUnassign => on_ticket assignment::unassign::Unassign;

    TechCheckIn => on_ticket tech::check_in::CheckIn;
    TechHold => on_ticket tech::hold::Hold;
    TechResume => on_ticket tech::resume::Resume;
    TechReturnVisit => on_ticket tech::return_visit::ReturnVisit;
    TechComplete => on_ticket tech::complete::Complete;
    TechJobPacket => look tech::job_packet::JobPacket;
    TechRequestChange => on_ticket tech::request_change::RequestChange;

    CloseoutAddEvidence => on_ticket closeout::add_evidence::AddEvidence;
    CloseoutSetChecklist => on_ticket closeout::set_checklist::SetChecklist;
    CloseoutExceptEvidence => on_ticket closeout::except_evidence::ExceptEvidence;
    CloseoutCandidate => on_ticket closeout::candidate::Candidate;
    CloseoutLogLabor => on_ticket closeout::log_labor::LogLabor;
    CloseoutLogPart => on_ticket closeout::log_part::LogPart;

    QaVerify => on_ticket qa::verify::Verify;
    BillingGenerateInvoice => on_ticket billing::generate_invoice::GenerateInvoice;
    TicketClose => on_ticket ticket::close::Close;
    TicketForceClose => on_ticket ticket::force_close::ForceClose;
    TicketReopen => on_ticket ticket::reopen::Reopen;
    TicketCancel => on_ticket ticket::cancel::Cancel;

    ApprovalDecide => on_ticket approval::decide::Decide;

    CloseoutAssess => look closeout::assess::Assess;
    CloseoutListEvidence => look closeout::list_evidence::ListEvidence;
    CloseoutPacket => look packet::get::GetPacket;
    EvidenceUpload => within evidence::Held;
    EvidenceRead => look evidence::read::Read;
    InvoiceGet => look invoice::get::GetInvoice;
    InvoiceDocument => look invoice::document::GetDocument;
    TicketGet => look ticket::get::Get;
    TicketList => look ticket::list::List;
    TicketTimeline => look ticket::timeline::Timeline;
    ScheduleBoard => look schedule::board::Board;

    TenantCreate => verb tenant::create::Create;
    TenantConfigure => verb tenant::configure::Configure;
    PrincipalPut => verb identity::principal::put::Put;
    PrincipalRevoke => verb identity::principal::revoke::Revoke;
    PrincipalList => look identity::principal::list::List;
    TokenRevoke => verb identity::token::revoke::Revoke;

    AccountPut => verb directory::account::put::Put;
    AccountList => look directory::account::list::List;
    SitePut => verb directory::site::put::Put;
    SiteList => look directory::site::list::List;
    ContactPut => verb directory::contact::put::Put;
    ContactList => look directory::contact::list::List;
    AssetPut => verb directory::asset::put::Put;
    AssetList => look directory::asset::list::List;
    TechnicianPut => verb directory::technician::put::Put;
    TechnicianAbsent => verb directory::technician::absent::Absent;
    TechnicianList => look directory::technician::list::List;
    RateCardPut => verb directory::rate_card::put::Put;
    RateCardList => look directory::rate_card::list::List;
    TypePut => verb directory::incident_type::put::Put;
    TypeActivate => verb directory::incident_type::activate::Activate;
    TypeList => look directory::incident_type::list::List;

    OutboxList => look outgoing::list::List;
    OutboxReplay => verb outgoing::replay::Replay;

    ImportStart => within import::Start;
    ImportGet => look import::get::Get;
    ImportQuarantine => look import::quarantine::Quarantine;

    JobEnqueue => verb job::tool::enqueue::Enqueue;
    JobList => look job::tool::list::List;
    JobGet => look job::tool::get::Get;
    JobCancel => verb job::tool::cancel::Cancel;
    JobRetry => verb job::tool::retry::Retry;
    JobLimit => verb job::tool::limit::Limit;
    JobClaim => verb job::tool::claim::Claim;
    JobRenew => verb job::tool::renew::Renew;
    JobComplete => verb job::tool::complete::Complete;
    JobFail => verb job::tool::fail::Fail;
    JobSchedule => verb job::schedule::put::Put;
    JobUnschedule => verb job::schedule::remove::Remove;
    JobSchedules => look job::schedule::list::List;

    PolicyMint => verb policy::mint::Mint;
    PolicyRevoke => verb policy::revoke::Revoke;

    AuditList => look audit::list::List;
    AuditReceipt => look audit::receipt::Prove;
    AuditExport => look audit::export::Export;
    LogRead => look audit::read::Read;
}

/// The JSON Schema of what a tool reads, made once from the type that reads it.
pub fn schema(tool: Tool) -> &'static Schema {
    static SCHEMAS: OnceLock<Vec<Schema>> = OnceLock::new();
    let all = SCHEMAS.get_or_init(|| Tool::ALL.iter().map(|tool| generate(*tool)).collect());
    // The list is made from all tools, in their order.
    &all[tool as usize]
}

/// Written out in full: a schema that points into another document is of no use
/// to whoever was sent only this one.
fn schema_of<T: JsonSchema>() -> Schema {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

fn unknown(tool: Tool) -> Failure {
    Refusal::new(Code::ToolUnknown, format!("`{tool}` is not called this way")).into()
}
