"""The routes that predict."""
