//! Small things that went wrong for people.
