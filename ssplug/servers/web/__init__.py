"""HTTP resources, one module for each chapter of the specification."""
