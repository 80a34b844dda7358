"""What people who make a theme are helped with: samples, checks, a beginning."""
