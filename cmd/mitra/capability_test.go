//go:build unix && !linux

package main

import "errors"

func dropOverride() error { return errors.New("run the tests as another user than root") }
