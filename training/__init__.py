"""From data to a published artifact. Of `app` it knows the artifact format alone."""
