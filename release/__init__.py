"""What takes a commit to production and back: checks and commands for pipelines, of the standard library alone."""
