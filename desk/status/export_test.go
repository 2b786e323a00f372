package status

// VerifyTx lets tests verify inside a transaction that they undo.
var VerifyTx = verify
