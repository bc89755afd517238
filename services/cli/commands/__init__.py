"""What users type: demo, replay, simulate, alerts."""
