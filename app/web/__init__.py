"""The web application: the life of a request, its body, its answer and its errors."""
