"""How fast it is, beside what others do in the same run: one command a question, see docs/performance.md."""
