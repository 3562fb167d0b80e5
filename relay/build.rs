//! Takes the two files of Swagger UI that the relay serves out of the archive that a crate brings, so that neither the
//! archive nor its other four hundred files stand in the program, and nothing is downloaded.
//!
//! They stay compressed: the bytes of an entry of a zip archive are those of a gzip file without its head and tail.

use std::path::Path;
use std::{env, fs};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED as ARCHIVE;

const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

/// What an entry of the archive's directory begins with, and its length without the name.
const ENTRY: ([u8; 4], usize) = (*b"PK\x01\x02", 46);
/// What the record after the directory begins with, and its length without a comment.
const END: ([u8; 4], usize) = (*b"PK\x05\x06", 22);
/// The length of what stands before an entry's bytes, without the name and the extra field.
const LOCAL_BYTES: usize = 30;
/// The way of compression that gzip has too.
const DEFLATE: usize = 8;
/// A gzip head (RFC 1952): deflate, no name, no time, of no system in particular.
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let out = env::var("OUT_DIR").expect("cargo names a folder");
    for file in FILES {
        let gzip = gzip(&format!("/dist/{file}")).unwrap_or_else(|| panic!("{file} is not in Swagger UI's archive"));
        fs::write(Path::new(&out).join(format!("{file}.gz")), gzip).expect("the folder can be written to");
    }
}

/// The number of so many bytes at a place of the archive, little-endian.
fn number(at: usize, bytes: usize) -> usize {
    ARCHIVE[at..at + bytes].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The gzip file of the entry whose name ends so.
fn gzip(name_end: &str) -> Option<Vec<u8>> {
    let end =
        ARCHIVE.windows(END.0.len()).rposition(|window| window == END.0).filter(|at| at + END.1 <= ARCHIVE.len())?;
    let (entries, mut at) = (number(end + 10, 2), number(end + 16, 4));
    for _ in 0..entries {
        assert_eq!(ARCHIVE[at..at + 4], ENTRY.0, "an archive's directory has an entry after the other");
        let (name, extra, comment) = (number(at + 28, 2), number(at + 30, 2), number(at + 32, 2));
        if ARCHIVE[at + ENTRY.1..][..name].ends_with(name_end.as_bytes()) && number(at + 10, 2) == DEFLATE {
            let (checksum, packed, length, local) =
                (&ARCHIVE[at + 16..at + 20], number(at + 20, 4), &ARCHIVE[at + 24..at + 28], number(at + 42, 4));
            let bytes = local + LOCAL_BYTES + number(local + 26, 2) + number(local + 28, 2);
            return Some([&GZIP_HEAD, &ARCHIVE[bytes..bytes + packed], checksum, length].concat());
        }
        at += ENTRY.1 + name + extra + comment;
    }
    None
}
