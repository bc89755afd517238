"""Everything on this machine: a server, the services, their processes."""
