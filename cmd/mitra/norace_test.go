//go:build !race && unix

package main

const raced = false
