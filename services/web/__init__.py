"""One HTTP API over both services' state, and the live page."""
