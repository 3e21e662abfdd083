//! S3's REST calls.

mod address;
mod headers;
mod location;
mod needs;
mod refused;
mod table;
mod tags;

pub(crate) use address::S3Address;
pub(crate) use location::location_constraint;
pub(crate) use needs::{classify_rest, is_about_tags_there, operation_of};
pub(crate) use tags::{TagsAsked, with_tags};
