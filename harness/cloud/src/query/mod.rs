//! The query protocol: forms in, XML out.

mod answer;
mod page;
mod params;
mod refusals;
mod xml;

pub(crate) use answer::answer;
pub(crate) use page::Page;
pub(crate) use params::{Params, one_of};
pub(crate) use refusals::{invalid_action, no_form, unknown_account, unoffered_parameter, validation};
pub(crate) use xml::{Xml, timestamp};
