"""The protocol as code: pure, no clock, no randomness, no files, no sockets."""
