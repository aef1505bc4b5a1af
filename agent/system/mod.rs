//! The system: /proc and /sys -> facts, conditions, findings.
