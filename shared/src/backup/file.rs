//! Encrypts the contents of a backup with a password, and decrypts them.
//!
//! The key is Argon2id of the password, the cipher XChaCha20-Poly1305. The header says how the key is made, and is
//! authenticated with the contents. A header read from a file is bounded before a key is made from it, so that no file
//! takes more memory or time than [`MEMORY_KIB_MAX`] and [`PASSES_MAX`] allow.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use super::contents::{Contents, LimitError};
use crate::counted;
use crate::encoding::{DecodeError, decode, encode};
use crate::rules::receipt::{Receipt, Refusal};

/// What a backup begins with.
pub const MAGIC: [u8; 15] = *b"tabcoin backup\n";
/// The version that is written, and the only one that is read.
pub const VERSION: u8 = 1;
/// The bytes of a salt.
pub const SALT_BYTES: usize = 16;
/// The bytes of a nonce: so many that random ones do not repeat.
pub const NONCE_BYTES: usize = 24;
/// Magic, version, three numbers of the key derivation, salt, nonce.
const HEADER_BYTES: usize = MAGIC.len() + 1 + 3 * 4 + SALT_BYTES + NONCE_BYTES;
/// The bytes of Poly1305's tag, which follows the encrypted contents.
const TAG_BYTES: usize = 16;
/// The largest backup, in bytes: some thousand identities with some dozen contacts each.
pub const FILE_BYTES_MAX: usize = 4 << 20;
/// The most memory that a file may ask for, in KiB: what a phone's browser can give.
pub const MEMORY_KIB_MAX: u32 = 64 << 10;
/// The most passes over that memory that a file may ask for: with all of it, some seconds in a browser.
pub const PASSES_MAX: u32 = 10;
/// The most lanes that a file may ask for. They share the memory, so they cost nothing more.
pub const LANES_MAX: u32 = 4;
/// The shortest password that is taken for a new backup, in characters (NIST SP 800-63B).
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// How a key is made from a password: the costs of Argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kdf {
    /// KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Kdf {
    /// The costs of every backup that is written: 19 MiB, two passes, one lane (OWASP's advice for Argon2id).
    pub const DEFAULT: Self = Self { memory_kib: 19 << 10, passes: 2, lanes: 1 };

    fn params(self) -> Result<Params, BackupError> {
        let Self { memory_kib, passes, lanes } = self;
        let is_bounded = memory_kib <= MEMORY_KIB_MAX && passes <= PASSES_MAX && lanes <= LANES_MAX;
        let params = Params::new(memory_kib, passes, lanes, Some(32)).ok().filter(|_| is_bounded);
        params.ok_or(BackupError::Cost { found: self })
    }
}

/// Why a backup was not written or not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// The file begins with something else, or ends before its header does.
    #[error("not a backup of Tabcoin")]
    NotABackup,
    /// A later version of the program wrote it.
    #[error("a backup of version {found}, and this program knows version {VERSION}")]
    Newer {
        /// Its version.
        found: u8,
    },
    /// The header asks for more memory or time than any backup needs, or for less than Argon2id allows.
    #[error("a key of {} KiB, {} passes and {} lanes, and at most {MEMORY_KIB_MAX}, {PASSES_MAX} and {LANES_MAX} are allowed", found.memory_kib, found.passes, found.lanes)]
    Cost {
        /// What it asks for.
        found: Kdf,
    },
    /// The file does not fit the password. Nobody can tell which of the two is wrong.
    #[error("the password is another one, or the file was changed or damaged")]
    WrongPassword,
    /// The file is larger than any backup.
    #[error("{found} bytes, and a backup has at most {FILE_BYTES_MAX}")]
    TooLarge {
        /// Bytes.
        found: usize,
    },
    /// More of something than a backup may hold.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// The password fits, and what it opens is not the contents of a backup.
    #[error("the password is right, but the contents are unknown: {0}")]
    Contents(#[from] DecodeError),
    /// A new password that is quickly guessed.
    #[error("a password of {}, and at least {PASSWORD_CHARS_MIN} are needed", counted(*chars, "character"))]
    ShortPassword {
        /// Characters.
        chars: usize,
    },
    /// A password that is longer than any.
    #[error("a password of {bytes} bytes, and at most {PASSWORD_BYTES_MAX} are allowed")]
    LongPassword {
        /// Bytes.
        bytes: usize,
    },
    /// The machine does not give the memory that the key takes.
    #[error("no {memory_kib} KiB of memory for the key")]
    Memory {
        /// KiB.
        memory_kib: u32,
    },
}

