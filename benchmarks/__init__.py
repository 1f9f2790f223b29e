"""What the promises cost: ratios between ways to do the same, on this machine."""
