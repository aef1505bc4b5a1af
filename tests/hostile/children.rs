//! Children that do not end, flood, or cannot be started: the run ends in time, with its record.
