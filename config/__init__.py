"""What the owner decides: settings, the model catalog and the style profiles. Read by call, never a constant."""

from config.catalog import ModelRow, catalog
from config.settings import Settings, settings
from config.styles import Style, styles

__all__ = ["ModelRow", "Settings", "Style", "catalog", "settings", "styles"]
