"""Columns: what a row of input holds, how it is parsed, and how its values were distributed in training."""
