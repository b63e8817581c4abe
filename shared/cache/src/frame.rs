//! What stands around a value: the form it is written in, and a sum by which one that was cut, damaged or put under another
//! key is told from a whole one. Such a value is a miss.

use bytes::{BufMut as _, Bytes, BytesMut};
use sha2::{Digest as _, Sha256};

use crate::Key;

/// The form of the frame itself.
const FRAME: u8 = 1;
/// Bytes of the sum.
const SUM: usize = 8;
/// Bytes before the value.
const HEAD: usize = 1 + 4 + SUM;

/// A value as it is kept.
pub(crate) fn framed(key: &Key, form: u32, value: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(HEAD.saturating_add(value.len()));
    bytes.put_u8(FRAME);
    bytes.put_u32(form);
    bytes.put_slice(&sum(key, form, value));
    bytes.put_slice(value);
    bytes.freeze()
}

/// The value, if it is one of this key in this form.
pub(crate) fn unframed(key: &Key, form: u32, kept: &Bytes) -> Option<Bytes> {
    let (head, value) = kept.split_at_checked(HEAD)?;
    let mut expected = vec![FRAME];
    expected.extend_from_slice(&form.to_be_bytes());
    expected.extend_from_slice(&sum(key, form, value));
    (head == expected).then(|| kept.slice(HEAD..))
}

fn sum(key: &Key, form: u32, value: &[u8]) -> [u8; SUM] {
    let digest = Sha256::new().chain_update(key.digest()).chain_update(form.to_be_bytes()).chain_update(value);
    digest.finalize().first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tributary_core::TenantId;

    use super::{framed, unframed};
    use crate::Key;

    #[test]
    fn only_a_whole_value_of_this_key_and_form_is_one() {
        let key = |part: &[u8]| Key::new("s", &TenantId::default_tenant(), &[part]);
        let (one, other) = (key(b"1"), key(b"2"));
        let kept = framed(&one, 7, b"value");
        assert_eq!(unframed(&one, 7, &kept).as_deref(), Some(&b"value"[..]));
        assert_eq!(unframed(&one, 7, &framed(&one, 7, b"")).as_deref(), Some(&b""[..]));
        assert_eq!((unframed(&one, 8, &kept), unframed(&other, 7, &kept)), (None, None));
        for end in 0..kept.len() {
            assert_eq!(unframed(&one, 7, &kept.slice(..end)), None, "cut at {end}");
            let mut damaged = kept.to_vec();
            damaged[end] ^= 1;
            assert_eq!(unframed(&one, 7, &Bytes::from(damaged)), None, "damaged at {end}");
        }
    }
}
