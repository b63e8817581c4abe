//! Compiles every `.proto` file under `proto/` with protox (no protoc needed) into Rust code and one descriptor set.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use prost::Message as _;

fn collect(dir: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    let third_party = root.join("third_party");
    println!("cargo::rerun-if-changed={}", root.display());

    let mut files = Vec::new();
    collect(&root.join("tributary"), &mut files)?;
    for extra in ["google/rpc/error_details.proto", "google/longrunning/operations.proto"] {
        files.push(third_party.join(extra));
    }
    files.sort();

    let mut compiler = protox::Compiler::new([&third_party, &root])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;

    // The encoded bytes keep custom options (google.api.http, our policy); decoding into prost types would drop them.
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptor_set.bin"), compiler.encode_file_descriptor_set())?;

    let set = prost_types_set(&compiler.encode_file_descriptor_set())?;
    let mut config = prost_build::Config::new();
    // Every message knows its full name: request validation looks its rules up by it.
    config.enable_type_names();
    // Ordered maps: the same message encodes to the same bytes, whose digest recognises a repeated request.
    config.btree_map(["."]);
    tonic_prost_build::configure().out_dir(&out).include_file("all.rs").compile_fds_with_config(set, config)?;
    Ok(())
}

/// Decodes the set for code generation, without the files that only carry options.
fn prost_types_set(bytes: &[u8]) -> Result<prost_types::FileDescriptorSet, prost::DecodeError> {
    let mut set = prost_types::FileDescriptorSet::decode(bytes)?;
    set.file.retain(|f| !matches!(f.package(), "buf.validate" | "google.api"));
    Ok(set)
}
