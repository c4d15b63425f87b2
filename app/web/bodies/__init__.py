"""Request bodies: read within bounds, and parsed."""
