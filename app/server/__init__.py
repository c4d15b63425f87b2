"""The server: gunicorn's master, which keeps the verified artifact, and the workers that serve it."""
