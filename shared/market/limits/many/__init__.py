"""Many orders at once: which of them pass for sure is found by arrays, all others are judged one by one."""
