//! Consoles that take no bytes: the record is written first, and a signal ends the emission.
