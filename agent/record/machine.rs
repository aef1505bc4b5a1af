//! The machine a record was made on.
