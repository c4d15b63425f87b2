"""What the service tells of itself and of its model: counts that all processes share, and what is read from them."""
