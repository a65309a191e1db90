"""The version of the studio."""

VERSION = "0.1.0"
