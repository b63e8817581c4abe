//! Generated messages, clients and servers of the suite, and the descriptor set they come from.
//! The only crate that runs code generation; everything that needs protobuf goes through it.

#[expect(
    missing_docs,
    clippy::all,
    clippy::allow_attributes,
    clippy::as_conversions,
    rustdoc::all,
    unused_qualifications,
    reason = "generated code: the comments are in the proto files"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/all.rs"));
}

pub use generated::{google, tributary};

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;

/// The encoded descriptor set of all services, with custom options and comments: for reflection, routing, policies.
pub const DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor_set.bin"));

static POOL: LazyLock<Option<DescriptorPool>> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR_SET).ok());

/// The descriptor set, decoded once.
///
/// # Panics
/// Never in practice: the bytes are written by this crate's build script, and a test decodes them.
#[must_use]
pub fn pool() -> &'static DescriptorPool {
    static EMPTY: LazyLock<DescriptorPool> = LazyLock::new(DescriptorPool::new);
    POOL.as_ref().unwrap_or(&EMPTY)
}