impl Refusal for BackupError {
    fn receipt(&self) -> Receipt {
        let (expected, found) = match self {
            Self::NotABackup => ("a backup that Tabcoin wrote".to_owned(), "another file".to_owned()),
            Self::Newer { found } => {
                (format!("version {VERSION}"), format!("version {found}, written by a newer Tabcoin"))
            }
            Self::Cost { found: Kdf { memory_kib, passes, lanes } } => (
                format!("a key of at most {MEMORY_KIB_MAX} KiB, {PASSES_MAX} passes and {LANES_MAX} lanes"),
                format!("{memory_kib} KiB, {passes} passes, {lanes} lanes"),
            ),
            Self::WrongPassword => (
                "the password of this backup".to_owned(),
                "another one, or a file that was changed or damaged".to_owned(),
            ),
            Self::TooLarge { found } => (format!("at most {FILE_BYTES_MAX} bytes"), format!("{found} bytes")),
            Self::Limit(error) => return error.receipt(),
            Self::Contents(error) => return error.receipt(),
            Self::ShortPassword { chars } => {
                (format!("a password of at least {PASSWORD_CHARS_MIN} characters"), format!("{chars}"))
            }
            Self::LongPassword { bytes } => {
                (format!("a password of at most {PASSWORD_BYTES_MAX} bytes"), format!("{bytes}"))
            }
            Self::Memory { memory_kib } => (format!("{memory_kib} KiB of memory"), "less".to_owned()),
        };
        Receipt::new("backup file", expected, found)
    }
}

/// Encrypts contents. The password's bytes are its UTF-8; whoever reads it from a person brings it into Unicode's form
/// NFC first, so that the same keys pressed on another system give the same bytes. Takes about a tenth of a second.
///
/// # Errors
/// When the contents are over a limit, or the password is too short or too long.
pub fn encrypt(
    contents: &Contents,
    password: &str,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, BackupError> {
    let chars = password.chars().count();
    if chars < PASSWORD_CHARS_MIN {
        return Err(BackupError::ShortPassword { chars });
    }
    encrypt_with(Kdf::DEFAULT, contents, password, salt, nonce)
}

fn encrypt_with(
    kdf: Kdf,
    contents: &Contents,
    password: &str,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, BackupError> {
    contents.check()?;
    let plain = encode(contents);
    let found = HEADER_BYTES + plain.len() + TAG_BYTES;
    if found > FILE_BYTES_MAX {
        return Err(BackupError::TooLarge { found });
    }
    let header = Header { kdf, salt, nonce };
    let mut file = header.write();
    let payload = Payload { msg: &plain, aad: &file };
    let encrypted =
        header.cipher(password)?.encrypt(&XNonce::from(nonce), payload).expect("a few megabytes are not too many");
    file.extend(encrypted);
    Ok(file)
}

/// Decrypts a backup. The password's bytes are as for [`encrypt`].
///
/// # Errors
/// When it is no backup, or of a later version, or asks for too much, or the password is another one, or any byte of it
/// was changed.
pub fn decrypt(file: &[u8], password: &str) -> Result<Contents, BackupError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(BackupError::TooLarge { found: file.len() });
    }
    let (header, encrypted) = Header::read(file)?;
    let payload = Payload { msg: encrypted, aad: &file[..HEADER_BYTES] };
    let plain = header
        .cipher(password)?
        .decrypt(&XNonce::from(header.nonce), payload)
        .map_err(|_| BackupError::WrongPassword)?;
    let contents: Contents = decode(&plain)?;
    contents.check()?;
    Ok(contents)
}

/// What stands before the encrypted contents.
struct Header {
    kdf: Kdf,
    salt: [u8; SALT_BYTES],
    nonce: [u8; NONCE_BYTES],
}

