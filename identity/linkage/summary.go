package linkage

// EveryPair is an [Options.Min] with which a run keeps all pairs that it compares.
const EveryPair = 1e-300
