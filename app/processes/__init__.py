"""gunicorn's processes: the master that verifies and keeps the artifact, the workers that serve it, and the probe."""
