//! From Avro's binary encoding to JSON text.

use std::fmt::Write;

use super::schema::{Schema, Types};
use crate::reader::MAX_RECORD;

/// How deep values nest at most: a schema may refer to itself.
const DEPTH: usize = 64;

/// What is wrong with the bytes.
pub(super) type Damage = &'static str;

const SHORT: Damage = "a value ends too early";

/// The bytes of a block, or of a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Damage> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A zigzag number of variable length.
    pub(super) fn long(&mut self) -> Result<i64, Damage> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = u64::from(*self.take(1)?.first().ok_or(SHORT)?);
            value |= (byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err("a number is too long")
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], Damage> {
        let length = usize::try_from(self.long()?).map_err(|_| "a length is negative")?;
        self.take(length)
    }

    /// How many items the next block of an array or a map has; 0 ends it.
    pub(super) fn items(&mut self) -> Result<u64, Damage> {
        let count = self.long()?;
        if count < 0 {
            // The size in bytes, for those who skip.
            self.long()?;
        }
        Ok(count.unsigned_abs())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Damage> {
        self.take(N)?.try_into().map_err(|_| SHORT)
    }
}

/// Appends the next value of `schema` to `out` as JSON.
pub(super) fn write_json(
    types: &Types,
    schema: &Schema,
    input: &mut Input<'_>,
    out: &mut String,
    depth: usize,
) -> Result<(), Damage> {
    if depth > DEPTH || out.len() > MAX_RECORD {
        return Err("a value is too deep or too long");
    }
    match types.resolve(schema).ok_or("a type is not defined")? {
        Schema::Null => out.push_str("null"),
        Schema::Boolean => out.push_str(if input.take(1)? == [1] { "true" } else { "false" }),
        Schema::Integer => drop(write!(out, "{}", input.long()?)),
        Schema::Float => write_number(f32::from_le_bytes(input.array()?), out),
        Schema::Double => write_number(f64::from_le_bytes(input.array()?), out),
        Schema::Bytes | Schema::String => write_text(input.bytes()?, out),
        Schema::Fixed(size) => write_text(input.take(*size)?, out),
        Schema::Enum(symbols) => {
            let index = usize::try_from(input.long()?).unwrap_or(usize::MAX);
            write_text(symbols.get(index).ok_or("an enum has no such symbol")?.as_bytes(), out);
        }
        Schema::Union(branches) => {
            let index = usize::try_from(input.long()?).unwrap_or(usize::MAX);
            let branch = branches.get(index).ok_or("a union has no such branch")?;
            write_json(types, branch, input, out, depth + 1)?;
        }
        Schema::Record(fields) => {
            let mut open = '{';
            for (name, field) in fields {
                out.push(std::mem::replace(&mut open, ','));
                write_text(name.as_bytes(), out);
                out.push(':');
                write_json(types, field, input, out, depth + 1)?;
            }
            out.push_str(if fields.is_empty() { "{}" } else { "}" });
        }
        Schema::Array(items) => {
            out.push('[');
            write_items(input, out, |input, out| write_json(types, items, input, out, depth + 1))?;
            out.push(']');
        }
        Schema::Map(values) => {
            out.push('{');
            write_items(input, out, |input, out| {
                write_text(input.bytes()?, out);
                out.push(':');
                write_json(types, values, input, out, depth + 1)
            })?;
            out.push('}');
        }
        Schema::Named(_) => return Err("a type is not defined"),
    }
    Ok(())
}

fn write_items(
    input: &mut Input<'_>,
    out: &mut String,
    mut item: impl FnMut(&mut Input<'_>, &mut String) -> Result<(), Damage>,
) -> Result<(), Damage> {
    let mut first = true;
    loop {
        let count = input.items()?;
        if count == 0 {
            return Ok(());
        }
        for _ in 0..count {
            if !std::mem::replace(&mut first, false) {
                out.push(',');
            }
            item(input, out)?;
        }
    }
}

/// Numbers that JSON does not know are strings.
fn write_number<T: Copy + Into<f64> + std::fmt::LowerExp>(value: T, out: &mut String) {
    let wide: f64 = value.into();
    // Writing to a string cannot fail.
    let _ = if wide.is_finite() { write!(out, "{value:e}") } else { write!(out, "\"{wide}\"") };
}

/// Text, or bytes, each of which is a character where they are no UTF-8 (as in Avro's own JSON encoding).
fn write_text(bytes: &[u8], out: &mut String) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::to_string(text),
        Err(_) => serde_json::to_string(&bytes.iter().copied().map(char::from).collect::<String>()),
    };
    // Text is always JSON.
    out.push_str(&text.unwrap_or_default());
}
