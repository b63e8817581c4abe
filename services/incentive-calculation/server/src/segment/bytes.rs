//! Varints and byte strings, written and read.

use prost::encoding::{decode_varint, encode_varint};

/// A number of either sign as a small one without.
fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// Adds a number.
pub(super) fn put_number(out: &mut Vec<u8>, value: i64) {
    encode_varint(zigzag(value), out);
}

/// Adds a length or an index.
pub(super) fn put_size(out: &mut Vec<u8>, size: usize) {
    encode_varint(u64::try_from(size).unwrap_or(u64::MAX), out);
}

/// Adds bytes with their length before them.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_size(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Bytes that are read from front to back. Everything is `None` once they do not hold what is asked for.
pub(super) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    pub fn size(&mut self) -> Option<usize> {
        usize::try_from(decode_varint(&mut self.0).ok()?).ok()
    }

    pub fn number(&mut self) -> Option<i64> {
        decode_varint(&mut self.0).ok().map(unzigzag)
    }

    /// So many numbers. A count beyond what the bytes can hold is refused before anything is made for it.
    pub fn numbers(&mut self, count: usize) -> Option<Vec<i64>> {
        (count <= self.0.len()).then_some(())?;
        (0..count).map(|_| self.number()).collect()
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.size()?;
        self.take(length)
    }
}
