"""Programs that run within the other environments. They import nothing of the studio; `lines.py` beside them is all they share."""
