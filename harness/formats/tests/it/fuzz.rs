//! Bytes that nobody meant: every reader comes to an end, with records or errors, and never panics. `PROPTEST_CASES` says how
//! many are tried of each.

use std::io;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use bytes::Bytes;
use linchpin_formats::{
    ColumnKind, ColumnarRows, Compression, Compressor, Csv, Decompressor, Delimited, Encoding, Escape,
    FieldNames, FileBytes, FixedWidth, JsonFields, Layout, MasterKey, OrcReader, ParquetReader,
    ParquetWriter, Quotes, Record, RecordFormat, RecordReader, Transcoder, decode_copy_row, parse_json_paths,
};
use orc_rust::ArrowWriterBuilder;
use proptest::prelude::*;
use proptest::sample::Index;

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

fn fields() -> JsonFields {
    JsonFields::by_name(["a", "b"], FieldNames::Exact)
}

/// Every format of records.
fn format() -> impl Strategy<Value = RecordFormat> {
    let quotes = prop_oneof![Just(Quotes::Keep), Just(Quotes::Remove)];
    let escape = prop_oneof![Just(Escape::Off), Just(Escape::Backslash)];
    let delimited = (quotes, escape).prop_map(|(quotes, escape)| {
        Layout::Delimited(Delimited { delimiter: b'|', null: b"\\N".to_vec(), escape, quotes })
    });
    let csv = Just(Layout::Csv(Csv { delimiter: b',', quote: b'"', null: b"\\N".to_vec() }));
    let fixed = proptest::collection::vec(0_usize..5, 0..4)
        .prop_map(|widths| Layout::FixedWidth(FixedWidth { widths, null: b"\\N".to_vec() }));
    let lines = (prop_oneof![delimited, csv, fixed], 0_u64..3)
        .prop_map(|(layout, header_lines)| RecordFormat::Lines { layout, header_lines });
    prop_oneof![
        4 => lines,
        2 => (0_u64..3).prop_map(|header_lines| RecordFormat::Json { fields: fields(), header_lines }),
        1 => Just(RecordFormat::Json { fields: JsonFields::whole(), header_lines: 0 }),
        1 => Just(RecordFormat::Avro(fields())),
    ]
}

/// Bytes, most of which mean something to some format.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let meaning = proptest::sample::select(b"|,\"'\\\n\r\0 {}[]:abN01-.eutrfls\xc3\xa9\xff".to_vec());
    proptest::collection::vec(prop_oneof![8 => meaning, 1 => any::<u8>()], 0..400)
}

/// Reads all of `file` by pieces of `size`; how many records and errors there were.
fn read(format: &RecordFormat, file: &[u8], size: usize) -> usize {
    let (mut reader, mut record, mut count) = (RecordReader::new(format), Record::default(), 0);
    let mut drain = |reader: &mut RecordReader| {
        while let Some(result) = reader.read(&mut record) {
            if result.is_ok() {
                record.fields().for_each(|field| drop(field.value.to_vec()));
            }
            count += 1;
            assert!(count <= 2 * file.len() + 2, "a reader goes on without reading");
        }
    };
    for chunk in file.chunks(size) {
        reader.push(chunk);
        drain(&mut reader);
    }
    reader.finish();
    drain(&mut reader);
    count
}

/// `file` with some bytes changed, and cut off.
fn damage(mut file: Vec<u8>, changes: &[(Index, u8)], end: &Index) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at.index(file.len());
        file[at] = *byte;
    }
    // Most are left whole: a cut file says little of what stands behind the cut.
    if end.index(4) == 0 {
        file.truncate(end.index(file.len()));
    }
    file
}

fn changes() -> impl Strategy<Value = (Vec<(Index, u8)>, Index)> {
    (proptest::collection::vec(any::<(Index, u8)>(), 0..6), any::<Index>())
}

/// An Avro file of one block: records of a long and a text.
fn avro() -> Vec<u8> {
    let schema = br#"{"type":"record","name":"r","fields":[{"name":"a","type":"long"},{"name":"b","type":["null","string"]}]}"#;
    let length = |n: usize| {
        if n < 64 { vec![(n * 2) as u8] } else { vec![(n * 2 % 128 + 128) as u8, (n * 2 / 128) as u8] }
    };
    let text = |bytes: &[u8]| [length(bytes.len()), bytes.to_vec()].concat();
    let records = [vec![2], vec![2], text(b"one"), vec![4], vec![0]].concat();
    let sync = [7; 16].to_vec();
    let header =
        [b"Obj\x01".to_vec(), vec![2], text(b"avro.schema"), text(schema), vec![0], sync.clone()].concat();
    [header, length(2), length(records.len()), records, sync].concat()
}

/// A Parquet file of a few rows.
fn parquet() -> Vec<u8> {
    let kinds = [("a", ColumnKind::Int32), ("b", ColumnKind::Text)];
    let columns: Vec<_> = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
    let mut writer = ParquetWriter::new(&columns, 32 * 1024 * 1024).unwrap();
    for row in 0..20 {
        writer.value(0, Some(row.to_string().as_bytes())).unwrap();
        writer.value(1, (row % 3 > 0).then_some(b"text".as_slice())).unwrap();
        writer.end_row().unwrap();
    }
    writer.finish().unwrap();
    writer.take().unwrap()
}

