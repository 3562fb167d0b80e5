//! Names that change with the content: what is kept or cached under one is never out of date.

use sha2::{Digest, Sha256};

/// Hexadecimal digits of the hash in a name: enough that no two builds ever share one.
const DIGITS: usize = 16;

/// Returns the beginning of the SHA-256 of some bytes, in hexadecimal.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    let mut digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.truncate(DIGITS);
    digits
}

/// Puts the content's hash into a file's name: `main.css` becomes `main-1f3a….css`.
pub(crate) fn hashed(name: &str, bytes: &[u8]) -> String {
    let hash = short_hash(bytes);
    match name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{name}-{hash}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_stands_before_the_extension() {
        // The beginning of SHA-256("abc"), the first example of NIST's FIPS 180-4.
        assert_eq!(hashed("main.css", b"abc"), "main-ba7816bf8f01cfea.css");
        assert_eq!(hashed("LICENSE", b"abc"), "LICENSE-ba7816bf8f01cfea");
    }
}
