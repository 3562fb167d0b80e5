//! Opening the database: whether the file is a store of this version, and what it is otherwise.

use redb::{Database, ReadableDatabase, StorageBackend, TableHandle};

use super::schema::{
    APPLICATION, BLOCK_COUNTS, BLOCK_PLACES, BLOCKS, CLASSIC_CHAINS, MEMBERS, META, OWN, PAYMENTS, ROOMS, SCHEMA, meta,
};
use super::{CACHE_BYTES, Disk, StoreError, disk};

/// What a database's file begins with.
const MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";
/// Bytes that are looked at together when a file is searched for anything but zeros.
const PIECE_BYTES: usize = 64 << 10;
/// The database's header has a page of its own.
const HEADER_PAGE_BYTES: u64 = 4096;

/// Opens the database in a file, or makes one in an empty file. Every page is checked.
pub(super) fn open_database(disk: &dyn Disk, backend: Box<dyn StorageBackend>) -> Result<Database, StoreError> {
    if is_unfinished(&*backend)? {
        backend.set_len(0)?;
    }
    Database::builder()
        .set_cache_size(CACHE_BYTES)
        .set_check_integrity_on_open(true)
        .create_with_backend(disk::Lent(backend))
        .map_err(|error| match error {
            redb::DatabaseError::Storage(redb::StorageError::Corrupted(found)) => {
                StoreError::Corrupted { path: disk.path().to_owned(), found }
            }
            redb::DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { path: disk.path().to_owned() },
            redb::DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == std::io::ErrorKind::UnexpectedEof =>
            {
                StoreError::Corrupted { path: disk.path().to_owned(), found: "an end in the middle".to_owned() }
            }
            redb::DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == std::io::ErrorKind::InvalidData =>
            {
                StoreError::Foreign { path: disk.path().to_owned(), found: error.to_string() }
            }
            other => StoreError::from(other),
        })
}

/// Whether the making of a database ended before it could hold anything: it writes the first bytes of its file last, and
/// nothing beyond the first page before that.
fn is_unfinished(backend: &dyn StorageBackend) -> Result<bool, StoreError> {
    let len = backend.len()?;
    let mut head = vec![0; MAGIC.len().min(len.try_into().unwrap_or(usize::MAX))];
    backend.read(0, &mut head)?;
    let begun = head.iter().zip(MAGIC).take_while(|(found, expected)| **found == *expected).count();
    let is_too_short = (1..MAGIC.len()).contains(&begun) && head.len() < MAGIC.len();
    if begun == MAGIC.len() || is_too_short || head[begun..].iter().any(|byte| *byte != 0) {
        return Ok(false);
    }
    let mut piece = vec![0; PIECE_BYTES];
    for at in (HEADER_PAGE_BYTES..len).step_by(PIECE_BYTES) {
        let part = &mut piece[..PIECE_BYTES.min((len - at) as usize)];
        backend.read(at, part)?;
        if part.iter().any(|byte| *byte != 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes the schema into an empty database; checks it in any other, and adds what an older one lacks.
pub(super) fn prepare(database: &Database, disk: &dyn Disk) -> Result<(), StoreError> {
    let foreign = |found: String| StoreError::Foreign { path: disk.path().to_owned(), found };
    let reading = database.begin_read()?;
    let tables: Vec<String> = reading.list_tables()?.map(|table| table.name().to_owned()).collect();
    if tables.is_empty() {
        drop(reading);
        return create_tables(database);
    }
    if !tables.iter().any(|name| name == META.name()) {
        return Err(foreign(format!("a database with the tables {}", tables.join(", "))));
    }
    let table = match reading.open_table(META) {
        Ok(table) => table,
        Err(redb::TableError::Storage(error)) => return Err(error.into()),
        Err(error) => return Err(foreign(error.to_string())),
    };
    let application = table.get(meta::APPLICATION)?.map(|value| value.value().to_vec());
    if application.as_deref() != Some(APPLICATION) {
        return Err(foreign("another program's database".to_owned()));
    }
    let version = table.get(meta::SCHEMA)?.map(|value| value.value().to_vec());
    let version = version
        .and_then(|bytes| Some(u32::from_le_bytes(bytes.try_into().ok()?)))
        .ok_or(StoreError::Damaged { what: "a schema version of four bytes", found: "none".to_owned() })?;
    if version == 0 {
        return Err(StoreError::Damaged { what: "a schema version", found: "0, which there never was".to_owned() });
    }
    if version > SCHEMA {
        return Err(StoreError::Newer { found: version, known: SCHEMA });
    }
    if version < SCHEMA {
        drop(table);
        drop(reading);
        create_tables(database)?;
    }
    Ok(())
}

/// Makes the tables that are not there, and notes the version. What a table holds already stays as it is.
fn create_tables(database: &Database) -> Result<(), StoreError> {
    let mut writing = database.begin_write()?;
    writing.set_quick_repair(true);
    {
        let mut table = writing.open_table(META)?;
        table.insert(meta::APPLICATION, APPLICATION)?;
        table.insert(meta::SCHEMA, SCHEMA.to_le_bytes().as_slice())?;
        writing.open_table(ROOMS)?;
        writing.open_table(BLOCKS)?;
        writing.open_table(BLOCK_PLACES)?;
        writing.open_table(BLOCK_COUNTS)?;
        writing.open_table(PAYMENTS)?;
        writing.open_table(MEMBERS)?;
        writing.open_table(CLASSIC_CHAINS)?;
        writing.open_table(OWN)?;
    }
    writing.commit()?;
    Ok(())
}
