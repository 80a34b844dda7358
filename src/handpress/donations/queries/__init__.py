"""What the books say. Every number comes from postings, none from promises."""
