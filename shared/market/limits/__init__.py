"""Limits that a desk sets: values, the look-ups among them, and the verdict on an order; all of it pure."""
