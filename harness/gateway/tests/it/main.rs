//! The road, driven over its socket: `aws-sigv4` signs, and every way to do it wrong is refused.

mod abuse;
mod oracle;
mod request;
mod stand;
