"""Who is at the other end of a FIX session, and what was agreed with them: the file of sessions."""
