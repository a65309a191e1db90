"""Weights come from a hub: what belongs to a model, how its files come, where they are kept."""
