//! The second stage: which operation is it, and which rights does it take? Pure.

mod iam;
mod kms;
mod query;
mod s3;
mod target;

pub(crate) use iam::moved_need;
pub(crate) use kms::{KeyUse, account_context, key_need, uses_of};
pub(crate) use query::{Place, classify_form, web_identity_need};
pub(crate) use s3::{
    S3Address, TagsAsked, classify_rest, is_about_tags_there, location_constraint, operation_of, with_tags,
};
pub(crate) use target::{Guard, Need, Target};
