//! What a COPY loads into: the table's columns as the session sees them, and PostgreSQL's COPY for them.

use thiserror::Error;

use super::parse::CopyStatement;
use crate::wire::{Backend, BackendError};

/// The table, if it exists and can be seen from the session.
const COLUMNS_SQL: &str = "SELECT c.oid::int8, c.relname, coalesce(u.usesysid::int8, 0), a.attname, a.atttypid::int8, \
     a.atttypmod, a.attnotnull, a.attidentity <> '' OR a.attgenerated <> '' \
     FROM pg_catalog.pg_class c \
     JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_catalog.pg_user u ON u.usename = CURRENT_USER \
     WHERE c.oid = pg_catalog.to_regclass($1::text) ORDER BY a.attnum";

/// A column that is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnType,
    pub(crate) not_null: bool,
}

/// The types whose values are checked in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnType {
    SmallInt,
    Integer,
    BigInt,
    /// Precision 0 means without limits.
    Numeric {
        precision: u16,
        scale: u16,
    },
    Real,
    Double,
    Boolean,
    /// Lengths are in bytes.
    Char(usize),
    Varchar(Option<usize>),
    Date,
    Timestamp,
    TimestampTz,
    /// PostgreSQL judges the value.
    Other,
}

/// What a COPY loads into.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) oid: i32,
    pub(crate) user_oid: i32,
    /// Its name without the schema, as messages have it.
    pub(crate) name: String,
    /// The columns that fields of the files go to, in order.
    pub(crate) columns: Vec<Column>,
}

/// A column list that does not fit the table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PlanError {
    #[error("column \"{column}\" of relation \"{table}\" does not exist")]
    NoColumn { table: String, column: String },
    #[error("column \"{0}\" specified more than once")]
    ColumnTwice(String),
    #[error("cannot copy into identity column \"{0}\"")]
    Identity(String),
}

/// Looks the table up in the client's session. `None`: there is no such table, as PostgreSQL will say.
pub(crate) async fn columns(
    copy: &CopyStatement,
    backend: &mut Backend,
) -> Result<Option<Result<Target, PlanError>>, BackendError> {
    let rows = backend.query(COLUMNS_SQL, &[&quoted_name(&copy.table)]).await?;
    let rows: Vec<_> = rows.iter().filter_map(|row| TableColumn::read(row)).collect();
    let Some(first) = rows.first() else { return Ok(None) };
    let (oid, user_oid, name) = (first.table_oid, first.user_oid, first.table.clone());
    let columns = choose(&copy.columns, &name, rows);
    Ok(Some(columns.map(|columns| Target { oid, user_oid, name, columns })))
}

/// A row of the look-up.
struct TableColumn {
    table_oid: i32,
    table: String,
    user_oid: i32,
    column: Column,
    generated: bool,
}

impl TableColumn {
    fn read(row: &[Option<String>]) -> Option<TableColumn> {
        let [oid, table, user, name, type_oid, modifier, not_null, generated] = row else { return None };
        let number = |value: &Option<String>| value.as_ref()?.parse::<i64>().ok();
        let flag = |value: &Option<String>| value.as_deref() == Some("t");
        let kind = ColumnType::of(number(type_oid)?, number(modifier)?);
        Some(TableColumn {
            table_oid: i32::try_from(number(oid)?).ok()?,
            table: table.clone()?,
            user_oid: i32::try_from(number(user)?).ok()?,
            column: Column { name: name.clone()?, kind, not_null: flag(not_null) },
            generated: flag(generated),
        })
    }
}

/// The listed columns in the list's order, or all that are not generated (documented for identity columns).
fn choose(list: &[String], table: &str, rows: Vec<TableColumn>) -> Result<Vec<Column>, PlanError> {
    if list.is_empty() {
        return Ok(rows.into_iter().filter(|row| !row.generated).map(|row| row.column).collect());
    }
    let mut chosen: Vec<Column> = Vec::new();
    for name in list {
        let row = rows.iter().find(|row| row.column.name == *name);
        let missing = || PlanError::NoColumn { table: table.to_owned(), column: name.clone() };
        let row = row.ok_or_else(missing)?;
        if row.generated {
            return Err(PlanError::Identity(name.clone()));
        }
        if chosen.iter().any(|column| column.name == *name) {
            return Err(PlanError::ColumnTwice(name.clone()));
        }
        chosen.push(row.column.clone());
    }
    Ok(chosen)
}

