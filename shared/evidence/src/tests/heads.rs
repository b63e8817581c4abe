//! Keys and heads, against a note of the C2SP specification's reference implementation and a head signed in Python.

use crate::{Checkpoint, LogKey, LogSigner, Note, Tree};

use super::entries;

/// Of Go's sumdb/note.
const NEUMANN: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
/// Of the seed 00 01 … 1f, by Python's cryptography.
const KEY: &str = "tributary/incentive/default+f5d917eb+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const HEAD: &str = "tributary/incentive/default\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n\
\u{2014} tributary/incentive/default 9dkX65Ft4dN9etURA45xb8KTFbM5rc053csZZM6/lirFtEpQj1KxYokllHV6j0KcqW/AWAIufUDnfN3cfQO0KfDyeAw=\n";

fn signer() -> LogSigner {
    let seed: Vec<u8> = (0..32).collect();
    LogSigner::from_seed(&seed.try_into().expect("32 bytes"))
}

fn head() -> Checkpoint {
    Checkpoint { origin: "tributary/incentive/default".to_owned(), size: 8, root: Tree::of_entries(entries()).root() }
}

#[test]
fn a_note_of_the_reference_implementation_holds() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let key = LogKey::parse(NEUMANN).expect("a key");
    assert_eq!(key.to_string(), NEUMANN);
    let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    let signed = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
    let signed = STANDARD.decode(signed).expect("base64");
    assert!(key.holds(text, &signed));
    assert!(!key.holds(&text.replace('I', "i"), &signed));
}

#[test]
fn a_head_is_what_python_signs_for_it() {
    assert_eq!(signer().key("tributary/incentive/default").to_string(), KEY);
    assert_eq!(head().sign(&signer()).expect("signed"), HEAD);
    let note = Note::read(HEAD).expect("a note");
    assert_eq!(note.verified(&LogKey::parse(KEY).expect("a key")), Ok(&head()));
    assert!(note.verified(&LogKey::parse(NEUMANN).expect("a key")).is_err());
    assert!(note.verified(&LogSigner::generate().key("tributary/incentive/default")).is_err());
}

#[test]
fn every_changed_bit_of_a_head_is_noticed() {
    let key = LogKey::parse(KEY).expect("a key");
    for at in 0..HEAD.len() {
        for bit in 0..8 {
            let mut bytes = HEAD.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let believed = Note::read(&text).is_ok_and(|note| note.verified(&key).is_ok());
            assert!(!believed, "bit {bit} of byte {at}: {text:?}");
        }
    }
    for longer in [
        format!("{HEAD}\n"),
        format!("\n{HEAD}"),
        HEAD.replace("=\n\n", "=\nmore\n\n"),
        HEAD.replace("\n8\n", "\n08\n"),
    ] {
        assert!(!Note::read(&longer).is_ok_and(|note| note.verified(&key).is_ok()), "{longer:?}");
    }
}

#[test]
fn keys_say_what_is_wrong_with_them() {
    for wrong in ["", "name", "name+00000000+AAAA", &KEY.replace("f5d917eb", "f5d917ec"), &KEY.replace("+AQO", "+AgO")]
    {
        assert!(LogKey::parse(wrong).is_err(), "{wrong:?}");
    }
    let again = LogSigner::from_pem(&signer().private_pem().expect("pem")).expect("the same key");
    assert_eq!(again.key("x"), signer().key("x"));
    assert!(LogSigner::from_pem("not a key").is_err_and(|why| why.to_string().contains("openssl")));
    assert!(!format!("{:?}", signer()).contains('0'), "never printed");
    assert!(Checkpoint { origin: "two words".to_owned(), ..head() }.sign(&signer()).is_err());
}
