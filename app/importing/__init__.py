"""Importing: from a model that was fitted elsewhere, in whatever file, to a published version."""
