"""Orders by FIX under faults: exactly once with an engine that is not ours, QuickFIX with its file store."""
