//! Reads the sources one over the other and finds every fault it can.

use std::{fmt, path::Path};

use config::{Config, File, FileFormat, Value, ValueKind, builder::DefaultState};
use serde::{Serialize, de::DeserializeOwned};

/// After so many faults the rest is not looked for.
const MAX_FAULTS: usize = 20;

/// Everything that is wrong with a configuration, one sentence each, each naming its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The sentences.
    pub faults: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.join("\n"))
    }
}

impl ConfigError {
    fn one(fault: impl Into<String>) -> Self {
        Self { faults: vec![fault.into()] }
    }
}

/// Loads settings. `env_prefix` is "TRIBUTARY"; `overrides` are flags as (key, value) such as ("telemetry.filter", "debug").
///
/// # Errors
/// Every unknown key; else every value that does not fit its setting; or that the file cannot be read.
pub fn load<T: DeserializeOwned + Serialize + Default>(
    file: Option<&Path>,
    env_prefix: &str,
    overrides: Vec<(String, String)>,
) -> Result<T, ConfigError> {
    // Names that are not Unicode cannot be settings.
    let env =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    load_from(file, env_prefix, env, overrides)
}

fn load_from<T: DeserializeOwned + Serialize + Default>(
    file: Option<&Path>,
    env_prefix: &str,
    env: impl Iterator<Item = (String, String)>,
    overrides: Vec<(String, String)>,
) -> Result<T, ConfigError> {
    let defaults = tree(&T::default())?;
    let from_file = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .map_err(|e| ConfigError::one(format!("{} cannot be read: {e}", path.display())))?;
            let source = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
            Some(source.map_err(|e| ConfigError::one(format!("{}: {e}", path.display())))?)
        }
        None => None,
    };

    let mut env: Vec<_> =
        env.filter_map(|(name, value)| Some((setting(&name, env_prefix, &defaults)?, value))).collect();
    env.sort();
    let mut faults = Vec::new();
    if let Some(file) = &from_file {
        unknown(&file.cache, &defaults, "", &mut faults);
    }
    let mut builder = Config::builder();
    if let ValueKind::Table(table) = &defaults.kind {
        for (key, value) in table {
            builder = builder.set_default(key, value.clone()).map_err(|e| ConfigError::one(e.to_string()))?;
        }
    }
    if let Some(file) = from_file.clone() {
        builder = builder.add_source(file);
    }
    for (key, text) in env.into_iter().chain(overrides) {
        let default = at(&defaults, &key);
        if !known(&defaults, &key) {
            faults.push(format!("{key} is not a setting"));
            continue;
        }
        builder = builder
            .set_override(&key, value(&text, default))
            .map_err(|e| ConfigError::one(format!("{key} is not a key: {e}")))?;
    }
    if !faults.is_empty() {
        return Err(ConfigError { faults });
    }
    read(builder, from_file.as_ref(), &defaults)
}

/// Settings as a tree. By way of JSON, because `config` itself drops what is empty and the check for unknown keys needs it.
fn tree(settings: &impl Serialize) -> Result<Value, ConfigError> {
    let json =
        serde_json::to_value(settings).map_err(|e| ConfigError::one(format!("settings cannot be listed: {e}")))?;
    Ok(Value::new(None, kind(json)))
}

fn kind(json: serde_json::Value) -> ValueKind {
    use serde_json::Value as Json;
    let value = |json| Value::new(None, kind(json));
    match json {
        Json::Null => ValueKind::Nil,
        Json::Bool(flag) => ValueKind::Boolean(flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(n), ..) => ValueKind::I64(n),
            (_, Some(n), _) => ValueKind::U64(n),
            (.., float) => float.map_or(ValueKind::Nil, ValueKind::Float),
        },
        Json::String(text) => ValueKind::String(text),
        Json::Array(items) => ValueKind::Array(items.into_iter().map(value).collect()),
        Json::Object(fields) => ValueKind::Table(fields.into_iter().map(|(key, json)| (key, value(json))).collect()),
    }
}

