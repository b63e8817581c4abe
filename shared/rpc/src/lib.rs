//! The layer stack, status mapping, identity tokens, request validation, clients local and remote.
