//! An event as an entry of a stream, and back.

use std::collections::HashMap;

use redis::{Cmd, FromRedisValue, Value};
use tributary_core::{Event, TenantId, Timestamp};
use uuid::Uuid;

/// As the distributed tracing extension of CloudEvents names it.
const TRACE_PARENT: &str = "traceparent";

/// Adds the fields of an event to a command.
pub(super) fn write(event: &Event, command: &mut Cmd) {
    command
        .arg(&[("id", event.id.to_string()), ("tenant", event.tenant.as_str().to_owned())])
        .arg(&[("source", &event.source), ("type", &event.event_type), ("subject", &event.subject)])
        .arg(&[("sequence", event.sequence), ("time", event.time.0)])
        .arg("data")
        .arg(&event.data);
    if !event.trace_parent.is_empty() {
        command.arg(TRACE_PARENT).arg(&event.trace_parent);
    }
}

/// The event of an entry's fields.
///
/// # Errors
/// A sentence that says which field is missing or wrong.
pub(super) fn read(fields: &HashMap<String, Value>) -> Result<Event, String> {
    let id: String = field(fields, "id")?;
    let tenant: String = field(fields, "tenant")?;
    Ok(Event {
        id: id.parse::<Uuid>().map_err(|e| format!("id: {e}"))?,
        tenant: TenantId::parse(&tenant).map_err(|e| format!("tenant: {e}"))?,
        source: field(fields, "source")?,
        event_type: field(fields, "type")?,
        subject: field(fields, "subject")?,
        sequence: field(fields, "sequence")?,
        time: Timestamp(field(fields, "time")?),
        data: field(fields, "data")?,
        trace_parent: if fields.contains_key(TRACE_PARENT) { field(fields, TRACE_PARENT)? } else { String::new() },
    })
}

fn field<T: FromRedisValue>(fields: &HashMap<String, Value>, name: &str) -> Result<T, String> {
    let value = fields.get(name).ok_or_else(|| format!("{name} is missing"))?;
    redis::from_redis_value_ref(value).map_err(|e| format!("{name}: {e}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use redis::{Arg, Cmd, Value};
    use tributary_core::{Event, TenantId, Timestamp};
    use uuid::Uuid;

    use super::{read, write};

    fn fields(event: &Event) -> HashMap<String, Value> {
        let mut command = Cmd::new();
        write(event, &mut command);
        let args: Vec<&[u8]> = command
            .args_iter()
            .map(|arg| match arg {
                Arg::Simple(bytes) => bytes,
                _ => panic!("a plain argument"),
            })
            .collect();
        let pair =
            |pair: &[&[u8]]| (String::from_utf8(pair[0].to_vec()).expect("utf-8"), Value::BulkString(pair[1].to_vec()));
        args.chunks(2).map(pair).collect()
    }

    #[test]
    fn an_event_comes_back_as_it_was() {
        let event = Event {
            id: Uuid::from_u128(7),
            tenant: TenantId::default_tenant(),
            source: "ledger-service".to_owned(),
            event_type: "tributary.ledger.v1.EntryMade".to_owned(),
            subject: "entries/é".to_owned(),
            sequence: 3,
            time: Timestamp(-1),
            trace_parent: String::new(),
            data: vec![0, 255, 13, 10],
        };
        let traced =
            Event { trace_parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(), ..event };
        let mut fields = fields(&traced);
        assert_eq!((fields.len(), read(&fields)), (9, Ok(traced.clone())));
        fields.remove("traceparent");
        assert_eq!(read(&fields), Ok(Event { trace_parent: String::new(), ..traced }));
        fields.insert("sequence".to_owned(), Value::BulkString(b"three".to_vec()));
        assert!(read(&fields).expect_err("no number").starts_with("sequence: "));
        fields.remove("tenant");
        assert_eq!(read(&fields), Err("tenant is missing".to_owned()));
    }
}
