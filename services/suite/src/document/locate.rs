//! Finds the line of a node. The parsers keep no positions, but they add one to an error raised while a node is read:
//! so the text is read once more, along the path, and the read fails on purpose at the node.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Step;

/// The line of a node, from 1.
pub(super) fn line_of(json: bool, text: &str, path: &[Step]) -> Option<usize> {
    let probe = Probe(path);
    if json {
        let mut reader = serde_json::Deserializer::from_str(text);
        probe.deserialize(&mut reader).err().map(|e| e.line())
    } else {
        let reader = serde_yaml_ng::Deserializer::from_str(text);
        probe.deserialize(reader).err().and_then(|e| e.location()).map(|l| l.line())
    }
}

/// Walks along the rest of a path and fails at its end.
#[derive(Clone, Copy)]
struct Probe<'p>(&'p [Step]);

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the node of a fault")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.0.split_first() else { return Err(A::Error::custom("here")) };
        while let Some(key) = map.next_key::<String>()? {
            if key == *wanted {
                return map.next_value_seed(Probe(rest));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("no such key"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Some((Step::Index(wanted), rest)) = self.0.split_first() else { return Err(A::Error::custom("here")) };
        for _ in 0..*wanted {
            seq.next_element::<IgnoredAny>()?;
        }
        seq.next_element_seed(Probe(rest))?.ok_or_else(|| A::Error::custom("no such item"))
    }
}
