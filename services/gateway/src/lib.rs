//! The gateway: identity, authorisation, routing.
