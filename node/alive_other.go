//go:build !unix

package node

// alive cannot be told here: two processes that serve one home find that the address is taken.
func alive(int) bool { return false }
