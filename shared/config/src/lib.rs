//! Configuration: defaults, file, environment, flags; unknown keys are errors; secrets are redacted.
