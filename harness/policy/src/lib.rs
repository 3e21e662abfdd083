//! The IAM policy language: documents, matching, conditions, evaluation.
//!
//! Pure: no IO, and no knowledge of any AWS service. A request and the documents that apply to it go in; a
//! decision, and what decided it, comes out.

mod case;
mod condition;
mod decision;
mod document;
mod draft;
mod edit;
mod evaluate;
mod json;
mod malformed;
mod parse;
mod pattern;
mod place;
mod principal;
mod principal_element;
mod request;
mod statement;

pub use case::{Case, CaseError};
pub use decision::{DecidedBy, Decision, Outcome, PolicyType};
pub use document::{Document, DocumentKind};
pub use draft::{Draft, Element, NoDraft, Part};
pub use edit::Edited;
pub use evaluate::evaluate;
pub use malformed::{MalformedPolicy, Position, Reason};
pub use pattern::is_like;
pub use principal::{Principal, UnknownPrincipal};
pub use request::{Context, NamedDocument, Policies, Request, ResourcePolicyRule};
pub use statement::{Covered, Effect, Statement};
