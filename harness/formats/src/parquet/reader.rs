//! Reads files row group by row group.

use std::ops::Range;
use std::sync::Arc;

use parquet::column::page::PageReader;
use parquet::column::reader::get_column_reader;
use parquet::errors::Result;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::{FileReader, RowGroupReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use thiserror::Error;

use super::column::FlatColumn;
use super::kind;
use super::source::{Chunk, Window};
use crate::columnar::{ColumnKind, ColumnarRows, FileBytes, FileColumn};

/// How many records are decoded at once.
const BATCH: usize = 1024;

/// A file that cannot be read.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct ParquetError(#[from] parquet::errors::ParquetError);

fn damaged(what: &str) -> ParquetError {
    ParquetError(parquet::errors::ParquetError::General(what.to_owned()))
}

/// An open file.
pub struct ParquetReader<F> {
    file: Arc<F>,
    metadata: Arc<ParquetMetaData>,
    columns: Vec<FileColumn>,
    /// The leaves of each column, by their numbers in the file.
    leaves: Vec<Range<usize>>,
}

impl<F> std::fmt::Debug for ParquetReader<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetReader").field("columns", &self.columns).finish_non_exhaustive()
    }
}

impl<F: FileBytes> ParquetReader<F> {
    /// Reads the footer.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn open(file: F) -> Result<ParquetReader<F>, ParquetError> {
        let file = Arc::new(file);
        let whole = Chunk(Arc::new(Window::new(Arc::clone(&file), file.length())));
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&whole)?;
        let (columns, leaves) = columns(&metadata)?.into_iter().unzip();
        Ok(ParquetReader { file, metadata: Arc::new(metadata), columns, leaves })
    }

    /// The columns at the top of the schema.
    #[must_use]
    pub fn columns(&self) -> &[FileColumn] {
        &self.columns
    }

    /// The row groups, in order, each of which is opened when it is its turn.
    pub fn row_groups(&self) -> impl Iterator<Item = Result<ParquetRows, ParquetError>> {
        self.metadata.row_groups().iter().map(|metadata| self.rows(metadata))
    }

    fn rows(&self, metadata: &RowGroupMetaData) -> Result<ParquetRows, ParquetError> {
        let group = Group { file: Arc::clone(&self.file), metadata: metadata.clone() };
        let columns = self.columns.iter().zip(&self.leaves);
        let columns = columns.map(|(column, leaves)| self.open_column(column, leaves.start, &group));
        let left =
            usize::try_from(metadata.num_rows()).map_err(|_| damaged("a row group has a negative length"))?;
        Ok(ParquetRows { columns: columns.collect::<Result<_, _>>()?, left, ready: 0 })
    }

    fn open_column(
        &self,
        column: &FileColumn,
        leaf: usize,
        group: &Group<F>,
    ) -> Result<Column, ParquetError> {
        if column.kind != ColumnKind::Nested {
            let descriptor = group.metadata.schema_descr().column(leaf);
            let optional = descriptor.max_def_level() > 0;
            let reader = get_column_reader(descriptor, group.get_column_page_reader(leaf)?);
            return Ok(Column::Flat(Box::new(FlatColumn::new(reader, column.kind, optional))));
        }
        let root = self.metadata.file_metadata().schema();
        let field = root.get_fields().iter().find(|field| field.name() == column.name);
        let fields = field.map(Arc::clone).into_iter().collect();
        let projection = Type::group_type_builder(root.name()).with_fields(fields).build()?;
        let file = OneGroup { group: group.clone(), metadata: Arc::clone(&self.metadata) };
        let rows = RowIter::from_file_into(Box::new(file)).project(Some(projection))?;
        Ok(Column::Nested(Box::new(rows)))
    }
}

/// The columns at the top, with the leaves that belong to them.
fn columns(metadata: &ParquetMetaData) -> Result<Vec<(FileColumn, Range<usize>)>, ParquetError> {
    let schema = metadata.file_metadata().schema_descr();
    let (mut columns, mut start) = (Vec::new(), 0);
    for field in metadata.file_metadata().schema().get_fields() {
        let end = start + leaves(field);
        let first =
            schema.columns().get(start).ok_or_else(|| damaged("the schema has a group without columns"))?;
        columns.push((kind::column(field, first), start..end));
        start = end;
    }
    Ok(columns)
}

