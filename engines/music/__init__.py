"""Music: what one may ask of it, and the engines that make it."""
