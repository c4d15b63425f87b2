"""What operators do with published versions: `flask models`."""
