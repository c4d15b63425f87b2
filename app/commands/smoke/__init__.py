"""`flask smoke`: the checks of a deployed service, made from outside with the golden rows that are here."""
