"""Files of orders and quotes: frames, FIX message logs and CSV, read as rows of texts."""
