//! The road of every AWS request: authenticate, classify, authorize, dispatch, record.
//!
//! The connector's calls, the cluster's own and the fixtures' all take it. Identities come from a seam
//! ([`Identities`]), and so do the services that carry the calls out ([`Service`]).

mod authenticate;
mod authorize;
mod checks;
mod classify;
mod delete_objects;
#[cfg(test)]
#[path = "../tests/it/disturb.rs"]
mod disturb;
mod error;
mod faults;
mod identities;
mod lent;
#[cfg(test)]
mod noise;
mod parameters;
mod partition;
mod patience;
mod record;
mod render;
mod road;
mod server;
mod service;
mod sigv4;
mod texts;
mod truncate;
mod web_identity;
mod xml;

pub use checks::Check;
pub use error::AwsError;
pub use faults::{Fault, FaultRule, Faults, Matching};
pub use identities::{
    AccessKey, BucketEncryption, BucketFacts, EntityFacts, GrantName, Identities, IssuerFacts, KeyFacts,
    KeyState, KeyStatus, Lookup, LookupError, ObjectFacts, ObjectKey, ObjectName, OwnedDocument,
    PrincipalPolicies, RoleFacts, Session, UploadFacts,
};
pub use partition::{is_region, partition_of};
pub use patience::Patience;
pub use record::{Decided, Event, Query, Record};
pub use road::{AsSent, CHECKSUMS, is_role_arn, read_whole};
pub use server::Gateway;
pub use service::{Body, BodyError, Call, Form, Payload, Service, ServiceName};
pub use sigv4::Trailers;
pub use texts::{UNPARSABLE_URI, invalid_grant_token, invalid_role_arn};
