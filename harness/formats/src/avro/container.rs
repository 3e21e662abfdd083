//! The push reader of object container files.

use std::collections::VecDeque;
use std::io::Read;

use flate2::read::DeflateDecoder;

use super::datum::{Damage, Input, write_json};
use super::schema::Types;
use crate::json::JsonFields;
use crate::record::{Record, RecordError, RecordErrorKind};

/// The longest header (documented).
const MAX_HEADER: usize = 1024 * 1024;

/// The longest block (documented), packed and unpacked.
const MAX_BLOCK: usize = 4 * 1024 * 1024;

const MAGIC: &[u8] = b"Obj\x01";
const SYNC: usize = 16;

/// Splits pushed chunks into records.
#[derive(Debug)]
pub struct AvroReader {
    fields: JsonFields,
    buffer: VecDeque<u8>,
    header: Option<Header>,
    /// The rest of the block at hand, and how many records it has.
    block: Vec<u8>,
    taken: usize,
    left: u64,
    /// Number of the record at hand.
    number: u64,
    json: String,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// No more bytes follow.
    Finished,
    /// Nothing can be read any more.
    Broken,
}

#[derive(Debug)]
struct Header {
    types: Types,
    codec: Codec,
    sync: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Null,
    Deflate,
    Snappy,
}

impl AvroReader {
    /// A reader whose records' fields are found as in JSON.
    #[must_use]
    pub fn new(fields: JsonFields) -> AvroReader {
        AvroReader {
            fields,
            buffer: VecDeque::new(),
            header: None,
            block: Vec::new(),
            taken: 0,
            left: 0,
            number: 0,
            json: String::new(),
            state: State::Reading,
        }
    }

    /// Adds the next bytes of the file.
    pub fn push(&mut self, chunk: &[u8]) {
        if self.state != State::Broken {
            self.buffer.extend(chunk);
        }
    }

    /// Says that no more bytes follow.
    pub fn finish(&mut self) {
        if self.state == State::Reading {
            self.state = State::Finished;
        }
    }

    /// How many records there were so far.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.number
    }

    /// Fills `record` with the next one. `None`: push more, or, after `finish`, the end.
    pub fn read(&mut self, record: &mut Record) -> Option<Result<(), RecordError>> {
        while self.left == 0 {
            match self.next_block() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(damage) => return Some(Err(self.broken(damage))),
            }
        }
        self.left -= 1;
        self.number += 1;
        self.json.clear();
        match self.datum() {
            Ok(()) => Some(self.split(record)),
            // The next block starts at a known place.
            Err(damage) => {
                self.left = 0;
                Some(Err(self.error(RecordErrorKind::Avro(damage))))
            }
        }
    }

    fn datum(&mut self) -> Result<(), Damage> {
        let header = self.header.as_ref().ok_or("no header")?;
        let rest = self.block.get(self.taken..).unwrap_or_default();
        let mut input = Input(rest);
        write_json(&header.types, &header.types.root, &mut input, &mut self.json, 0)?;
        self.taken += rest.len() - input.0.len();
        Ok(())
    }

    fn split(&self, record: &mut Record) -> Result<(), RecordError> {
        record.reset(self.number, self.json.as_bytes());
        self.fields.split(&self.json, record).map_err(|kind| self.error(kind))
    }

    fn error(&self, kind: RecordErrorKind) -> RecordError {
        RecordError { line: self.number, position: 0, kind, raw: Vec::new() }
    }

    fn broken(&mut self, damage: Damage) -> RecordError {
        self.state = State::Broken;
        self.buffer.clear();
        self.error(RecordErrorKind::Avro(damage))
    }

    /// Reads on to the next block. False: its bytes are not there yet, or there is none.
    fn next_block(&mut self) -> Result<bool, Damage> {
        if self.state == State::Broken {
            return Ok(false);
        }
        let finished = self.state == State::Finished;
        let pending = self.buffer.make_contiguous();
        let mut input = Input(pending);
        let header = match &self.header {
            Some(header) => header,
            None => match read_header(&mut input) {
                Ok(header) => self.header.insert(header),
                Err(Wait::Damaged(damage)) => return Err(damage),
                Err(Wait::More) if finished || pending.len() > MAX_HEADER => {
                    return Err("the header is not whole");
                }
                Err(Wait::More) => return Ok(false),
            },
        };
        let before = pending.len() - input.0.len();
        if input.0.is_empty() {
            self.buffer.drain(..before);
            return Ok(false);
        }
        match read_block(header, &mut input) {
            Ok((count, block)) => {
                let taken = pending.len() - input.0.len();
                (self.left, self.block, self.taken) = (count, block, 0);
                self.buffer.drain(..taken);
                Ok(true)
            }
            Err(Wait::Damaged(damage)) => Err(damage),
            Err(Wait::More) if finished => Err("the last block is not whole"),
            Err(Wait::More) => {
                self.buffer.drain(..before);
                Ok(false)
            }
        }
    }
}

