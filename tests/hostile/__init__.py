"""What evidence must survive: good ones made here, thousands of mutants, and fuzzing."""
