"""What a service says of itself: metrics, health, status, logs."""