/// Why there is no header or block.
enum Wait {
    More,
    Damaged(Damage),
}

fn read_header(input: &mut Input<'_>) -> Result<Header, Wait> {
    let magic = input.0.get(..MAGIC.len().min(input.0.len())).unwrap_or_default();
    if !MAGIC.starts_with(magic) {
        return Err(Wait::Damaged("this is no Avro file"));
    }
    let more = |_: Damage| Wait::More;
    input.take(MAGIC.len()).map_err(more)?;
    let (mut types, mut codec) = (None, Codec::Null);
    loop {
        let count = input.items().map_err(more)?;
        for _ in 0..count {
            let (key, value) = (input.bytes().map_err(more)?, input.bytes().map_err(more)?);
            match key {
                b"avro.schema" => types = Types::parse(value),
                b"avro.codec" => codec = codec_named(value).ok_or(Wait::Damaged("the codec is not known"))?,
                _ => {}
            }
        }
        if count == 0 {
            break;
        }
    }
    let sync = input.take(SYNC).map_err(more)?.to_vec();
    let types = types.ok_or(Wait::Damaged("the schema is no record"))?;
    Ok(Header { types, codec, sync })
}

/// The codecs that COPY knows (documented).
fn codec_named(name: &[u8]) -> Option<Codec> {
    match name {
        b"null" | b"" => Some(Codec::Null),
        b"deflate" => Some(Codec::Deflate),
        b"snappy" => Some(Codec::Snappy),
        _ => None,
    }
}

