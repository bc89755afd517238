"""What both services speak: the wire, Redis, the life of a service. Imports no service."""
