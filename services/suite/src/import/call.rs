//! Calls a method that is known by its descriptor only.

use prost::{Message as _, bytes::Buf as _};
use prost_reflect::{DynamicMessage, MessageDescriptor, MethodDescriptor, ReflectMessage as _, Value};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};
use tributary_proto::google::rpc;

use crate::{
    cli::{Failure, Keyed},
    mapping::{RecordTarget, Witness, prefix_of},
};

/// Largest answer that is accepted.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// What a service said of one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// New.
    Added,
    /// Known, and changed.
    Updated,
    /// Known, and the same.
    Unchanged,
    /// Not taken, and why.
    Refused(rpc::Status),
}

/// Sends the rows of a target.
#[derive(Debug, Clone)]
pub struct RecordClient {
    grpc: Grpc<Keyed>,
    target: &'static RecordTarget,
}

impl RecordClient {
    /// Over a channel.
    #[must_use]
    pub fn new(channel: Keyed, target: &'static RecordTarget) -> Self {
        Self { grpc: Grpc::new(channel).max_decoding_message_size(MAX_ANSWER), target }
    }

    /// Sends rows: the outcome of each, and the name of what it became, where there is one.
    pub(super) async fn send(&mut self, rows: &[DynamicMessage]) -> Result<Vec<(Outcome, String)>, Status> {
        let target = self.target;
        let method = method(target, target.method)?;
        let mut request = DynamicMessage::new(method.input());
        let rows = Value::List(rows.iter().cloned().map(Value::Message).collect());
        set(&mut request, target.rows, rows)?;
        let answer = self.call(&method, request).await?;
        let results = answer.get_field_by_name(target.results);
        let results = results.as_ref().and_then(|value| value.as_list()).unwrap_or_default();
        results.iter().map(|result| self.outcome(result)).collect()
    }

    fn outcome(&self, result: &Value) -> Result<(Outcome, String), Status> {
        let unreadable = || Status::internal(format!("an answer for {} cannot be read", self.target.name));
        let result = result.as_message().ok_or_else(unreadable)?;
        let field = result.descriptor().get_field_by_name("outcome").ok_or_else(unreadable)?;
        let kind = field.kind();
        let words = kind.as_enum().ok_or_else(unreadable)?;
        let number = result.get_field(&field).as_enum_number().unwrap_or_default();
        let full = words.get_value(number).map(|value| value.name().to_owned()).unwrap_or_default();
        let word = full.strip_prefix(&prefix_of(words)).unwrap_or_default();
        let known = self.target.words;
        let outcome = if word == known.added {
            Outcome::Added
        } else if word == known.unchanged {
            Outcome::Unchanged
        } else if Some(word) == known.updated {
            Outcome::Updated
        } else {
            let error = result.get_field_by_name("error");
            let error = error.as_ref().and_then(|value| value.as_message()).map(DynamicMessage::transcode_to);
            Outcome::Refused(error.and_then(Result::ok).unwrap_or_default())
        };
        let name = result.get_field_by_name("name");
        let name = name.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        Ok((outcome, name))
    }

    /// What will show that the service still has the row.
    pub(super) fn witness(&self, row: &DynamicMessage, name: &str) -> (String, String) {
        match self.target.witness {
            Witness::Get(method) => (method.to_owned(), name.to_owned()),
            Witness::Again => (self.target.method.to_owned(), hex::encode(row.encode_to_vec())),
        }
    }

    /// Whether the service still has a row, by its witness.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn has(&mut self, witness: &(String, String)) -> Result<bool, Failure> {
        match self.target.witness {
            Witness::Get(get) => {
                let method = method(self.target, get)?;
                let mut request = DynamicMessage::new(method.input());
                set(&mut request, "name", Value::String(witness.1.clone()))?;
                match self.call(&method, request).await {
                    Ok(_) => Ok(true),
                    Err(status) if status.code() == tonic::Code::NotFound => Ok(false),
                    Err(status) => Err(status.into()),
                }
            }
            Witness::Again => {
                let descriptor = self.target.descriptor();
                let row = hex::decode(&witness.1).ok().zip(descriptor);
                let row = row.and_then(|(bytes, d)| DynamicMessage::decode(d, bytes.as_slice()).ok());
                let Some(row) = row else { return Ok(false) };
                let outcomes = self.send(&[row]).await?;
                Ok(outcomes.first().is_some_and(|(outcome, _)| *outcome == Outcome::Unchanged))
            }
        }
    }

    async fn call(&mut self, method: &MethodDescriptor, request: DynamicMessage) -> Result<DynamicMessage, Status> {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let path = PathAndQuery::try_from(path).map_err(|e| Status::internal(e.to_string()))?;
        self.grpc.ready().await.map_err(|e| Status::from_error(e.into()))?;
        let codec = Along { answer: method.output() };
        self.grpc.unary(Request::new(request), path, codec).await.map(tonic::Response::into_inner)
    }
}

fn method(target: &RecordTarget, name: &str) -> Result<MethodDescriptor, Status> {
    let missing = || Status::unimplemented(format!("this version does not know {}.{name}", target.service));
    target.method(name).ok_or_else(missing)
}

fn set(message: &mut DynamicMessage, field: &str, value: Value) -> Result<(), Status> {
    message.try_set_field_by_name(field, value).map_err(|e| Status::internal(e.to_string()))
}

/// Messages on the wire along their descriptors.
struct Along {
    answer: MessageDescriptor,
}

impl Codec for Along {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self { answer: self.answer.clone() }
    }

    fn decoder(&mut self) -> Self {
        Self { answer: self.answer.clone() }
    }
}

impl Encoder for Along {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        item.encode(buffer).map_err(|e| Status::internal(e.to_string()))
    }
}

impl Decoder for Along {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let decoded = DynamicMessage::decode(self.answer.clone(), bytes);
        decoded.map(Some).map_err(|e| Status::internal(e.to_string()))
    }
}
