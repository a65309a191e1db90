"""Plans: a script and a length become scenes that can be filmed."""
