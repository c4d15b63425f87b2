"""The model: an artifact that answers, how one is accepted, and how it becomes the current one."""
