"""How everything is: health, figures of the services, metrics."""
