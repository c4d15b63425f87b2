"""The way of an image to production and back: commands for pipelines, of the standard library alone."""
