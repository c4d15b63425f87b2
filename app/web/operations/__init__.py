"""The routes that operators and load balancers ask."""
