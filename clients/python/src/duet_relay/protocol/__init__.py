"""The rules of docs/PROTOCOL.md as pure functions and small machines: no socket, no file, no clock."""
