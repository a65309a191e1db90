"""The embedded animator: the painter's layers become plates and cels, filmed by a moving camera, frame by frame."""
