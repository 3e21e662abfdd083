//! The road of every AWS request: authenticate, classify, authorize, dispatch, record.

mod error;
mod identities;
mod service;

pub use error::AwsError;
pub use identities::{
    AccessKey, BucketFacts, Identities, KeyStatus, OwnedDocument, PrincipalPolicies, RoleFacts, Session,
};
pub use service::{Body, BodyError, Call, Form, Payload, Service, ServiceName};
