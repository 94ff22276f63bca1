"""The tests of duet-relay."""
