"""The benchmarks of docs/performance.md: a network of any size, an answer by brute force, and a competitor to measure against."""
