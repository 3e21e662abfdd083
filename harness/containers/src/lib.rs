//! Containers of a run: LocalStack, and PostgreSQL servers to lease. Published on loopback, labelled with the run, and
//! gone with it; what a killed run left behind, the next one removes.

mod engine;
mod error;
mod images;
mod localstack;
mod owner;
mod postgres;
mod tail;

pub use engine::{Container, Engine, Log};
pub use error::ContainerError;
pub use images::{ImageError, ImageName, Images};
pub use localstack::start_localstack;
pub use postgres::PostgresContainers;
