//! Reads the fields of an encoded message without knowing its type.

use prost::encoding::{WireType, decode_key, decode_varint};

/// One value as it stands on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Raw<'a> {
    Varint(u64),
    Fixed32([u8; 4]),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
}

impl Raw<'_> {
    /// Whether it is the zero value of its type.
    pub fn is_zero(&self) -> bool {
        match self {
            Raw::Varint(v) => *v == 0,
            Raw::Fixed32(bytes) => *bytes == [0; 4],
            Raw::Fixed64(bytes) => *bytes == [0; 8],
            Raw::Bytes(bytes) => bytes.is_empty(),
        }
    }
}

/// The fields of a message in the order of the wire; ends at the first byte that cannot be read.
pub(super) fn fields(mut bytes: &[u8]) -> impl Iterator<Item = (u32, Raw<'_>)> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (number, wire) = decode_key(&mut bytes).ok()?;
        let raw = match wire {
            WireType::Varint => varint(&mut bytes)?,
            WireType::ThirtyTwoBit => fixed32(&mut bytes)?,
            WireType::SixtyFourBit => fixed64(&mut bytes)?,
            WireType::LengthDelimited => {
                let len = usize::try_from(decode_varint(&mut bytes).ok()?).ok()?;
                let (value, rest) = bytes.split_at_checked(len)?;
                bytes = rest;
                Raw::Bytes(value)
            }
            WireType::StartGroup | WireType::EndGroup => return None,
        };
        Some((number, raw))
    })
}

pub(super) fn varint<'a>(bytes: &mut &'a [u8]) -> Option<Raw<'a>> {
    if bytes.is_empty() {
        return None;
    }
    decode_varint(bytes).ok().map(Raw::Varint)
}

pub(super) fn fixed32<'a>(bytes: &mut &'a [u8]) -> Option<Raw<'a>> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(Raw::Fixed32(*value))
}

pub(super) fn fixed64<'a>(bytes: &mut &'a [u8]) -> Option<Raw<'a>> {
    let (value, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(Raw::Fixed64(*value))
}
