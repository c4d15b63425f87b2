"""What breaks the consumers of the interface: two OpenAPI documents, compared as those who call it would."""
