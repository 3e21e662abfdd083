//! Bad entries, tried against a running gateway: each is refused with AWS's code, and none ends it.

mod chunks;
mod presigned_urls;
mod row;
mod shapes;
mod signatures;
mod table;
