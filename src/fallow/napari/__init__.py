"""A plugin of napari: results opened as layers, and a widget that makes and changes them. Nothing else imports it."""
