//! The native core and the same core as a wasm module, on the same bytes. What the module says comes from an engine that
//! whoever runs this brings along: a fuzzer's is in `fuzz/targets`, the test's is Node.

/// The number of the native core's words. Called by itself, it looks for panics.
pub fn run(input: &[u8]) {
    let _ = verdict::digest(input);
}

/// Compares the verdict of the module with the native one.
///
/// # Panics
/// When they differ.
pub fn compare(input: &[u8], of_the_module: u64) {
    let words = verdict::words(input);
    assert_eq!(verdict::digest(input), of_the_module, "natively: {words}");
}
