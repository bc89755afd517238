"""The archive: all alerts in files, one a day, that go on where they stopped."""
