"""The live page and the OpenAPI page."""
