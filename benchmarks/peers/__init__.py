"""The same job by other means; each is a program `python -m benchmarks.peers.<name> QUOTES ORDERS REDIS_URL`.

They read the frames from files: first all quotes, then all orders.
"""
