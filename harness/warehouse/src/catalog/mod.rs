//! Redshift's catalog on PostgreSQL: system tables, views, types and functions, as SQL.

/// Everything to run once, as a superuser, in the database that clusters' databases are made from.
pub const CATALOG_SQL: &str = concat!(
    include_str!("schema.sql"),
    include_str!("types.sql"),
    include_str!("results.sql"),
    include_str!("load.sql"),
    include_str!("history.sql"),
    include_str!("functions.sql"),
    include_str!("aggregates.sql"),
    include_str!("sha1.sql"),
    include_str!("fnv.sql"),
    include_str!("dialect.sql"),
    include_str!("super.sql"),
    include_str!("names.sql"),
    include_str!("text.sql"),
    include_str!("attributes.sql"),
    include_str!("append.sql"),
    include_str!("keys.sql"),
    include_str!("users.sql"),
    include_str!("principals.sql"),
    include_str!("late_binding.sql"),
    include_str!("views.sql"),
    include_str!("stand_ins.sql"),
    include_str!("privileges.sql"),
    include_str!("show.sql"),
);
