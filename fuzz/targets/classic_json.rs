#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| cases::classic_json::run(input));
