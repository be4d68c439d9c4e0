//! What a transaction is for the sake of.

/// What whoever follows a call through the system looks for. It goes from the
/// request to what is queued by it, and from there to what is done later.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// The name of the request, or of the job that nobody's request caused.
    pub correlation: Option<String>,
    /// A trace id, as in a W3C `traceparent`.
    pub trace: Option<String>,
}
