//! Floats as Python's `repr` writes them: the fewest digits that read back as the same number.

/// Writes a float. Python's `repr` writes an exponent below 10⁻⁴ and from 10¹⁶ on, with at least two digits, and ends
/// every other float in digits after a point. Its JSON writes what has no digits as `NaN` and `Infinity`.
pub(super) fn write(float: f64, out: &mut String) {
    if float.is_nan() {
        out.push_str("NaN");
        return;
    }
    if float.is_sign_negative() {
        out.push('-');
    }
    if float.is_infinite() {
        out.push_str("Infinity");
        return;
    }
    let scientific = shortest(float.abs());
    let (mantissa, exponent) = scientific.split_once('e').expect("this format writes an exponent");
    let exponent: i32 = exponent.parse().expect("this format's exponent is a number");
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        out.push_str(&format!("{mantissa}e{sign}{:02}", exponent.abs()));
        return;
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if exponent < 0 {
        out.push_str("0.");
        out.push_str(&"0".repeat(exponent.unsigned_abs() as usize - 1));
        out.push_str(&digits);
        return;
    }
    let whole = exponent.unsigned_abs() as usize + 1;
    let (before, after) = digits.split_at(whole.min(digits.len()));
    out.push_str(before);
    out.push_str(&"0".repeat(whole - before.len()));
    out.push('.');
    out.push_str(if after.is_empty() { "0" } else { after });
}

/// `1.5e-7`: the fewest digits that read back as the same number, and the exponent of the first. Where a number lies
/// halfway between two such texts, Rust takes the larger and Python the one with the even last digit.
fn shortest(float: f64) -> String {
    let shortest = format!("{float:e}");
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    // As many digits, rounded half to even.
    let rounded = format!("{float:.*e}", digits - 1);
    if rounded.parse() == Ok(float) { rounded } else { shortest }
}

#[cfg(test)]
mod tests {
    #[test]
    fn floats_are_written_as_pythons_repr_writes_them() {
        let cases = [
            (10.0, "10.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1.5, "1.5"),
            (-123.456, "-123.456"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000_012_3, "1.23e-05"),
            (1e-7, "1e-07"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (5e-324, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            // Halfway between two texts of seventeen digits.
            (2_112_886_438_774_597.0 / 8.0, "264110804846824.62"),
            (2_112_886_438_774_595.0 / 8.0, "264110804846824.38"),
            // Next to a power of two the nearest text is that of another number.
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (float, expected) in cases {
            let mut out = String::new();
            super::write(float, &mut out);
            assert_eq!(out, expected);
        }
    }
}
