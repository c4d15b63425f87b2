"""Publishing: from a fitted model and the table it was trained on to a version that has been tried."""
