//! Compresses the app once, as well as brotli can, so that the relay never has to.

use std::io::Write;

use anyhow::Result;

use super::File;

/// Brotli's best: it takes seconds for the wasm, once a build, and saves a sixth over what is quick enough per request.
const QUALITY: u32 = 11;
/// Two to this power is how far back brotli looks: its most, so that all of the wasm is in sight.
const WINDOW: u32 = 24;

/// Kinds of file that are worth it; pictures and fonts are compressed already.
const WORTH_IT: [&str; 7] = ["html", "js", "css", "wasm", "svg", "json", "webmanifest"];

/// A file and, where it is worth it, its brotli form.
#[derive(Debug)]
pub(crate) struct Packed {
    /// The file.
    pub(crate) file: File,
    /// The same, compressed.
    pub(crate) brotli: Option<Vec<u8>>,
}

impl Packed {
    /// Returns how many bytes a browser is sent.
    pub(crate) fn sent(&self) -> u64 {
        self.brotli.as_ref().unwrap_or(&self.file.bytes).len() as u64
    }
}

/// Compresses every file that is worth it.
pub(crate) fn all(files: Vec<File>) -> Result<Vec<Packed>> {
    files.into_iter().map(pack).collect()
}

fn pack(file: File) -> Result<Packed> {
    let extension = file.path.rsplit('.').next().unwrap_or_default();
    if !WORTH_IT.contains(&extension) {
        return Ok(Packed { file, brotli: None });
    }
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 1 << 16, QUALITY, WINDOW);
    writer.write_all(&file.bytes)?;
    let compressed = writer.into_inner();
    let brotli = (compressed.len() < file.bytes.len()).then_some(compressed);
    Ok(Packed { file, brotli })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shrinks_is_compressed_and_the_rest_is_sent_as_it_is() {
        let file = |path: &str, bytes: &[u8]| File { path: path.to_owned(), bytes: bytes.to_owned() };
        let files = vec![file("a.js", &[b'a'; 1000]), file("b.js", b"b"), file("c.png", &[b'c'; 1000])];
        let packed = all(files).unwrap();
        let mut text = Vec::new();
        brotli::BrotliDecompress(&mut packed[0].brotli.as_deref().unwrap(), &mut text).unwrap();
        assert_eq!(text, [b'a'; 1000]);
        assert!(packed[0].sent() < 100);
        assert_eq!((packed[1].sent(), packed[2].sent()), (1, 1000));
    }
}
