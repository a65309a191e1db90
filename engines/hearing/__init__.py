"""Hearing: the words that are spoken in a recording, with their times."""
