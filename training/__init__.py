"""From data to a published artifact. Of `app` it knows the model and what that is made of."""

from training.publication import publish

__all__ = ["publish"]
