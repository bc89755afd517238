"""What all answers have in common: problems, tokens, queues, origins."""
