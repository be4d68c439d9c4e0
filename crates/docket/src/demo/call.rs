//! A service call as a file tells it, and what the day has in store for it.

use jiff::Timestamp;
use kernel::{
    contact::{Email, Phone},
    key::Key,
    text::{Line, Text},
};
use sha2::{Digest, Sha256};

use crate::ticket::Channel;

/// One service call, read strictly: what could not be read is in quarantine,
/// and nothing here was guessed.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The line of the file on which the call begins.
    pub line: u64,
    /// What the file calls it.
    pub reference: String,
    pub at: Timestamp,
    pub channel: Channel,
    pub caller: Caller,
    pub place: Place,
    /// The incident type it belongs to; nothing where nobody has said.
    pub kind: Option<Kind>,
    pub summary: Line<200>,
    pub description: Text<8_000>,
    pub course: Course,
    /// What the file says about the call that does not agree with itself.
    pub remarks: Vec<&'static str>,
}

/// Who called, as far as the file knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    pub name: Option<Line<200>>,
    pub phone: Option<Phone>,
    pub email: Option<Email>,
    pub on_file: OnFile,
}

/// What the customer's own list says of a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFile {
    /// The list does not know them.
    #[default]
    No,
    MayRequest,
    MayApprove,
    Both,
}

impl OnFile {
    pub const fn may_request(self) -> bool {
        matches!(self, Self::MayRequest | Self::Both)
    }

    pub const fn may_approve(self) -> bool {
        matches!(self, Self::MayApprove | Self::Both)
    }
}

/// Where it is. Two calls from one place have the same `reference`.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub reference: String,
    pub account: Line<200>,
    pub name: Line<200>,
    pub address: Line<300>,
    pub territory: Key,
    /// IANA.
    pub zone: String,
    pub location: Option<(f64, f64)>,
}

/// An incident type: the key under which the tenant has it, and its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub key: Key,
    pub name: String,
}

macro_rules! courses {
    ($($course:ident = $name:literal, $story:literal;)*) => {
        /// What happens to a call: the script of the people in the demo. Docket
        /// does not read it. The people act by it, and Docket answers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Course { $(#[doc = $story] $course,)* }

        impl Course {
            pub const ALL: &[Self] = &[$(Self::$course),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$course => $name),* }
            }

            /// The same in a sentence.
            pub const fn story(self) -> &'static str {
                match self { $(Self::$course => $story),* }
            }

            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|course| course.name() == name)
            }
        }
    };
}

courses! {
    Fixed = "fixed", "Done in one visit";
    Candidate = "candidate", "Done, and the closeout agent offers it for verification";
    NoSignature = "no_signature", "Done, and nobody is there to sign";
    Parts = "parts", "The technician waits for a part and goes on";
    Extra = "extra", "More money is asked for and granted";
    ExtraDenied = "extra_denied", "More money is asked for and refused";
    ApprovalOpen = "approval_open", "More money is asked for and nobody has decided when the demo ends";
    ReturnVisit = "return_visit", "A second visit is needed";
    QaFails = "qa_fails", "The first verification fails";
    Exception = "exception", "A piece of evidence cannot be had, and two people excuse it";
    ForceClosed = "force_closed", "Closed without verification, by two people";
    Reopened = "reopened", "Closed, and it comes back";
    Rescheduled = "rescheduled", "The customer wants another day";
    Ill = "ill", "The technician falls ill after being sent";
    Bypass = "bypass", "An emergency that is sent out without an appointment";
    Cancelled = "cancelled", "The customer calls it off before anybody is sent";
    CancelledLate = "cancelled_late", "The customer calls it off when somebody is on the way";
    NoAnswer = "no_answer", "The customer never confirms the appointment";
    Answers = "answers", "We ask for what is missing, and are told";
    Silent = "silent", "We ask for what is missing, and nobody answers";
    UnknownCaller = "unknown_caller", "Somebody called whom the customer's list does not know";
}

impl Course {
    /// The course of a call whose file says nothing about what came after. It
    /// hangs on the reference alone, so the same file always runs the same way.
    pub fn drawn(reference: &str) -> Self {
        let digest = Sha256::digest(reference.as_bytes());
        match u16::from_be_bytes([digest[0], digest[1]]) % 100 {
            0..=3 => Self::Parts,
            4..=6 => Self::NoSignature,
            7..=8 => Self::Extra,
            9 => Self::ExtraDenied,
            10..=11 => Self::ReturnVisit,
            12..=14 => Self::QaFails,
            15 => Self::Exception,
            16 => Self::ForceClosed,
            17 => Self::Reopened,
            18..=19 => Self::Rescheduled,
            20 => Self::Ill,
            21..=23 => Self::Cancelled,
            24 => Self::CancelledLate,
            25..=26 => Self::NoAnswer,
            27 => Self::ApprovalOpen,
            28..=39 => Self::Candidate,
            _ => Self::Fixed,
        }
    }
}