/// The setting that a variable names, if it is one of ours.
fn setting(name: &str, prefix: &str, defaults: &Value) -> Option<String> {
    let key = name.strip_prefix(prefix)?.strip_prefix('_')?.to_lowercase();
    let nested = key.contains("__");
    let key = key.replace("__", ".");
    (nested || at(defaults, &key).is_some()).then_some(key)
}

/// The value of a dotted key in a tree of tables.
fn at<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(tree, |tree, part| match &tree.kind {
        ValueKind::Table(table) => table.get(part),
        _ => None,
    })
}

/// Whether a key may exist. Below what is unset or an empty table by default (options, maps) anything may.
fn known(defaults: &Value, key: &str) -> bool {
    let (first, rest) = key.split_once('.').map_or((key, None), |(first, rest)| (first, Some(rest)));
    match &defaults.kind {
        ValueKind::Nil => true,
        ValueKind::Table(table) if table.is_empty() => true,
        ValueKind::Table(table) => match (table.get(first), rest) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(inner), Some(rest)) => known(inner, rest),
        },
        _ => false,
    }
}

/// Lists keys of `given` that the defaults do not know.
fn unknown(given: &Value, defaults: &Value, prefix: &str, faults: &mut Vec<String>) {
    let (ValueKind::Table(given), ValueKind::Table(known)) = (&given.kind, &defaults.kind) else { return };
    if known.is_empty() {
        return;
    }
    let mut keys: Vec<_> = given.iter().collect();
    keys.sort_by_key(|(key, _)| key.as_str());
    for (key, value) in keys {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match known.get(key) {
            Some(default) => unknown(value, default, &path, faults),
            None => faults.push(format!("{path} is not a setting")),
        }
    }
}

/// The value of a text from the environment or a flag.
fn value(text: &str, default: Option<&Value>) -> ValueKind {
    if text.starts_with('[') {
        let source = Config::builder().add_source(File::from_str(&format!("v = {text}"), FileFormat::Toml)).build();
        if let Ok(list) = source.and_then(|source| source.get_array("v")) {
            return ValueKind::Array(list);
        }
    }
    match default.map(|default| &default.kind) {
        Some(ValueKind::Array(_)) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            ValueKind::Array(items.map(Value::from).collect())
        }
        _ => ValueKind::String(text.to_owned()),
    }
}

/// Deserializes; on a fault notes it, puts the default in that place and goes on, so that all faults come at once.
fn read<T: DeserializeOwned + Serialize>(
    mut builder: config::ConfigBuilder<DefaultState>,
    file: Option<&Config>,
    defaults: &Value,
) -> Result<T, ConfigError> {
    let mut faults: Vec<String> = Vec::new();
    let mut last = None;
    loop {
        let built = builder.build_cloned().map_err(|e| ConfigError::one(e.to_string()))?;
        let error = match built.try_deserialize::<T>() {
            Ok(settings) if faults.is_empty() => {
                // What the defaults could not tell (inside options and maps) shows in what was understood.
                if let Some(file) = file {
                    unknown(&file.cache, &tree(&settings)?, "", &mut faults);
                }
                return if faults.is_empty() { Ok(settings) } else { Err(ConfigError { faults }) };
            }
            Ok(_) => return Err(ConfigError { faults }),
            Err(error) => error,
        };
        let key = key_of(&error);
        faults.push(error.to_string());
        let replaced = key.filter(|key| last.as_ref() != Some(key) && faults.len() < MAX_FAULTS).and_then(|key| {
            let default = at(defaults, &key)?.clone();
            last = Some(key.clone());
            builder.clone().set_override(key, default).ok()
        });
        match replaced {
            Some(replaced) => builder = replaced,
            None => return Err(ConfigError { faults }),
        }
    }
}

/// The key that an error is about.
fn key_of(error: &config::ConfigError) -> Option<String> {
    match error {
        config::ConfigError::Type { key, .. } => key.clone(),
        config::ConfigError::At { key, error, .. } => key.clone().or_else(|| key_of(error)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
