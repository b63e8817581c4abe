use serde_json::{Value, json};

use super::{KeySet, SigningAlgorithm};

// RFC 7515, appendix A.2: a token by RS256, and the modulus of its key.
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const MODULUS: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
// RFC 7515, appendix A.3: the same claims by ES256.
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn rsa(kid: &str) -> Value {
    json!({"kty": "RSA", "kid": kid, "n": MODULUS, "e": "AQAB"})
}

fn ec(kid: &str) -> Value {
    let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": x, "y": y})
}

fn with(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn read(keys: &[Value], pinned: &[SigningAlgorithm]) -> Result<KeySet, String> {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), pinned)
}

#[test]
fn the_examples_of_rfc_7515_hold_and_nothing_near_them() {
    use SigningAlgorithm::{Es256, Ps256, Rs256};
    let keys = read(&[rsa("r"), ec("e")], &[Rs256, Es256, Ps256]).expect("keys");
    for _ in 0..2 {
        assert!(keys.signed(RS256, "r", Rs256) && keys.signed(ES256, "e", Es256));
    }
    let fresh = read(&[rsa("r"), ec("e")], &[Rs256, Es256, Ps256]).expect("keys");
    for (token, kid, algorithm) in [
        (RS256, "e", Rs256),
        (RS256, "r", Es256),
        (RS256, "r", Ps256),
        (RS256, "x", Rs256),
        (ES256, "r", Es256),
        (ES256, "e", Rs256),
        (&ES256.replace("DtEh", "DtEi"), "e", Es256),
        (&RS256.replace("cC4h", "cC4i"), "r", Rs256),
    ] {
        assert!(!fresh.signed(token, kid, algorithm), "{kid} {algorithm:?}");
    }
}

#[test]
fn keys_for_anything_else_are_passed_over() {
    use SigningAlgorithm::{EdDsa, Es256, Es384, Rs256, Rs384};
    let pinned = [Rs256, Es256, EdDsa];
    for (what, jwk) in [
        ("symmetric", json!({"kty": "oct", "kid": "k", "k": "c2VjcmV0"})),
        ("for encryption", with(rsa("k"), "use", json!("enc"))),
        ("of another algorithm", with(rsa("k"), "alg", json!("RS512"))),
        ("for RSA-OAEP", with(rsa("k"), "alg", json!("RSA-OAEP"))),
        ("of an algorithm that is not known", with(ec("k"), "alg", json!("ES256K"))),
        ("of a curve that is not pinned", with(ec("k"), "crv", json!("P-384"))),
        ("of a kind that is not known", with(ec("k"), "kty", json!("XX"))),
        ("without a name", with(ec("k"), "kid", Value::Null)),
        ("with an empty name", ec("")),
        ("with an endless name", ec(&"k".repeat(257))),
        ("too short", with(rsa("k"), "n", json!(&MODULUS[..200]))),
        (
            "too short, with zeros before it",
            with(rsa("k"), "n", json!(format!("{}{}", "AAAA".repeat(40), &MODULUS[..200]))),
        ),
        ("too long", with(rsa("k"), "n", json!(MODULUS.repeat(3)))),
        ("no number", with(rsa("k"), "n", json!("!"))),
        ("no object", json!("k")),
    ] {
        let why = read(std::slice::from_ref(&jwk), &pinned).expect_err(what);
        assert!(why.starts_with("has no key with a kid for RS256, ES256, EdDSA"), "{what}: {why}");
        let beside = read(&[jwk, ec("good")], &pinned).expect("the other is found");
        assert!(beside.knows("good", Es256) && !beside.knows("k", Rs256) && !beside.knows("k", Es256), "{what}");
    }
    let named = read(&[with(rsa("k"), "alg", json!("RS384"))], &[Rs256, Rs384]).expect("keys");
    assert!(named.knows("k", Rs384) && !named.knows("k", Rs256) && !named.knows("k", Es384));
}

#[test]
fn algorithms_have_the_same_names_in_tokens_and_in_settings() {
    for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"] {
        let algorithm = SigningAlgorithm::named(name).expect(name);
        assert_eq!((algorithm.name(), format!("{:?}", algorithm.library()).as_str()), (name, name));
    }
    for wrong in ["", "none", "None", "HS256", "rs256", "EDDSA", "Rs256", "ES512", " RS256"] {
        assert_eq!(SigningAlgorithm::named(wrong), None, "{wrong}");
    }
}
