"""The trusted process that runs a suite against one candidate. Expected values, seeds and tolerances live here alone."""