struct File(Vec<u8>);

impl FileBytes for File {
    fn length(&self) -> u64 {
        self.0.len() as u64
    }

    fn read(&self, start: u64, length: u64) -> io::Result<Bytes> {
        let range = usize::try_from(start).unwrap()..usize::try_from(start + length).unwrap();
        let bytes = self.0.get(range).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(Bytes::copy_from_slice(bytes))
    }
}

/// Whether a file can be read to its end.
fn read_parquet(file: Vec<u8>) -> bool {
    let Ok(reader) = ParquetReader::open(File(file)) else { return false };
    let columns = reader.columns().len();
    let mut groups = reader.row_groups();
    groups.all(|group| group.is_ok_and(|mut rows| read_rows(&mut rows, columns)))
}

fn read_orc(file: Vec<u8>) -> bool {
    let Ok(mut reader) = OrcReader::open(File(file)) else { return false };
    let columns = reader.columns().len();
    read_rows(&mut reader, columns)
}

fn read_rows(rows: &mut impl ColumnarRows, columns: usize) -> bool {
    for _ in 0..1000 {
        match rows.next_row() {
            Ok(true) => {}
            Ok(false) => return true,
            Err(_) => return false,
        }
        let mut out = Vec::new();
        if (0..columns).any(|column| rows.write_value(column, &mut out).is_err()) {
            return false;
        }
    }
    false
}

/// An ORC file of a few rows.
fn orc() -> Vec<u8> {
    let numbers: ArrayRef = Arc::new((0..20).map(Some).collect::<Int32Array>());
    let texts: ArrayRef =
        Arc::new((0..20).map(|row| (row % 3 > 0).then_some("text")).collect::<StringArray>());
    let rows = RecordBatch::try_from_iter([("a", numbers), ("b", texts)]).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriterBuilder::new(&mut file, rows.schema()).try_build().unwrap();
    writer.write(&rows).unwrap();
    writer.close().unwrap();
    file
}

#[test]
fn the_files_that_are_damaged_are_whole_before() {
    assert_eq!(read(&RecordFormat::Avro(fields()), &avro(), 7), 2);
    assert!(read_parquet(parquet()));
    assert!(read_orc(orc()));
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn records(format in format(), file in bytes(), size in 1_usize..50) {
        read(&format, &file, size);
    }

    #[test]
    fn damaged_avro((changes, end) in changes(), size in 1_usize..300) {
        read(&RecordFormat::Avro(fields()), &damage(avro(), &changes, &end), size);
    }

    #[test]
    fn damaged_parquet((changes, end) in changes()) {
        // The library panics on some files; who reads one does so on a thread that may.
        let file = damage(parquet(), &changes, &end);
        let _ = std::panic::catch_unwind(|| read_parquet(file));
    }

    #[test]
    fn damaged_orc((changes, end) in changes()) {
        // So does this library.
        let file = damage(orc(), &changes, &end);
        let _ = std::panic::catch_unwind(|| read_orc(file));
    }

    #[test]
    fn damaged_compression(
        kind in proptest::sample::select(vec![Compression::Gzip, Compression::Bzip2, Compression::Zstd]),
        plain in bytes(),
        (changes, end) in changes(),
        size in 1_usize..100,
    ) {
        let mut compressor = Compressor::new(kind).unwrap();
        compressor.push(&plain).unwrap();
        compressor.finish().unwrap();
        let file = damage(compressor.take(), &changes, &end);
        let mut decompressor = Decompressor::new(kind).unwrap();
        let mut length = 0;
        let pushed = file.chunks(size).try_for_each(|chunk| decompressor.push(chunk, |out| length += out.len()));
        let whole = pushed.and_then(|()| decompressor.finish(|out| length += out.len()));
        prop_assert!(whole.is_err() || length <= 1 << 20);
    }

    #[test]
    fn encodings(
        encoding in proptest::sample::select(vec![Encoding::Utf16, Encoding::Utf16Le, Encoding::Utf16Be]),
        file in proptest::collection::vec(any::<u8>(), 0..200),
        size in 1_usize..9,
    ) {
        let (mut transcoder, mut text) = (Transcoder::new(encoding), Vec::new());
        let pushed = file.chunks(size).try_for_each(|chunk| transcoder.push(chunk, |out| text.extend_from_slice(out)));
        if pushed.and_then(|()| transcoder.finish()).is_ok() {
            prop_assert!(String::from_utf8(text).is_ok());
        }
    }

    #[test]
    fn small_texts(file in bytes(), text in ".{0,60}") {
        let _ = parse_json_paths(&file);
        let _ = parse_json_paths(format!("{{\"jsonpaths\": [{text:?}]}}").as_bytes());
        let mut scratch = Vec::new();
        let _ = decode_copy_row(&file, &mut scratch, |_, _| {});
        let _ = MasterKey::from_base64(&text);
    }
}
