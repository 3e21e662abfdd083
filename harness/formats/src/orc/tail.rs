//! The tail of a file is checked before the library reads it, which takes its types for a tree and its blocks for small: types that
//! hold themselves would end the process.

use std::io::{self, Read as _};

use bytes::Bytes;
use orc_rust::compression::{Compression, Decompressor};
use orc_rust::proto::r#type::Kind;
use orc_rust::proto::{Footer, PostScript, Type};
use orc_rust::reader::ChunkReader;
use orc_rust::reader::metadata::read_metadata;
use prost::{DecodeError, Message as _};
use thiserror::Error;

/// How deep types may lie within each other: the library goes down by recursion.
const DEPTH: usize = 100;

/// The most bytes of a block before compression: the length in its header has 23 bits (ORC specification, "Compression").
const BLOCK: u64 = 1 << 23;

/// The most bytes of types and stripes that are read; a file of ten thousand columns has a tenth of that.
const FOOTER: u64 = 64 * 1024 * 1024;

/// What is wrong with a file's tail.
#[derive(Debug, Error)]
pub enum TailError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// It is no message of ORC's.
    #[error(transparent)]
    Message(#[from] DecodeError),
    /// The library cannot read it.
    #[error("{0}")]
    Library(Box<orc_rust::error::OrcError>),
    /// The file is shorter than its tail says.
    #[error("the file ends too early")]
    Short,
    /// Blocks that no header could tell of.
    #[error("blocks of {0} bytes are longer than {BLOCK}")]
    Block(u64),
    /// A type within itself, within two others, or behind the end.
    #[error("type {0} of the schema holds type {1}, which cannot be")]
    Types(usize, u32),
    /// Too many types within each other.
    #[error("type {0} of the schema lies deeper than {DEPTH}")]
    Depth(usize),
}

/// Whether the library may read `file`.
pub(super) fn check(file: &impl ChunkReader) -> Result<(), TailError> {
    let (at, postscript) = postscript(file)?;
    if let Some(block) = postscript.compression_block_size.filter(|block| *block > BLOCK) {
        return Err(TailError::Block(block));
    }
    let length = postscript.footer_length();
    let start = at.checked_sub(length).ok_or(TailError::Short)?;
    let stored = file.get_bytes(start, length)?;
    let mut footer = Vec::new();
    Decompressor::new(stored, compression(&postscript)?, Vec::new()).take(FOOTER).read_to_end(&mut footer)?;
    check_types(&Footer::decode(footer.as_slice())?.types)
}

/// The postscript and where it starts: before the last byte, which tells its length.
fn postscript(file: &impl ChunkReader) -> Result<(u64, PostScript), TailError> {
    let last = file.len().checked_sub(1).ok_or(TailError::Short)?;
    let length = file.get_bytes(last, 1)?.first().copied().map_or(0, u64::from);
    let start = last.checked_sub(length).ok_or(TailError::Short)?;
    Ok((start, PostScript::decode(file.get_bytes(start, length)?)?))
}

/// How a file is compressed. The library tells it of whole tails alone, so of one without columns and the same postscript.
fn compression(postscript: &PostScript) -> Result<Option<Compression>, TailError> {
    let mut root = Type::default();
    root.set_kind(Kind::Struct);
    let footer = Footer { types: vec![root], ..Footer::default() }.encode_to_vec();
    // The header of a block that is stored as it is; a file that is not compressed has none.
    let header = match postscript.compression() {
        orc_rust::proto::CompressionKind::None => Vec::new(),
        _ => vec![footer.len() as u8 * 2 + 1, 0, 0],
    };
    let stored = [header, footer].concat();
    let tail = PostScript {
        footer_length: Some(stored.len() as u64),
        metadata_length: Some(0),
        ..postscript.clone()
    }
    .encode_to_vec();
    let length = vec![tail.len() as u8];
    let metadata = read_metadata(&mut Bytes::from([stored, tail, length].concat()));
    metadata.map(|metadata| metadata.compression()).map_err(|error| TailError::Library(Box::new(error)))
}

/// Types stand before what they hold, and each is held once, as the specification numbers them.
fn check_types(types: &[Type]) -> Result<(), TailError> {
    let mut depths: Vec<Option<usize>> = vec![None; types.len()];
    for (id, each) in types.iter().enumerate() {
        let depth = depths.get(id).copied().flatten().unwrap_or_default();
        if depth > DEPTH {
            return Err(TailError::Depth(id));
        }
        for held in &each.subtypes {
            let known = depths.get_mut(*held as usize).filter(|known| known.is_none());
            match known {
                Some(known) if *held as usize > id => *known = Some(depth + 1),
                _ => return Err(TailError::Types(id, *held)),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(holds: &[&[u32]]) -> Result<(), String> {
        let types: Vec<_> =
            holds.iter().map(|held| Type { subtypes: held.to_vec(), ..Type::default() }).collect();
        check_types(&types).map_err(|error| error.to_string())
    }

    #[test]
    fn types_are_a_tree() {
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[&[1, 3], &[2], &[], &[]]), Ok(()));
        let held =
            |id: usize, held: u32| Err(format!("type {id} of the schema holds type {held}, which cannot be"));
        assert_eq!(check(&[&[0]]), held(0, 0));
        assert_eq!(check(&[&[1], &[2], &[1]]), held(2, 1));
        assert_eq!(check(&[&[1, 1], &[]]), held(0, 1));
        assert_eq!(check(&[&[1]]), held(0, 1));
    }

    #[test]
    fn types_lie_so_deep_and_no_deeper() {
        let chain = |length: u32| {
            let held: Vec<_> = (1..=length).map(|next| vec![next]).chain([vec![]]).collect();
            check(&held.iter().map(Vec::as_slice).collect::<Vec<_>>())
        };
        assert_eq!(chain(100), Ok(()));
        assert_eq!(chain(101), Err("type 101 of the schema lies deeper than 100".to_owned()));
    }
}
