"""Other people's servers: one connection per kind, with deadlines, caps, a circuit breaker and keys that nothing writes down."""