impl Header {
    fn write(&self) -> Vec<u8> {
        let Kdf { memory_kib, passes, lanes } = self.kdf;
        let mut bytes = [&MAGIC[..], &[VERSION]].concat();
        for number in [memory_kib, passes, lanes] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.salt);
        bytes.extend(self.nonce);
        bytes
    }

    /// Reads the header, and returns it with what follows.
    fn read(file: &[u8]) -> Result<(Self, &[u8]), BackupError> {
        let rest = file.strip_prefix(&MAGIC).ok_or(BackupError::NotABackup)?;
        let (&version, rest) = rest.split_first().ok_or(BackupError::NotABackup)?;
        match version {
            VERSION => {}
            0 => return Err(BackupError::NotABackup),
            found => return Err(BackupError::Newer { found }),
        }
        let mut rest = rest;
        // What ends within its header was cut off: a backup, but a damaged one.
        let memory_kib = number(&mut rest)?;
        let (passes, lanes) = (number(&mut rest)?, number(&mut rest)?);
        let (salt, nonce) = (bytes(&mut rest)?, bytes(&mut rest)?);
        Ok((Self { kdf: Kdf { memory_kib, passes, lanes }, salt, nonce }, rest))
    }

    fn cipher(&self, password: &str) -> Result<XChaCha20Poly1305, BackupError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(BackupError::LongPassword { bytes: password.len() });
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.kdf.params()?);
        let mut key = [0; 32];
        // Every length was checked, so what is left to fail is the memory.
        argon2
            .hash_password_into(password.as_bytes(), &self.salt, &mut key)
            .map_err(|_| BackupError::Memory { memory_kib: self.kdf.memory_kib })?;
        Ok(XChaCha20Poly1305::new(&Key::from(key)))
    }
}

fn bytes<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BackupError> {
    let (bytes, after) = rest.split_first_chunk().ok_or(BackupError::WrongPassword)?;
    *rest = after;
    Ok(*bytes)
}