impl ColumnType {
    /// From PostgreSQL's type and modifier.
    fn of(type_oid: i64, modifier: i64) -> ColumnType {
        let length = usize::try_from(modifier - 4).ok();
        match type_oid {
            16 => ColumnType::Boolean,
            20 => ColumnType::BigInt,
            21 => ColumnType::SmallInt,
            23 => ColumnType::Integer,
            700 => ColumnType::Real,
            701 => ColumnType::Double,
            25 => ColumnType::Varchar(None),
            1042 => length.map_or(ColumnType::Varchar(None), ColumnType::Char),
            1043 => ColumnType::Varchar(length),
            1082 => ColumnType::Date,
            1114 => ColumnType::Timestamp,
            1184 => ColumnType::TimestampTz,
            1700 => {
                let packed = modifier - 4;
                let part = |value: i64| u16::try_from(value).unwrap_or_default();
                let bounded = packed >= 0;
                let precision = if bounded { part((packed >> 16) & 0xffff) } else { 0 };
                ColumnType::Numeric { precision, scale: if bounded { part(packed & 0x7ff) } else { 0 } }
            }
            _ => ColumnType::Other,
        }
    }

    /// `type` and `col_length` of `stl_load_errors`.
    pub(crate) fn catalog_names(self) -> (&'static str, String) {
        let zero = || "0".to_owned();
        match self {
            ColumnType::SmallInt => ("int2", zero()),
            ColumnType::Integer => ("int4", zero()),
            ColumnType::BigInt => ("int8", zero()),
            ColumnType::Numeric { precision, scale } => ("numeric", format!("{precision}, {scale}")),
            ColumnType::Real => ("float4", zero()),
            ColumnType::Double => ("float8", zero()),
            ColumnType::Boolean => ("bool", zero()),
            ColumnType::Char(length) => ("char", length.to_string()),
            ColumnType::Varchar(length) => ("varchar", length.unwrap_or(65535).to_string()),
            ColumnType::Date => ("date", zero()),
            ColumnType::Timestamp => ("timestamp", zero()),
            ColumnType::TimestampTz => ("timestamptz", zero()),
            ColumnType::Other => ("unknown", zero()),
        }
    }
}

/// A name with every part quoted.
fn quoted_name(parts: &[String]) -> String {
    parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// PostgreSQL's COPY in the place of Redshift's. Without a target PostgreSQL says what is wrong with the table.
pub(crate) fn rewritten(copy: &CopyStatement, target: Option<&Target>) -> String {
    let columns = target.map(|target| target.columns.iter().map(|column| quoted(&column.name)).collect::<Vec<_>>());
    let list = columns.filter(|columns| !columns.is_empty()).map(|columns| format!(" ({})", columns.join(", ")));
    format!("COPY {}{} FROM STDIN", quoted_name(&copy.table), list.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_come_from_oid_and_modifier() {
        for (oid, modifier, expected) in [
            (1043, 12, ColumnType::Varchar(Some(8))),
            (1043, -1, ColumnType::Varchar(None)),
            (1042, 5, ColumnType::Char(1)),
            (1700, ((18 << 16) | 2) + 4, ColumnType::Numeric { precision: 18, scale: 2 }),
            (1700, -1, ColumnType::Numeric { precision: 0, scale: 0 }),
            (3802, -1, ColumnType::Other),
        ] {
            assert_eq!(ColumnType::of(oid, modifier), expected);
        }
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(quoted_name(&["s".to_owned(), "a\"b".to_owned()]), "\"s\".\"a\"\"b\"");
    }
}
