//! Servers that lie, redirect, or send without end.
