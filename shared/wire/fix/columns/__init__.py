"""Many FIX messages at once: fields, numbers and orders as NumPy columns, in pieces of about 64 KiB."""
