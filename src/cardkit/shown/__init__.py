"""What a person is shown: summaries, formats, findings, progress."""