fn number(rest: &mut &[u8]) -> Result<u32, BackupError> {
    bytes(rest).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::super::contents::{Contact, KeptIdentity, KeptRoom, ROOMS_MAX, RoomContacts};
    use super::*;
    use crate::testing::address;
    use crate::values::{NetworkId, Params as NetworkParams, Seed, Timestamp};
    use proptest::prelude::*;

    const PASSWORD: &str = "correct horse";
    /// So cheap that every byte can be tried.
    const CHEAP: Kdf = Kdf { memory_kib: 8, passes: 1, lanes: 1 };

    fn contents() -> Contents {
        let params = NetworkParams::main();
        let contacts = vec![Contact { name: "grace".to_owned(), address: address(2) }];
        Contents {
            identities: vec![KeptIdentity {
                seed: Seed::from_bytes([7; 32]),
                name: Some("ada".to_owned()),
                created: Timestamp::from_ms(1_767_225_600_000),
                last_used: Timestamp::from_ms(1_767_225_601_000),
                contacts: vec![RoomContacts { room: "main".to_owned(), network: params.network(), contacts }],
            }],
            rooms: vec![KeptRoom {
                room: "main".to_owned(),
                params: serde_json::to_string(&params).expect("parameters are JSON"),
            }],
        }
    }

    fn cheap() -> Vec<u8> {
        encrypt_with(CHEAP, &contents(), PASSWORD, [1; SALT_BYTES], [2; NONCE_BYTES]).expect("within the limits")
    }

    /// Pinned: a backup that was once written is read for ever.
    #[test]
    fn a_backup_is_written_byte_for_byte_as_ever() {
        let salt = std::array::from_fn(|at| at as u8);
        let nonce = std::array::from_fn(|at| 0x40 + at as u8);
        let file = encrypt(&contents(), PASSWORD, salt, nonce).expect("within the limits");
        let golden = include_str!("../../golden/backup.hex");
        assert_eq!(hex::encode(&file), golden.split_whitespace().collect::<String>());
        assert_eq!(decrypt(&file, PASSWORD), Ok(contents()));
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_refused() {
        let file = cheap();
        assert_eq!(decrypt(&file, PASSWORD), Ok(contents()));
        for at in 0..file.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = file.clone();
                changed[at] ^= change;
                let error = decrypt(&changed, PASSWORD).expect_err("a changed byte");
                let expect = match at {
                    0..15 => BackupError::NotABackup,
                    15 => match changed[at] {
                        0 => BackupError::NotABackup,
                        found => BackupError::Newer { found },
                    },
                    16..28 if matches!(error, BackupError::Cost { .. }) => continue,
                    _ => BackupError::WrongPassword,
                };
                assert_eq!(error, expect, "byte {at}");
            }
            let expect = if at < 16 { BackupError::NotABackup } else { BackupError::WrongPassword };
            assert_eq!(decrypt(&file[..at], PASSWORD), Err(expect), "cut at {at}");
        }
        assert_eq!(decrypt(&[file, vec![0]].concat(), PASSWORD), Err(BackupError::WrongPassword));
    }

    #[test]
    fn another_password_opens_nothing() {
        for other in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert_eq!(decrypt(&cheap(), other), Err(BackupError::WrongPassword), "{other:?}");
        }
    }

    #[test]
    fn a_new_password_has_a_least_and_a_greatest_length() {
        let with = |password: &str| encrypt(&Contents::default(), password, [0; 16], [0; 24]).map(|_| ());
        assert_eq!(with("1234567"), Err(BackupError::ShortPassword { chars: 7 }));
        assert_eq!(with("éééé"), Err(BackupError::ShortPassword { chars: 4 }), "characters, not bytes");
        assert_eq!(with("12345678"), Ok(()));
        assert_eq!(with(&"x".repeat(PASSWORD_BYTES_MAX)), Ok(()));
        let long = "x".repeat(PASSWORD_BYTES_MAX + 1);
        assert_eq!(with(&long), Err(BackupError::LongPassword { bytes: long.len() }));
        assert_eq!(decrypt(&cheap(), &long), Err(BackupError::LongPassword { bytes: long.len() }));
    }

    /// A header is all that it takes to ask for the work, so it is bounded before any is done.
    #[test]
    fn a_file_that_asks_for_too_much_memory_or_time_is_refused_before_it_costs_any() {
        let check = |kdf: Kdf, is_taken: bool| {
            let header = Header { kdf, salt: [0; SALT_BYTES], nonce: [0; NONCE_BYTES] };
            let file = [header.write(), vec![0; TAG_BYTES]].concat();
            let expect = if is_taken { BackupError::WrongPassword } else { BackupError::Cost { found: kdf } };
            assert_eq!(decrypt(&file, PASSWORD), Err(expect));
        };
        check(Kdf { memory_kib: MEMORY_KIB_MAX, ..CHEAP }, true);
        check(Kdf { passes: PASSES_MAX, ..CHEAP }, true);
        check(Kdf { memory_kib: 8 * LANES_MAX, lanes: LANES_MAX, ..CHEAP }, true);
        check(Kdf { memory_kib: MEMORY_KIB_MAX + 1, ..CHEAP }, false);
        check(Kdf { memory_kib: u32::MAX, ..CHEAP }, false);
        check(Kdf { passes: PASSES_MAX + 1, ..CHEAP }, false);
        check(Kdf { passes: 0, ..CHEAP }, false);
        check(Kdf { lanes: LANES_MAX + 1, memory_kib: 1_024, ..CHEAP }, false);
        check(Kdf { lanes: 0, ..CHEAP }, false);
        check(Kdf { memory_kib: 7, ..CHEAP }, false);
        check(Kdf { memory_kib: 8 * LANES_MAX - 1, lanes: LANES_MAX, ..CHEAP }, false);
    }

    #[test]
    fn other_files_are_told_apart_from_damaged_ones() {
        for other in [&b""[..], b"tabcoin", b"TABCOIN\x01", b"{\"format\":", b"abandon abandon", &[0; 200]] {
            assert_eq!(decrypt(other, PASSWORD), Err(BackupError::NotABackup));
        }
        let large = vec![0; FILE_BYTES_MAX + 1];
        assert_eq!(decrypt(&large, PASSWORD), Err(BackupError::TooLarge { found: large.len() }));
        assert_eq!(decrypt(&large[1..], PASSWORD), Err(BackupError::NotABackup), "at the limit");
    }

    #[test]
    fn contents_that_are_too_much_are_not_written() {
        let room = KeptRoom { room: String::new(), params: String::new() };
        let many = Contents { rooms: vec![room; ROOMS_MAX + 1], ..Contents::default() };
        assert!(matches!(encrypt(&many, PASSWORD, [0; 16], [0; 24]), Err(BackupError::Limit(_))));
        let room = KeptRoom { room: String::new(), params: "x".repeat(4_096) };
        let much = Contents { rooms: vec![room; ROOMS_MAX], ..contents() };
        assert_eq!(much.check(), Ok(()));
        let mut large = much;
        large.identities = vec![contents().identities[0].clone(); 1_000];
        assert!(matches!(encrypt(&large, PASSWORD, [0; 16], [0; 24]), Err(BackupError::TooLarge { .. })));
    }

    /// Only who knows the password can write these, by mistake or with another program.
    #[test]
    fn contents_of_another_kind_are_refused_though_the_password_is_right() {
        let sealed = |plain: &[u8]| {
            let header = Header { kdf: CHEAP, salt: [0; SALT_BYTES], nonce: [0; NONCE_BYTES] };
            let mut file = header.write();
            let payload = Payload { msg: plain, aad: &file };
            let cipher = header.cipher(PASSWORD).expect("cheap");
            let encrypted = cipher.encrypt(&XNonce::from(header.nonce), payload).expect("short");
            file.extend(encrypted);
            file
        };
        assert_eq!(decrypt(&sealed(&encode(&Contents::default())), PASSWORD), Ok(Contents::default()));
        let trailing = [encode(&Contents::default()), vec![0]].concat();
        for plain in [&b""[..], b"hello", &[0xff; 64], &trailing] {
            assert!(matches!(decrypt(&sealed(plain), PASSWORD), Err(BackupError::Contents(_))));
        }
        let room = KeptRoom { room: String::new(), params: String::new() };
        let many = Contents { rooms: vec![room; ROOMS_MAX + 1], ..Contents::default() };
        assert!(matches!(decrypt(&sealed(&encode(&many)), PASSWORD), Err(BackupError::Limit(_))));
    }

    fn any_contents() -> impl Strategy<Value = Contents> {
        let contact = (".{0,24}", any::<u64>()).prop_map(|(name, key)| Contact { name, address: address(key) });
        let contacts = (".{0,24}", any::<[u8; 32]>(), prop::collection::vec(contact, 0..4)).prop_map(
            |(room, network, contacts)| RoomContacts { room, network: NetworkId::from_bytes(network), contacts },
        );
        let identity =
            (any::<[u8; 32]>(), prop::option::of(".{0,24}"), any::<[u32; 2]>(), prop::collection::vec(contacts, 0..3));
        let identity = identity.prop_map(|(seed, name, [created, last_used], contacts)| KeptIdentity {
            seed: Seed::from_bytes(seed),
            name,
            created: Timestamp::from_ms(created.into()),
            last_used: Timestamp::from_ms(last_used.into()),
            contacts,
        });
        let room = (".{0,24}", ".{0,200}").prop_map(|(room, params)| KeptRoom { room, params });
        (prop::collection::vec(identity, 0..4), prop::collection::vec(room, 0..4))
            .prop_map(|(identities, rooms)| Contents { identities, rooms })
    }

    proptest! {
        #[test]
        fn what_is_encrypted_is_decrypted(
            contents in any_contents(),
            password in ".{0,40}",
            salt: [u8; SALT_BYTES],
            nonce: [u8; NONCE_BYTES],
        ) {
            let file = encrypt_with(CHEAP, &contents, &password, salt, nonce).expect("within the limits");
            prop_assert_eq!(decrypt(&file, &password), Ok(contents));
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = decrypt(&bytes, PASSWORD);
            let _ = decrypt(&[&MAGIC[..], &[VERSION], &bytes].concat(), PASSWORD);
        }
    }
}
