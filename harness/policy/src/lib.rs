//! The IAM policy language: documents, matching, conditions, evaluation.
//!
//! Pure: no IO, and no knowledge of any AWS service. A request and the documents that apply to it go in; a
//! decision, and what decided it, comes out.

mod decision;
mod document;
mod principal;
mod request;

pub use decision::{DecidedBy, Decision, Outcome, PolicyType};
pub use document::{Document, DocumentKind, MalformedPolicy};
pub use principal::Principal;
pub use request::{Context, NamedDocument, Policies, Request, ResourcePolicyRule};

/// Decides a request by the documents that apply to it.
pub fn evaluate(_request: &Request, _policies: &Policies<'_>) -> Decision {
    Decision { outcome: Outcome::ImplicitDeny, decided_by: None }
}
