"""Flows: plain Python composed of capabilities."""
