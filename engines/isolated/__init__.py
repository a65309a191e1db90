"""Packages whose pins clash with ours, in environments of their own: one general provider speaks to a child process by JSON lines."""
