package status

import "mitra/store"

// VerifyTx lets tests verify inside a transaction that they undo.
func VerifyTx(tx *store.Tx) ([]Finding, error) {
	v := verifier{tx: tx, models: map[string]bool{}}
	err := v.run()
	return v.findings, err
}
