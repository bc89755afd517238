"""The order checker: a feed of orders in, alerts on a Redis stream out."""