/// The next block's number of records and plain bytes.
fn read_block(header: &Header, input: &mut Input<'_>) -> Result<(u64, Vec<u8>), Wait> {
    let damaged = |damage| move |_| Wait::Damaged(damage);
    let count = input.long().map_err(|_| Wait::More)?;
    let size = input.long().map_err(|_| Wait::More)?;
    let count = u64::try_from(count).map_err(|_| Wait::Damaged("a block has a negative count"))?;
    let size = usize::try_from(size).map_err(|_| Wait::Damaged("a block has a negative size"))?;
    if size > MAX_BLOCK {
        return Err(Wait::Damaged("a block is longer than 4 MB"));
    }
    let packed = input.take(size).map_err(|_| Wait::More)?;
    if input.take(SYNC).map_err(|_| Wait::More)? != header.sync {
        return Err(Wait::Damaged("a block does not end with the sync marker"));
    }
    let plain = match header.codec {
        Codec::Null => packed.to_vec(),
        Codec::Deflate => {
            let mut plain = Vec::new();
            let mut decoder = DeflateDecoder::new(packed).take(MAX_BLOCK as u64 + 1);
            decoder.read_to_end(&mut plain).map_err(|_| Wait::Damaged("a block cannot be unpacked"))?;
            plain
        }
        Codec::Snappy => {
            // A checksum follows; the sync marker tells damage enough.
            let packed = packed.get(..packed.len().saturating_sub(4)).unwrap_or_default();
            let length = snap::raw::decompress_len(packed).map_err(damaged("a block cannot be unpacked"))?;
            if length > MAX_BLOCK {
                return Err(Wait::Damaged("a block is longer than 4 MB"));
            }
            snap::raw::Decoder::new().decompress_vec(packed).map_err(damaged("a block cannot be unpacked"))?
        }
    };
    if plain.len() > MAX_BLOCK {
        return Err(Wait::Damaged("a block is longer than 4 MB"));
    }
    // A record without fields takes no byte: without a bound, a block could have any number of them.
    if count > MAX_BLOCK as u64 {
        return Err(Wait::Damaged("a block has too many records"));
    }
    Ok((count, plain))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::json::FieldNames;

    const SCHEMA: &str = r#"{"type":"record","name":"r","namespace":"n","fields":[
        {"name":"id","type":"long"},
        {"name":"name","type":["null","string"]},
        {"name":"amount","type":{"type":"double"}},
        {"name":"kind","type":{"type":"enum","name":"k","symbols":["A","B"]}},
        {"name":"other","type":["null","k"]},
        {"name":"tags","type":{"type":"array","items":"int"}},
        {"name":"extra","type":{"type":"map","values":"boolean"}}]}"#;

    fn long(value: i64) -> Vec<u8> {
        let mut zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
        let mut out = Vec::new();
        while zigzag > 0x7f {
            out.push(u8::try_from(zigzag & 0x7f).unwrap() | 0x80);
            zigzag >>= 7;
        }
        out.push(u8::try_from(zigzag).unwrap());
        out
    }

    fn bytes(value: &[u8]) -> Vec<u8> {
        [long(i64::try_from(value.len()).unwrap()), value.to_vec()].concat()
    }

    fn records() -> Vec<u8> {
        let first = [
            long(-65),
            long(1),
            bytes("a\"\u{e9}".as_bytes()),
            1.5e300_f64.to_le_bytes().to_vec(),
            long(1),
            long(1),
            long(0),
            [long(2), long(7), long(8), long(0)].concat(),
            [long(-1), long(3), bytes(b"x"), vec![1], long(0)].concat(),
        ];
        let second =
            [long(i64::MAX), long(0), f64::NAN.to_le_bytes().to_vec(), long(0), long(0), long(0), long(0)];
        [first.concat(), second.concat()].concat()
    }

    fn container(codec: &str, block: &[u8]) -> Vec<u8> {
        let packed = match codec {
            "deflate" => {
                let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(block).unwrap();
                encoder.finish().unwrap()
            }
            "snappy" => {
                let mut packed = snap::raw::Encoder::new().compress_vec(block).unwrap();
                packed.extend([0; 4]);
                packed
            }
            _ => block.to_vec(),
        };
        let mut file = MAGIC.to_vec();
        file.extend(long(2));
        file.extend([bytes(b"avro.schema"), bytes(SCHEMA.as_bytes())].concat());
        file.extend([bytes(b"avro.codec"), bytes(codec.as_bytes()), long(0), vec![7; SYNC]].concat());
        for _ in 0..2 {
            file.extend([long(2), bytes(&packed), vec![7; SYNC]].concat());
        }
        file
    }

    fn show(file: &[u8], size: usize) -> Vec<String> {
        let fields = ["id", "name", "amount", "kind", "other", "tags", "extra", "none"];
        let mut reader = AvroReader::new(JsonFields::by_name(fields, FieldNames::Exact));
        let (mut record, mut shown) = (Record::default(), Vec::new());
        let mut drain = |reader: &mut AvroReader| {
            while let Some(result) = reader.read(&mut record) {
                let field = |f: crate::Field<'_>| {
                    if f.null { "-".into() } else { String::from_utf8_lossy(f.value).into_owned() }
                };
                shown.push(match result {
                    Ok(()) => record.fields().map(field).collect::<Vec<_>>().join("/"),
                    Err(error) => error.to_string(),
                });
            }
        };
        for chunk in file.chunks(size) {
            reader.push(chunk);
            drain(&mut reader);
        }
        reader.finish();
        drain(&mut reader);
        shown
    }

    #[test]
    fn records_are_read_by_any_chunk() {
        let rows =
            ["-65/a\"\u{e9}/1.5e300/B/A/[7,8]/{\"x\":true}/-", "9223372036854775807/-/NaN/A/-/[]/{}/-"];
        for codec in ["null", "deflate", "snappy"] {
            let file = container(codec, &records());
            for size in [1, 7, 1 << 20] {
                assert_eq!(show(&file, size), [rows, rows].concat(), "{codec} by {size}");
            }
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let file = container("null", &records());
        let broken = |at: usize| {
            let mut file = file.clone();
            file[at] ^= 0xff;
            show(&file, 1000).pop().unwrap()
        };
        assert_eq!(broken(1), "line 0, byte 0: damaged Avro data: this is no Avro file");
        let last = file.len() - 1;
        assert_eq!(
            broken(last),
            "line 2, byte 0: damaged Avro data: a block does not end with the sync marker"
        );
        let short = show(&file[..last], 1000);
        assert_eq!(short[2], "line 2, byte 0: damaged Avro data: the last block is not whole");
        assert_eq!(show(&file[..50], 10), ["line 0, byte 0: damaged Avro data: the header is not whole"]);
        let short = container("null", &records()[..4]);
        assert_eq!(show(&short, 99)[0], "line 1, byte 0: damaged Avro data: a value ends too early");
        assert_eq!(
            show(&container("lzma", b""), 99),
            ["line 0, byte 0: damaged Avro data: the codec is not known"]
        );
    }
}
