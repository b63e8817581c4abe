//! Whatever a caller sends, nothing panics and nothing grows without bound.

use proptest::prelude::*;
use prost::Message as _;
use prost_reflect::DynamicMessage;

use super::{
    bind,
    message::to_json,
    routes::{Found, Routes},
    template::Template,
    text,
};

fn routes() -> &'static Routes {
    static ROUTES: std::sync::LazyLock<Routes> = std::sync::LazyLock::new(|| {
        Routes::from_pool(tributary_proto::pool(), |_| true).expect("every annotation is read")
    });
    &ROUTES
}

/// Texts that look like JSON, often enough to get deep into the reader.
fn almost_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just(",".to_owned()),
        Just(":".to_owned()),
        Just("\"name\"".to_owned()),
        Just("\"partner\"".to_owned()),
        Just("\"roles\"".to_owned()),
        Just("null".to_owned()),
        Just("-1.5e9".to_owned()),
        Just("\"\\ud83d".to_owned()),
        Just("\\".to_owned()),
        "\\PC{0,3}",
        "[0-9eE.+-]{1,6}",
    ];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

/// A path with parts that mean something and parts that do not.
fn almost_path() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("v1".to_owned()),
        Just("partners".to_owned()),
        Just("operations".to_owned()),
        Just("contracts".to_owned()),
        Just("%2F".to_owned()),
        Just("%ff".to_owned()),
        Just("..".to_owned()),
        Just(":freeze".to_owned()),
        Just(String::new()),
        "[!-~]{0,8}",
    ];
    prop::collection::vec(part, 0..7).prop_map(|parts| format!("/{}", parts.join("/")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_text_breaks_the_reader(text in prop_oneof![almost_json(), "\\PC{0,60}"]) {
        if let Ok(node) = text::parse(&text) {
            // What is read here is JSON elsewhere, too.
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text}");
            prop_assert!(node.at <= text.len());
        }
    }

    #[test]
    fn what_is_json_elsewhere_is_read(value in "\\PC{0,20}", number in any::<f64>(), whole in any::<i64>()) {
        let json = serde_json::json!({"a": value, "b": [number, whole, null, true], "c": {"d": {}}}).to_string();
        prop_assert!(text::parse(&json).is_ok(), "{json}");
    }

    #[test]
    fn no_request_breaks_the_binding(
        path in almost_path(), query in "[ -~]{0,60}", body in prop::collection::vec(any::<u8>(), 0..60), text in almost_json(),
        method in 0_usize..5,
    ) {
        let methods = [http::Method::GET, http::Method::POST, http::Method::PATCH, http::Method::DELETE, http::Method::PUT];
        if let Found::Route(route, values) = routes().find(&methods[method], &path) {
            let values: Vec<_> = values.into_iter().map(|(f, v)| (f.to_owned(), v)).collect();
            let _ = bind::bind(route, &values, &query, &body);
            let _ = bind::bind(route, &values, &query, text.as_bytes());
        }
        let every = routes().iter().nth(path.len() % routes().iter().count()).expect("a route");
        let _ = bind::bind(every, &[], &query, text.as_bytes());
        let _ = bind::line(&every.method.input(), 1, &body);
    }

    #[test]
    fn no_template_breaks_its_reader(text in "[/{}=*:a-z.]{0,30}", path in almost_path()) {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.fit(&path.split('/').collect::<Vec<_>>());
        }
    }

    /// Any bytes that are a message of ours come back the same over JSON, but for fields that are not known.
    #[test]
    fn messages_survive_json(bytes in prop::collection::vec(any::<u8>(), 0..80), of in 0_usize..200) {
        let messages: Vec<_> = tributary_proto::pool().all_messages().filter(|m| m.package_name().starts_with("tributary.")).collect();
        let of = messages[of % messages.len()].clone();
        if let Ok(mut message) = DynamicMessage::decode(of.clone(), bytes.as_slice()) {
            strip(&mut message);
            if let Ok(json) = to_json(&message) {
                let back = bind::line(&of, 1, &json).expect("our own JSON is read");
                let back = DynamicMessage::decode(of, back.as_slice()).expect("bytes");
                prop_assert_eq!(back.encode_to_vec().len(), message.encode_to_vec().len());
            }
        }
    }
}

fn strip(message: &mut DynamicMessage) {
    message.take_unknown_fields().for_each(drop);
    for (_, value) in message.fields_mut() {
        match value {
            prost_reflect::Value::Message(inner) => strip(inner),
            prost_reflect::Value::List(items) => {
                items.iter_mut().filter_map(prost_reflect::Value::as_message_mut).for_each(strip);
            }
            _ => {}
        }
    }
}
