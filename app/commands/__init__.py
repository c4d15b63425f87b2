"""Commands for operators: `flask models` and `flask predictions`."""
