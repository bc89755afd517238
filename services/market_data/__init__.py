"""The market-data ingestor: an NBBO feed in, a hash per symbol in Redis out."""
