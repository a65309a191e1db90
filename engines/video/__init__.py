"""Video: short films from words, a scene or a picture."""
