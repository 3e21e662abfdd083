//! Avro object container files: blocks of records, each turned into JSON and from there into fields.

mod container;
mod datum;
mod schema;

pub use container::AvroReader;
