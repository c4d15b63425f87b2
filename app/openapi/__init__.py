"""The OpenAPI document of the model being served, and the pages that show it."""
