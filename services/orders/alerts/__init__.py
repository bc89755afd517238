"""The stream of alerts: how it is written, read, searched, and told over HTTP."""