fn leaves(field: &Type) -> usize {
    if field.is_primitive() { 1 } else { field.get_fields().iter().map(|field| leaves(field)).sum() }
}

/// A row group whose columns are read side by side.
struct Group<F> {
    file: Arc<F>,
    metadata: RowGroupMetaData,
}

impl<F> Clone for Group<F> {
    fn clone(&self) -> Group<F> {
        Group { file: Arc::clone(&self.file), metadata: self.metadata.clone() }
    }
}

/// A row group as if it were the file: the library's reader of nested records owns nothing less.
struct OneGroup<F> {
    group: Group<F>,
    metadata: Arc<ParquetMetaData>,
}

impl<F: FileBytes> FileReader for OneGroup<F> {
    fn metadata(&self) -> &ParquetMetaData {
        &self.metadata
    }

    fn num_row_groups(&self) -> usize {
        1
    }

    fn get_row_group(&self, _: usize) -> Result<Box<dyn RowGroupReader + '_>> {
        Ok(Box::new(self.group.clone()))
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_file(projection, self)
    }
}

impl<F: FileBytes> RowGroupReader for Group<F> {
    fn metadata(&self) -> &RowGroupMetaData {
        &self.metadata
    }

    fn num_columns(&self) -> usize {
        self.metadata.num_columns()
    }

    fn get_column_page_reader(&self, index: usize) -> Result<Box<dyn PageReader>> {
        let chunk = self.metadata.columns().get(index);
        let ok = chunk.filter(|chunk| {
            chunk.data_page_offset() >= 0
                && chunk.compressed_size() >= 0
                && chunk.dictionary_page_offset().is_none_or(|offset| offset >= 0)
        });
        let general =
            || parquet::errors::ParquetError::General("a column has no place in the file".to_owned());
        let chunk = ok.ok_or_else(general)?;
        let (start, length) = chunk.byte_range();
        let end = start.checked_add(length).filter(|end| *end <= self.file.length()).ok_or_else(general)?;
        let window = Chunk(Arc::new(Window::new(Arc::clone(&self.file), end)));
        let rows = usize::try_from(self.metadata.num_rows()).unwrap_or_default();
        Ok(Box::new(SerializedPageReader::new(Arc::new(window), chunk, rows, None)?))
    }

    fn get_column_bloom_filter(&self, _: usize) -> Option<&parquet::bloom_filter::Sbbf> {
        None
    }

    fn get_row_iter(&self, projection: Option<Type>) -> Result<RowIter<'_>> {
        RowIter::from_row_group(projection, self)
    }
}

enum Column {
    Flat(Box<FlatColumn>),
    /// Records of this one column.
    Nested(Box<RowIter<'static>>),
}

/// The rows of a row group.
pub struct ParquetRows {
    columns: Vec<Column>,
    /// How many rows were not decoded yet, and how many wait to be taken.
    left: usize,
    ready: usize,
}

impl std::fmt::Debug for ParquetRows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetRows").field("left", &self.left).finish_non_exhaustive()
    }
}

impl ColumnarRows for ParquetRows {
    type Error = ParquetError;

    fn next_row(&mut self) -> Result<bool, ParquetError> {
        if self.ready == 0 {
            let wanted = self.left.min(BATCH);
            if wanted == 0 {
                return Ok(false);
            }
            for column in &mut self.columns {
                if let Column::Flat(column) = column
                    && column.read(wanted)? != wanted
                {
                    return Err(damaged("a column has fewer values than its row group"));
                }
            }
            self.left -= wanted;
            self.ready = wanted;
        }
        self.ready -= 1;
        Ok(true)
    }

    fn write_value(&mut self, column: usize, out: &mut Vec<u8>) -> Result<bool, ParquetError> {
        match self.columns.get_mut(column) {
            Some(Column::Flat(column)) => Ok(column.write_next(out)),
            Some(Column::Nested(rows)) => {
                let row =
                    rows.next().ok_or_else(|| damaged("a column has fewer values than its row group"))??;
                let value = row.to_json_value();
                // The row has this one column.
                let value = value.as_object().and_then(|row| row.values().next());
                let value = value.filter(|value| !value.is_null());
                out.extend(value.map(ToString::to_string).unwrap_or_default().as_bytes());
                Ok(value.is_some())
            }
            None => Ok(false),
        }
    }
}
