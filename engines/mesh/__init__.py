"""Meshes: low-poly objects from words."""
