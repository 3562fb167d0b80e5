//! A backup of what a person owns: 24 words of a seed, or an encrypted file of everything a browser keeps.
//!
//! Nothing here reads a file or draws randomness: salt and nonce are handed in, and the caller keeps the bytes. The words
//! are BIP 39's English list. The file is described byte by byte in `docs/backup.md`.

mod contents;
mod file;
mod words;

pub use contents::{
    Contact, Contents, IDENTITIES_MAX, KeptIdentity, KeptRoom, LimitError, NAME_BYTES_MAX, PARAMS_BYTES_MAX,
    ROOM_CONTACTS_MAX, ROOMS_MAX, RoomContacts,
};
pub use file::{
    BackupError, FILE_BYTES_MAX, Kdf, LANES_MAX, MAGIC, MEMORY_KIB_MAX, NONCE_BYTES, PASSES_MAX, PASSWORD_BYTES_MAX,
    PASSWORD_CHARS_MIN, SALT_BYTES, VERSION, decrypt, encrypt,
};
pub use words::{WORDS, WordsError, nearest_word, parse_words, unknown_words, words};
